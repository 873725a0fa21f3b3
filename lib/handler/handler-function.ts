import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { encryptionKeyOf } from '../encryption/encryption';
import { allowLogs } from '../encryption/key-policy';
import { checkEnvironmentSize } from './environment-size';

/** The bundles run on it, and every one of their tests on a Node.js that is not newer. */
const RUNTIME = lambda.Runtime.NODEJS_24_X;

export interface HandlerFunctionProps {
  /** The folder in `assets/` that holds the bundle. */
  readonly asset: string;
  readonly description: string;
  readonly timeout: Duration;
  /** In MiB. */
  readonly memorySize: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What happens to asynchronous invocations that fail; Lambda's own default when absent. */
  readonly asynchronous?: Pick<lambda.EventInvokeConfigOptions, 'retryAttempts' | 'onFailure'>;
}

/** A Lambda function of this library: its bundle, its log group with a retention, and a role that may write only there. */
export class HandlerFunction extends Construct implements iam.IGrantable {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const encryptionKey = encryptionKeyOf(this);
    if (encryptionKey) allowLogs(this, encryptionKey);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_MONTH,
      encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not the function's default role: that one may write to every log group of the account.
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.grantPrincipal = this.role;
    const environment = { NODE_OPTIONS: '--enable-source-maps', ...props.environment };
    this.node.addValidation({ validate: () => checkEnvironmentSize(this, environment) });
    this.function = new lambda.Function(this, 'Resource', {
      description: props.description,
      code: lambda.Code.fromAsset(assetFolder(props.asset)),
      handler: 'index.handler',
      runtime: RUNTIME,
      architecture: lambda.Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memorySize,
      environment,
      environmentEncryption: encryptionKey,
      role: this.role,
      logGroup,
      ...props.asynchronous,
    });
  }
}

/** Bundles lie beside `dist/` in the package and beside `lib/` in the repository. */
function assetFolder(name: string): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, 'assets', name);
}

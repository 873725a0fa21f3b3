import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

/** Which part and which version of a secret. */
export interface SecretValueOptions {
  /**
   * The key whose value is taken, of a secret that is a JSON object.
   *
   * @default - all of the secret
   */
  readonly field?: string;

  /**
   * The version with this label, such as `AWSPREVIOUS`; not together with `versionId`.
   *
   * @default - AWSCURRENT
   */
  readonly versionStage?: string;

  /**
   * The version with this id.
   *
   * @default - the one with the label `versionStage`
   */
  readonly versionId?: string;
}

/**
 * A value that ECS puts into a container's environment when it starts, read with the execution role. The job definition
 * holds its place only, and the job's own role needs no right to it.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/specifying-sensitive-data.html
 */
export abstract class JobSecret {
  /** A secret of Secrets Manager; its key is granted too when the secret knows it. */
  static fromSecretsManager(secret: secretsmanager.ISecret, options: SecretValueOptions = {}): JobSecret {
    return new SecretsManagerValue(secret, options);
  }

  /**
   * A parameter of Systems Manager, plain or encrypted.
   *
   * @param encryptionKey of a SecureString under a key of your own; the key that the parameter knows is taken without it
   */
  static fromSsmParameter(parameter: ssm.IParameter, encryptionKey?: kms.IKey): JobSecret {
    return new ParameterValue(parameter, encryptionKey ?? (parameter as ssm.StringParameter).encryptionKey);
  }

  /**
   * Lets a role read it.
   *
   * @returns where ECS finds the value
   * @internal
   */
  abstract _bind(scope: IConstruct, property: string, role: iam.IRole): string;
}

class SecretsManagerValue extends JobSecret {
  constructor(
    private readonly secret: secretsmanager.ISecret,
    private readonly options: SecretValueOptions,
  ) {
    super();
  }

  override _bind(scope: IConstruct, property: string, role: iam.IRole): string {
    const { field, versionStage, versionId } = this.options;
    if (versionStage !== undefined && versionId !== undefined) {
      const value = `version stage ${versionStage} and version id ${versionId}`;
      throw new ValidationError(scope, { property, value, allowed: 'one of versionStage and versionId' });
    }
    grantReadSecret(this.secret, role);
    const part = [field, versionStage, versionId];
    return part.every((one) => one === undefined)
      ? this.secret.secretArn
      : [this.secret.secretArn, ...part.map((one) => one ?? '')].join(':');
  }
}

class ParameterValue extends JobSecret {
  constructor(
    private readonly parameter: ssm.IParameter,
    private readonly encryptionKey: kms.IKey | undefined,
  ) {
    super();
  }

  override _bind(_scope: IConstruct, _property: string, role: iam.IRole): string {
    role.addToPrincipalPolicy(allow('ssm:GetParameters', this.parameter.parameterArn));
    if (this.encryptionKey) grantDecrypt(this.encryptionKey, role, 'ssm', Stack.of(this.parameter));
    return this.parameter.parameterArn;
  }
}

/** What ECS needs and no more: aws-cdk-lib's own grants let a role describe secrets, and see all parameters, too. */
function grantReadSecret(secret: secretsmanager.ISecret, role: iam.IRole): void {
  // An ARN without the six characters that Secrets Manager appends: of a secret imported by name.
  const resource = secret.secretFullArn ?? `${secret.secretArn}-??????`;
  role.addToPrincipalPolicy(allow('secretsmanager:GetSecretValue', resource));
  if (secret.encryptionKey) grantDecrypt(secret.encryptionKey, role, 'secretsmanager', Stack.of(secret));
}

/** By the role's own policy: keys trust those of their account, and an imported key takes no statement. */
function grantDecrypt(key: kms.IKey, role: iam.IRole, service: string, { region }: Stack): void {
  const statement = allow('kms:Decrypt', key.keyArn);
  statement.addCondition('StringEquals', { 'kms:ViaService': `${service}.${region}.amazonaws.com` });
  role.addToPrincipalPolicy(statement);
}

function allow(action: string, resource: string): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: [action], resources: [resource] });
}

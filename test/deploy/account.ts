import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BatchClient } from '@aws-sdk/client-batch';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, type ScheduleSummary, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { Addresses } from './local-aws-process';
import { startMinistack } from '../ministack';
import { isolated, run, Service, started } from '../processes';
import type { Outcome } from '../processes';

const ROOT = join(__dirname, '../..');
const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

/** An empty AWS account: ministack's, with Batch, ECS, Auto Scaling and EC2 of the local AWS. */
export class Account {
  readonly autoScaling: AutoScalingClient;
  readonly batch: BatchClient;
  readonly cloudFormation: CloudFormationClient;
  readonly ec2: EC2Client;
  readonly lambda: LambdaClient;
  readonly scheduler: SchedulerClient;

  private constructor(
    private readonly directory: string,
    private readonly services: readonly Service[],
    private readonly localAwsUrl: string,
    private readonly ministackUrl: string,
  ) {
    this.autoScaling = this.client(AutoScalingClient);
    this.batch = this.client(BatchClient);
    this.ec2 = this.client(EC2Client);
    this.cloudFormation = new CloudFormationClient(settings(ministackUrl));
    this.lambda = new LambdaClient(settings(ministackUrl));
    this.scheduler = new SchedulerClient(settings(ministackUrl));
  }

  static async open(): Promise<Account> {
    const directory = mkdtempSync(join(tmpdir(), 'foreman-deploy-'));
    const services: Service[] = [];
    try {
      const addresses = await startLocalAws(directory, services);
      const ministackUrl = await startMinistack(
        process.env.MINISTACK_PYTHON!,
        [join(__dirname, 'ministack_wrapper.py')],
        ministackEnvironment(directory, addresses),
        join(directory, 'ministack.log'),
        services,
      );
      return new Account(directory, services, addresses.aws, ministackUrl);
    } catch (error) {
      await Promise.all(services.map((service) => service.stop()));
      throw error;
    }
  }

  /** A client of a service that is the local AWS's. */
  client<C>(Client: new (settings: never) => C): C {
    return new Client(settings(this.localAwsUrl));
  }

  /** Prepares the account for the CDK, away from the app, which it does not need. */
  bootstrap(): Promise<Outcome> {
    return this.cdk(this.directory, 'bootstrap', `aws://${ACCOUNT}/${REGION}`);
  }

  /** Runs `cdk destroy` on what was synthesized last. @param stacks a pattern */
  async destroy(stacks: string): Promise<void> {
    await this.command('destroy', stacks, '--force', '--app', this.assembly);
  }

  /** Runs `cdk deploy`. @returns the outputs of the stack, as the CLI tells them */
  async deploy(stack: string, ...args: readonly string[]): Promise<Record<string, string>> {
    const file = join(this.directory, 'outputs.json');
    await this.deployStacks(stack, '--outputs-file', file, ...args);
    return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>)[stack]!;
  }

  /** Runs `cdk deploy`. @param stacks a pattern @returns what was synthesized */
  async deployStacks(stacks: string, ...args: readonly string[]): Promise<CloudAssembly> {
    const fixed = ['--require-approval', 'never', '--version-reporting=false', '--output', this.assembly];
    await this.command('deploy', stacks, ...fixed, ...args);
    return new CloudAssembly(this.assembly);
  }

  /** A list does not tell. */
  async scheduleExpression({ Name, GroupName }: ScheduleSummary): Promise<string | undefined> {
    const schedule = await this.scheduler.send(new GetScheduleCommand({ Name, GroupName }));
    return schedule.ScheduleExpression;
  }

  /** The last words of both programs, for the message of a failed test. */
  get logs(): string {
    return this.services.map(({ log }) => log.slice(-4_000)).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get assembly(): string {
    return join(this.directory, 'cdk.out');
  }

  /** @throws Error with what the CLI has printed when it fails */
  private async command(name: string, ...args: readonly string[]): Promise<void> {
    const { exitCode, output } = await this.cdk(ROOT, name, ...args);
    if (exitCode !== 0) throw new Error(`cdk ${name} ended with ${exitCode}:\n${output}\n${this.logs}`);
  }

  private cdk(cwd: string, ...args: readonly string[]): Promise<Outcome> {
    const cli = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
    return run(
      process.execPath,
      [cli, ...args, '--no-notices'],
      {
        ...isolated(this.directory),
        AWS_ACCESS_KEY_ID: ACCOUNT,
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: REGION,
        AWS_ENDPOINT_URL: this.ministackUrl,
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        // What is asked here is whether it deploys; other tests synthesize with all rules.
        CDK_VALIDATION: 'false',
        CI: 'true',
      },
      cwd,
    );
  }
}

async function startLocalAws(directory: string, services: Service[]): Promise<Addresses> {
  const localAws = Service.start(
    process.execPath,
    [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(__dirname, 'local-aws-process.ts')],
    isolated(directory),
    join(directory, 'local-aws.log'),
  );
  services.push(localAws);
  return started('the local AWS', localAws, async () => {
    const line = /^\{.*\}$/m.exec(localAws.log)?.[0];
    return line === undefined ? undefined : (JSON.parse(line) as Addresses);
  });
}

function ministackEnvironment(directory: string, addresses: Addresses): NodeJS.ProcessEnv {
  return {
    ...isolated(directory),
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    LAMBDA_EXECUTOR: 'local',
    RESOURCE_DOOR: addresses.resources,
    // The functions inherit these.
    AWS_ENDPOINT_URL_AUTO_SCALING: addresses.aws,
    AWS_ENDPOINT_URL_BATCH: addresses.aws,
    AWS_ENDPOINT_URL_EC2: addresses.aws,
    AWS_ENDPOINT_URL_ECS: addresses.aws,
  };
}

function settings(endpoint: string): never {
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'test' };
  return { region: REGION, endpoint, credentials } as never;
}

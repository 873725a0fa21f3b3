/** A job whose data is multiplied, and the capacity that uses it, on a local AWS. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { BatchCluster, ContainerJobDefinition, EbsMount, SnapshotFanOut } from '../../../lib';
import type { Snapshot } from '../../../local/ec2/snapshots';
import { createLocalAws, type LocalAws, type LocalAwsOptions } from '../../../local/local-aws';
import { LOCAL_JOB } from '../../../workload/local-job';

export const KEEP = 2;

let assembly: string | undefined;

function synthesize(): string {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'fan-out-')) });
  const stack = new Stack(app, 'FanOut');
  const cluster = new BatchCluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
  const pool = (maxInstances: number) => ({ instanceTypes: [new ec2.InstanceType('m5.xlarge')], maxInstances });
  const volume = new EbsMount({ size: Size.gibibytes(10), mountPoint: '/data' });
  const builders = cluster.addUnmanagedCapacity('Builders', { pools: [pool(2)], mounts: [volume] });
  const preparing = cluster.addQueue('Preparing', { capacity: [builders] });
  const job = (id: string) =>
    new ContainerJobDefinition(stack, id, {
      image: ContainerImage.fromRegistry('example/job'),
      vcpus: 4,
      memory: Size.gibibytes(12),
    });
  const prepare = job('Prepare');
  const fanOut = new SnapshotFanOut(stack, 'Data', { job: prepare, queues: [preparing], volume, keep: KEEP });
  const workers = cluster.addUnmanagedCapacity('Workers', {
    pools: [pool(4)],
    mounts: [fanOut.mount({ mountPoint: '/data' })],
  });
  const working = cluster.addQueue('Working', { capacity: [workers] });
  const outputs = {
    PreparingQueueName: preparing.jobQueueName,
    WorkingQueueName: working.jobQueueName,
    PrepareName: prepare.jobDefinitionName,
    WorkName: job('Work').jobDefinitionName,
    ParameterName: fanOut.parameter.parameterName,
    FunctionName: fanOut.function.functionName,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  return app.synth().directory;
}

/** Synthesized once for all tests of a file. */
export class FanOutEnvironment {
  private constructor(
    readonly aws: LocalAws,
    private readonly outputs: Readonly<Record<string, string>>,
  ) {}

  static async deploy(options: LocalAwsOptions = {}): Promise<FanOutEnvironment> {
    const aws = createLocalAws(options);
    const [stack] = await aws.deploy((assembly ??= synthesize()));
    return new FanOutEnvironment(aws, stack!.outputs);
  }

  get functionName(): string {
    return this.outputs.FunctionName!;
  }

  /** Submits the job that prepares the data. @returns its id */
  prepare(runSeconds = 60): Promise<string> {
    return this.submit('Preparing', this.outputs.PrepareName!, runSeconds);
  }

  work(runSeconds = 60): Promise<string> {
    return this.submit('Working', this.outputs.WorkName!, runSeconds);
  }

  async ended(jobId: string): Promise<void> {
    const clock = this.aws.virtualClock!;
    const over = () => ['SUCCEEDED', 'FAILED'].includes(this.job(jobId).status);
    if (!(await clock.runUntilHolds(over, clock.now() + 14_400_000))) throw new Error(`${jobId} has not ended`);
  }

  advance(seconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(seconds * 1000);
  }

  async published(): Promise<string> {
    const { Parameter } = await this.aws
      .client(SSMClient)
      .send(new GetParameterCommand({ Name: this.outputs.ParameterName! }));
    return Parameter!.Value!;
  }

  /** Has the function look in two invocations at once. */
  async lookTwice(): Promise<void> {
    const lambda = this.aws.client(LambdaClient);
    const invoke = new InvokeCommand({ FunctionName: this.functionName, InvocationType: 'Event', Payload: '{}' });
    await this.aws.finish(Promise.all([lambda.send(invoke), lambda.send(invoke)]));
    await this.advance(1);
  }

  /** Whether some alarm of the stack has gone off. */
  async alarmed(): Promise<boolean> {
    const { MetricAlarms = [] } = await this.aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
    return MetricAlarms.some(({ StateValue }) => StateValue === 'ALARM');
  }

  snapshots(): readonly Snapshot[] {
    return this.aws.services.ec2.snapshotsNow();
  }

  /** What the instance that a job runs on, or has run on, has mounted. */
  mountsOf(jobId: string) {
    const { boots, ecs } = this.aws.services;
    return boots.mountsOf(ecs.hostOf(this.job(jobId).containerInstanceArn!)!);
  }

  job(jobId: string) {
    return this.aws.state().jobs.find(({ id }) => id === jobId)!;
  }

  /** How many API calls of a kind have been made. */
  calls(service: string, operation: string): number {
    return this.aws.state().apiCalls[service]?.[operation] ?? 0;
  }

  private async submit(queue: string, jobDefinition: string, runSeconds: number): Promise<string> {
    const value = JSON.stringify({ attempts: [{ runSeconds }] });
    const { jobId } = await this.aws.client(BatchClient).send(
      new SubmitJobCommand({
        jobName: 'job',
        jobQueue: this.outputs[`${queue}QueueName`],
        jobDefinition,
        containerOverrides: { environment: [{ name: LOCAL_JOB, value }] },
      }),
    );
    return jobId!;
  }
}

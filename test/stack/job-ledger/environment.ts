/** A queue on Fargate and what looks after its jobs, synthesized from the constructs and deployed to the local AWS. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { JobStore } from '../../../lambda/job-ledger/store';
import { LedgerTable } from '../../../lambda/job-ledger/table';
import type { StoredJob } from '../../../lambda/job-ledger/item';
import { BatchCluster } from '../../../lib';
import type { JobReport } from '../../../local/batch/jobs/job-report';
import type { BusEvent } from '../../../local/event-bridge/event';
import { createLocalAws, type LocalAws } from '../../../local/local-aws';
import type { Settings } from '../../../local/settings';
import type { AttemptInput } from '../../../workload/local-job';
import { LOCAL_JOB } from '../../../workload/local-job';

/**
 * @param build adds what looks after the jobs of the queue
 * @returns the directory of the cloud assembly
 */
export function synthesize(build: (stack: Stack, queue: batch.JobQueue) => void, maxvCpus = 1000): string {
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'ledger-')),
    // The bundles are loaded from where they were built, once.
    context: { [DISABLE_ASSET_STAGING_CONTEXT]: true },
  });
  const stack = new Stack(app, 'Stack');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
  const cluster = new BatchCluster(stack, 'Cluster', { vpc });
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus })] });
  build(stack, queue);
  new CfnOutput(stack, 'QueueArn', { value: queue.jobQueueArn });
  return app.synth().directory;
}

export interface JobInput extends Pick<SubmitJobCommandInput, 'dependsOn' | 'tags'> {
  /** It waits as long as the environment has not so many left. @default 1 */
  readonly vcpus?: 1 | 4;
  readonly runSeconds?: number;
  readonly startSeconds?: number;
  /** What each attempt does, in place of the two above. */
  readonly plays?: readonly AttemptInput[];
  /** What each child of an array does. */
  readonly byIndex?: Readonly<Record<string, readonly AttemptInput[]>>;
  /** How often Batch tries it. */
  readonly attempts?: number;
  readonly arraySize?: number;
}

const MEMORY = { 1: '2048', 4: '8192' };

/** A deployed environment, and what a test does with it. */
export class LedgerEnvironment {
  /** What the functions have written. */
  readonly log: Readonly<Record<string, unknown>>[] = [];
  readonly batch: BatchClient;
  readonly table: LedgerTable;
  readonly store: JobStore;

  private constructor(
    readonly aws: LocalAws,
    readonly queueArn: string,
    readonly tableName: string,
  ) {
    this.batch = aws.client(BatchClient);
    this.table = new LedgerTable(aws.client(DynamoDBClient), tableName);
    this.store = new JobStore(this.table);
    aws.services.logs.onLine(({ message }) => {
      if (message.startsWith('{')) this.log.push(JSON.parse(message) as Record<string, unknown>);
    });
  }

  static async deploy(assembly: string, settings: Partial<Settings> = {}): Promise<LedgerEnvironment> {
    return LedgerEnvironment.deployTo(createLocalAws({ settings: { fargateStartSeconds: 0, ...settings } }), assembly);
  }

  static async deployTo(aws: LocalAws, assembly: string): Promise<LedgerEnvironment> {
    const [stack] = await aws.deploy(assembly);
    const { TableNames } = await aws.client(DynamoDBClient).send(new ListTablesCommand({}));
    const tableName = TableNames!.find((name) => name.includes('Ledger'))!;
    const environment = new LedgerEnvironment(aws, stack!.outputs['QueueArn']!, tableName);
    await environment.batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'job',
        type: 'container',
        platformCapabilities: ['FARGATE'],
        containerProperties: {
          image: 'busybox',
          executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
          resourceRequirements: requirements(1),
        },
      }),
    );
    return environment;
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    return this.aws.clock.now();
  }

  /** @returns the job's id */
  async submit(input: JobInput = {}): Promise<string> {
    const { vcpus = 1, runSeconds = 60, startSeconds = 5, attempts, arraySize, byIndex, dependsOn, tags } = input;
    const plays = input.plays ?? [{ startSeconds, runSeconds }];
    const { jobId } = await this.batch.send(
      new SubmitJobCommand({
        jobName: 'job',
        jobQueue: this.queueArn,
        jobDefinition: 'job',
        dependsOn,
        tags,
        ...(attempts !== undefined && { retryStrategy: { attempts } }),
        ...(arraySize !== undefined && { arrayProperties: { size: arraySize } }),
        containerOverrides: {
          environment: [{ name: LOCAL_JOB, value: JSON.stringify({ attempts: plays, byIndex }) }],
          resourceRequirements: requirements(vcpus),
        },
      }),
    );
    return jobId!;
  }

  advance(seconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(seconds * 1000);
  }

  /** Runs until it holds. @throws when it has not come to hold within that time */
  async until(what: string, condition: () => boolean, seconds = 3600): Promise<void> {
    const clock = this.aws.virtualClock!;
    if (await clock.runUntilHolds(condition, clock.now() + seconds * 1000)) return;
    throw new Error(`Not within ${seconds} s: ${what}. ${JSON.stringify(this.jobs())}`);
  }

  job(jobId: string): JobReport {
    return this.jobs().find(({ id }) => id === jobId)!;
  }

  /** Children of arrays, too. */
  jobs(): JobReport[] {
    return [...this.aws.services.batch.jobs()];
  }

  async describe(jobId: string): Promise<JobDetail> {
    const { jobs } = await this.batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
    return jobs![0]!;
  }

  /** What the ledger has of a job. */
  async kept(jobId: string): Promise<StoredJob> {
    const stored = await this.store.get(jobId);
    if (!stored) throw new Error(`The ledger does not have job ${jobId}`);
    return stored;
  }

  /** What the ledger has open in the queue. */
  async open(partition = this.queueArn): Promise<StoredJob[]> {
    const jobs: StoredJob[] = [];
    for await (const page of this.store.open(partition)) jobs.push(...page);
    return jobs;
  }

  /** Events of this library. */
  events(): BusEvent[] {
    return this.aws.state().events.filter(({ source }) => source === 'batch-foreman') as unknown as BusEvent[];
  }

  async sendToQueue(name: string, body: string): Promise<void> {
    await this.aws
      .client(SQSClient)
      .send(new SendMessageCommand({ QueueUrl: await this.queueUrl(name), MessageBody: body }));
  }

  /** How many messages there are in the SQS queue that has that in its name. */
  async messagesIn(name: string): Promise<number> {
    const { Attributes = {} } = await this.aws.client(SQSClient).send(
      new GetQueueAttributesCommand({
        QueueUrl: await this.queueUrl(name),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  /** The function that has that in its name. */
  async functionName(part: string): Promise<string> {
    const { Functions = [] } = await this.aws.client(LambdaClient).send(new ListFunctionsCommand({}));
    return Functions.find(({ FunctionName }) => FunctionName!.includes(part))!.FunctionName!;
  }

  async queueUrl(name: string): Promise<string> {
    const { QueueUrls = [] } = await this.aws.client(SQSClient).send(new ListQueuesCommand({}));
    const url = QueueUrls.find((one) => one.includes(name));
    if (url === undefined) throw new Error(`No queue has ${name} in its name: ${QueueUrls.join(', ')}`);
    return url;
  }
}

function requirements(vcpus: 1 | 4) {
  return [
    { type: 'VCPU' as const, value: String(vcpus) },
    { type: 'MEMORY' as const, value: MEMORY[vcpus] },
  ];
}

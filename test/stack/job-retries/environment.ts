/** Queues on Fargate and on instances whose jobs are retried, synthesized and deployed to the local AWS with what ships. */
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
  TagResourceCommand,
} from '@aws-sdk/client-batch';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { JobStore } from '../../../lambda/job-ledger/store';
import { LedgerTable } from '../../../lambda/job-ledger/table';
import type { Lineage } from '../../../lambda/job-retries/lineage';
import { lineageKey } from '../../../lambda/job-retries/lineage-store';
import { BatchCluster, ContainerJobDefinition, JobRetries, type JobRetriesProps } from '../../../lib';
import type { JobReport } from '../../../local/batch/jobs/job-report';
import type { BusEvent } from '../../../local/event-bridge/event';
import { createLocalAws, type LocalAws } from '../../../local/local-aws';
import type { Settings } from '../../../local/settings';
import type { AttemptInput, LocalJobInput } from '../../../workload/local-job';
import { LOCAL_JOB } from '../../../workload/local-job';

/** What rules may refer to. */
export interface Stage {
  readonly stack: Stack;
  readonly spot: batch.JobQueue;
  readonly onDemand: batch.JobQueue;
  /** Of one m5.xlarge at a time. */
  readonly instances: batch.JobQueue;
}

/** @returns the directory of the cloud assembly */
export function synthesize(propsOf: (stage: Stage) => JobRetriesProps, before?: (stage: Stage) => void): string {
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'retries-')),
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
  const fargate = (id: string, spot: boolean) =>
    cluster.addQueue(id, { capacity: [cluster.addFargateCapacity(`${id}Capacity`, { maxvCpus: 2000, spot })] });
  const instances = cluster.addManagedCapacity('InstanceCapacity', {
    instanceTypes: [new ec2.InstanceType('m5.xlarge')],
    maxvCpus: 4,
  });
  const stage: Stage = {
    stack,
    spot: fargate('Spot', true),
    onDemand: fargate('OnDemand', false),
    instances: cluster.addQueue('Instances', { capacity: [instances] }),
  };
  const definition = (id: string, queue: batch.IJobQueue) =>
    new ContainerJobDefinition(stack, id, {
      image: ContainerImage.fromRegistry('busybox'),
      vcpus: 1,
      memory: Size.mebibytes(2048),
      queues: [queue],
    });
  before?.(stage);
  new JobRetries(stack, 'Retries', propsOf(stage));
  const outputs = {
    Spot: stage.spot.jobQueueArn,
    OnDemand: stage.onDemand.jobQueueArn,
    Instances: stage.instances.jobQueueArn,
    Job: definition('Job', stage.spot).jobDefinitionArn,
    InstanceJob: definition('InstanceJob', stage.instances).jobDefinitionArn,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${name}Arn`, { value });
  return app.synth().directory;
}

export interface JobInput extends Pick<SubmitJobCommandInput, 'tags' | 'retryStrategy' | 'parameters' | 'timeout'> {
  readonly jobName?: string;
  /** What each attempt of all submissions does, one after the other. */
  readonly plays?: readonly AttemptInput[];
  /** What each child of an array does. */
  readonly byIndex?: LocalJobInput['byIndex'];
  readonly after?: readonly string[];
  readonly dependsOn?: SubmitJobCommandInput['dependsOn'];
  readonly arraySize?: number;
  readonly environment?: { readonly name: string; readonly value: string }[];
  /** @default 'Spot' */
  readonly queue?: string;
  /** @default 'Job' */
  readonly definition?: string;
}

export interface DirectInput extends Pick<SubmitJobCommandInput, 'jobName' | 'tags' | 'retryStrategy'> {
  readonly definition: string;
  readonly work: LocalJobInput;
  readonly dependsOn: NonNullable<SubmitJobCommandInput['dependsOn']>;
  readonly arraySize?: number;
}

const CALL = {
  caller: { principalArn: 'arn:aws:iam::123456789012:user/person' },
  requestId: 'direct',
  origin: 'http://local',
};

export const FAILS: AttemptInput = { runSeconds: 60, exitCode: 1 };
export const SUCCEEDS: AttemptInput = { runSeconds: 60 };
export const INTERRUPTED: AttemptInput = { runSeconds: 60, hostTerminated: true };

/** A deployed environment, and what a test does with it. */
export class RetriesEnvironment {
  /** What the functions have written. */
  readonly log: Readonly<Record<string, unknown>>[] = [];
  readonly batch: BatchClient;
  readonly table: LedgerTable;
  readonly ledger: JobStore;
  private keys = 0;

  private constructor(
    readonly aws: LocalAws,
    readonly outputs: Readonly<Record<string, string>>,
    readonly tableName: string,
  ) {
    this.batch = aws.client(BatchClient);
    this.table = new LedgerTable(aws.client(DynamoDBClient), tableName);
    this.ledger = new JobStore(this.table);
    aws.services.logs.onLine(({ message }) => {
      if (message.startsWith('{')) this.log.push(JSON.parse(message) as Record<string, unknown>);
    });
  }

  /** @param prepare makes what is there before the stack is deployed */
  static async deploy(
    assembly: string,
    settings: Partial<Settings> = {},
    prepare: (aws: LocalAws) => Promise<void> = async () => {},
  ): Promise<RetriesEnvironment> {
    const aws = createLocalAws({ settings: { fargateStartSeconds: 0, ...settings } });
    await prepare(aws);
    const [stack] = await aws.deploy(assembly);
    const { TableNames } = await aws.client(DynamoDBClient).send(new ListTablesCommand({}));
    const environment = new RetriesEnvironment(aws, stack!.outputs, TableNames![0]!);
    await environment.batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'foreign',
        type: 'container',
        platformCapabilities: ['FARGATE'],
        containerProperties: {
          image: 'busybox',
          executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
          resourceRequirements: [
            { type: 'VCPU', value: '1' },
            { type: 'MEMORY', value: '2048' },
          ],
        },
      }),
    );
    return environment;
  }

  /** @returns the job's id */
  async submit(input: JobInput = {}): Promise<string> {
    const { plays, byIndex, after = [], arraySize, environment = [], dependsOn: typed, ...others } = input;
    const { queue = 'Spot', definition = 'Job', jobName = 'job', ...rest } = others;
    const work: LocalJobInput = { key: `work-${++this.keys}`, attempts: plays ?? [SUCCEEDS], byIndex };
    const dependsOn = typed ?? after.map((jobId) => ({ jobId }));
    const { jobId } = await this.batch.send(
      new SubmitJobCommand({
        ...rest,
        jobName,
        jobQueue: this.outputs[`${queue}Arn`] ?? queue,
        jobDefinition: this.outputs[`${definition}Arn`] ?? definition,
        ...(dependsOn.length > 0 && { dependsOn }),
        ...(arraySize !== undefined && { arrayProperties: { size: arraySize } }),
        containerOverrides: { environment: [{ name: LOCAL_JOB, value: JSON.stringify(work) }, ...environment] },
      }),
    );
    return jobId!;
  }

  /** Calls AWS Batch past all faults, as somebody whose calls are not what is looked at. */
  private direct<O>(operation: string, input: object): O {
    return this.aws.services.batch.api.operations[operation]!(input as never, CALL) as O;
  }

  describeDirectly(jobId: string): JobDetail {
    return this.direct<{ jobs: JobDetail[] }>('DescribeJobs', { jobs: [jobId] }).jobs[0]!;
  }

  /** @returns the job's id; nothing when AWS Batch refuses it for what it depends on */
  submitDirectly(input: DirectInput): string | undefined {
    const { definition, work, arraySize, dependsOn, ...rest } = input;
    const request = {
      ...rest,
      jobQueue: this.outputs['SpotArn'],
      jobDefinition: this.outputs[`${definition}Arn`] ?? definition,
      ...(dependsOn.length > 0 && { dependsOn }),
      ...(arraySize !== undefined && { arrayProperties: { size: arraySize } }),
      containerOverrides: { environment: [{ name: LOCAL_JOB, value: JSON.stringify(work) }] },
    };
    try {
      return this.direct<{ jobId: string }>('SubmitJob', request).jobId;
    } catch (error) {
      if (dependsOn.length > 0) return undefined;
      throw error;
    }
  }

  /** As the console does: with the tags of the other. */
  cloneDirectly(jobId: string): void {
    const { tags } = this.describeDirectly(jobId);
    const work: LocalJobInput = { attempts: [{ runSeconds: 20, exitCode: 7 }] };
    this.submitDirectly({ jobName: 'clone', definition: 'Job', work, dependsOn: [], tags });
  }

  tagDirectly(jobId: string, tags: Record<string, string>): void {
    this.direct('TagResource', { resourceArn: this.describeDirectly(jobId).jobArn, tags });
  }

  stopDirectly(kind: 'cancel' | 'terminate', jobId: string): void {
    this.direct(kind === 'cancel' ? 'CancelJob' : 'TerminateJob', { jobId, reason: 'a person did' });
  }

  async optOut(jobId: string): Promise<void> {
    const { jobArn } = await this.describe(jobId);
    await this.batch.send(new TagResourceCommand({ resourceArn: jobArn!, tags: { 'batch-foreman:opt-out': 'true' } }));
  }

  advance(seconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(seconds * 1000);
  }

  /** Runs until it holds. @throws when it has not come to hold within that time */
  async until(what: string, condition: () => boolean, seconds = 4 * 3600): Promise<void> {
    const clock = this.aws.virtualClock!;
    if (await clock.runUntilHolds(condition, clock.now() + seconds * 1000)) return;
    throw new Error(
      `Not within ${seconds} s: ${what}. ${JSON.stringify({ jobs: this.jobs(), events: this.events() })}`,
    );
  }

  /** Until there are so many jobs, and all have ended. Then nothing more may come in a quarter of an hour. */
  async untilOver(count: number): Promise<void> {
    await this.until(`${count} jobs ended`, () => {
      const jobs = this.jobs();
      return jobs.length >= count && jobs.every(hasEnded);
    });
    await this.advance(900);
    expect(this.jobs()).toHaveLength(count);
  }

  /** Without children of arrays, the oldest first. */
  jobs(): JobReport[] {
    const all = [...this.aws.services.batch.jobs()].filter(({ id }) => !id.includes(':'));
    return all.sort((a, b) => a.createdAt - b.createdAt);
  }

  job(jobId: string): JobReport {
    return this.jobs().find(({ id }) => id === jobId)!;
  }

  named(name: string): JobReport[] {
    return this.jobs().filter((job) => job.name === name);
  }

  async describe(jobId: string): Promise<JobDetail> {
    const { jobs } = await this.batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
    return jobs![0]!;
  }

  async lineage(root: string): Promise<Lineage | undefined> {
    const text = (await this.table.get(lineageKey(root)))?.['state']?.S;
    return text === undefined ? undefined : (JSON.parse(text) as Lineage);
  }

  /** What the ledger says of a failed job. */
  async mark(jobId: string): Promise<{ retry?: string; successor?: string; lineage?: string }> {
    const { attributes } = (await this.ledger.get(jobId))!;
    return { retry: attributes['retry']?.S, successor: attributes['successor']?.S, lineage: attributes['lineage']?.S };
  }

  /** What this library has published. */
  events(detailType?: string): Record<string, unknown>[] {
    const all = this.aws.state().events as unknown as BusEvent[];
    return all
      .filter(
        (event) => event.source === 'batch-foreman' && (detailType ?? event['detail-type']) === event['detail-type'],
      )
      .map(({ detail }) => detail as Record<string, unknown>);
  }

  /** How many messages there are in the SQS queues that have that in their names. */
  async messagesIn(name: string): Promise<number> {
    const sqs = this.aws.client(SQSClient);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    let count = 0;
    for (const QueueUrl of QueueUrls.filter((url) => url.includes(name))) {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      count += Number(Attributes['ApproximateNumberOfMessages']);
    }
    return count;
  }
}

export function hasEnded({ status }: JobReport): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

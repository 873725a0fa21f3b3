/** Schedules and triggers, synthesized from the constructs and deployed to the local AWS with the bundles that ship. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient, UpdateJobQueueCommand } from '@aws-sdk/client-batch';
import { EventBridgeClient, ListRulesCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  SchedulerClient,
  UpdateScheduleCommand,
  type UpdateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { App, CfnOutput, Size, Stack, TimeZone } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { BatchCluster, ContainerJobDefinition, JobTrigger, ScheduledJob, type ScheduledJobProps } from '../../../lib';
import type { ScheduleMessage } from '../../../lib/schedule/config';
import type { JobReport } from '../../../local/batch/jobs/job-report';
import { createLocalAws, type LocalAws, type LocalAwsOptions } from '../../../local/local-aws';
import { LOCAL_JOB, type AttemptInput } from '../../../workload/local-job';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** What a stack of schedules is made with. */
export interface Given {
  readonly stack: Stack;
  readonly queue: batch.IJobQueue;
  readonly job: ContainerJobDefinition;
  /** Adds a schedule of the job on the queue, whose runs take so many seconds. */
  add(name: string, schedule: ScheduleExpression, options?: AddOptions): ScheduledJob;
}

export interface AddOptions extends Partial<ScheduledJobProps> {
  readonly runSeconds?: number;
}

export function cron(expression: string, zone = 'UTC'): ScheduleExpression {
  return ScheduleExpression.expression(`cron(${expression})`, TimeZone.of(zone));
}

/** What a job does that runs for a while. */
export function plays(...attempts: AttemptInput[]): Record<string, string> {
  return { [LOCAL_JOB]: JSON.stringify({ attempts }) };
}

/** @returns the directory of the cloud assembly */
export function synthesize(build: (given: Given) => void, maxvCpus = 1000): string {
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'schedules-')),
    // CloudFormation's limit of 500 would need several stacks for what is one schedule group.
    context: { [DISABLE_ASSET_STAGING_CONTEXT]: true, '@aws-cdk/core:stackResourceLimit': 0 },
  });
  const stack = new Stack(app, 'Stack');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
  const cluster = new BatchCluster(stack, 'Cluster', { vpc });
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus })] });
  const job = new ContainerJobDefinition(stack, 'Job', {
    image: ContainerImage.fromRegistry('busybox'),
    vcpus: 1,
    memory: Size.gibibytes(2),
    command: ['run', 'Ref::scheduledTime', 'Ref::input'],
    parameters: { scheduledTime: 'none', input: 'none' },
    queues: [queue],
  });
  new CfnOutput(stack, 'Queue', { value: queue.jobQueueName });
  build({
    stack,
    queue,
    job,
    add: (name, schedule, { runSeconds = 60, ...options } = {}) =>
      new ScheduledJob(stack, name, {
        job,
        queue,
        schedule,
        scheduleName: name,
        environment: plays({ startSeconds: 0, runSeconds }),
        ...options,
      }),
  });
  const runs = stack.node.findAll().find((one) => one instanceof ScheduledJob || one instanceof JobTrigger);
  new CfnOutput(stack, 'Function', { value: runs!.function.functionName });
  new CfnOutput(stack, 'DeadLetters', { value: runs!.deadLetterQueue.queueUrl });
  return app.synth().directory;
}

/** A job as it was submitted. */
export interface Submitted {
  readonly name: string;
  readonly at: number;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Deployed schedules, and what a test does with them. */
export class Environment {
  /** Every job that was really submitted, in order: AWS Batch itself forgets them. */
  readonly submitted: Submitted[] = [];
  /** What the function has written: decisions, complaints, metrics. */
  readonly log: Readonly<Record<string, unknown>>[] = [];

  private outputs: Readonly<Record<string, string>> = {};

  private constructor(readonly aws: LocalAws) {
    aws.services.logs.onLine(({ message }) => {
      if (message.startsWith('{')) this.log.push(JSON.parse(message) as Record<string, unknown>);
    });
    aws.calls.onCall(({ operation, input, time, outcome }) => {
      if (operation !== 'SubmitJob' || outcome !== 'ok') return;
      const { jobName } = input as { jobName: string };
      this.submitted.push({ name: jobName, at: time, input: input as Record<string, unknown> });
    });
  }

  static async deploy(assembly: string, options: LocalAwsOptions = {}): Promise<Environment> {
    const environment = new Environment(createLocalAws(options));
    await environment.redeploy(assembly);
    return environment;
  }

  async redeploy(assembly: string): Promise<void> {
    const [stack] = await this.aws.deploy(assembly);
    this.outputs = stack!.outputs;
  }

  get now(): number {
    return this.aws.clock.now();
  }

  async until(time: string): Promise<void> {
    await this.aws.virtualClock!.runUntil(Date.parse(`${time}Z`));
  }

  advance(milliseconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(milliseconds);
  }

  /** Has each sweep come more rarely, for tests of a long time. */
  async widenSweeps(rate: string): Promise<void> {
    const events = this.aws.client(EventBridgeClient);
    const { Rules = [] } = await events.send(new ListRulesCommand({}));
    for (const { Name, ScheduleExpression: each } of Rules) {
      if (each === 'rate(1 minute)')
        await events.send(new PutRuleCommand({ Name, ScheduleExpression: `rate(${rate})` }));
    }
  }

  jobs(): JobReport[] {
    return [...this.aws.services.batch.jobs()];
  }

  job(name: string): JobReport {
    const job = this.jobs().find((one) => one.name === name);
    if (!job) throw new Error(`There is no job ${name}: ${this.names().join(', ')}`);
    return job;
  }

  /** Of all jobs that were ever submitted. */
  names(): string[] {
    return this.submitted.map(({ name }) => name);
  }

  /** The times of a schedule's runs, to the minute, in their order of submission. */
  times(schedule: string): string[] {
    return this.submitted
      .filter(({ name }) => name.startsWith(`${schedule}-`))
      .map(({ name }) => {
        const [, date = '', hours = '', minutes = ''] = /-(\d{8})T(\d\d)(\d\d)\d\dZ$/.exec(name) ?? [];
        return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${hours}:${minutes}`;
      });
  }

  /** Events that say what has become of runs. */
  told(): Record<string, unknown>[] {
    return this.aws
      .state()
      .events.filter((event) => event['detail-type'] === 'Batch Scheduled Run')
      .map(({ detail }) => detail as Record<string, unknown>);
  }

  /** What Scheduler tells of a schedule. */
  private async schedule(Name: string): Promise<GetScheduleCommandOutput> {
    const GroupName = this.aws.state().schedules.find(({ name }) => name === Name)!.group;
    return this.aws.client(SchedulerClient).send(new GetScheduleCommand({ Name, GroupName }));
  }

  /** What a schedule sends. */
  async inputOf(schedule: string): Promise<ScheduleMessage> {
    return JSON.parse((await this.schedule(schedule)).Target!.Input!) as ScheduleMessage;
  }

  /** As a person does in the console. */
  async setState(name: string, State: 'ENABLED' | 'DISABLED'): Promise<void> {
    const { $metadata: _, Arn: __, CreationDate: ___, LastModificationDate: ____, ...rest } = await this.schedule(name);
    const input = { ...rest, State } as UpdateScheduleCommandInput;
    await this.aws.client(SchedulerClient).send(new UpdateScheduleCommand(input));
  }

  async setQueue(state: 'ENABLED' | 'DISABLED'): Promise<void> {
    await this.aws.client(BatchClient).send(new UpdateJobQueueCommand({ jobQueue: this.outputs['Queue'], state }));
    await this.advance(5000);
  }

  async deadLetters(): Promise<number> {
    const { Attributes } = await this.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.outputs['DeadLetters'],
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    );
    return Number(Attributes!['ApproximateNumberOfMessages']);
  }

  /** Moves all dead letters back to where they came from. */
  async redrive(): Promise<string[]> {
    const QueueUrl = this.outputs['DeadLetters'];
    const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { Body, ReceiptHandle } of Messages) {
      await this.send(Body!);
      await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return Messages.map(({ Body }) => Body!);
  }

  /** Puts a message before the function. */
  async send(MessageBody: string): Promise<void> {
    await this.sqs.send(new SendMessageCommand({ QueueUrl: await this.queueUrl('ScheduledJobsQueue'), MessageBody }));
  }

  /** Calls the function as a person does. @throws what it says is wrong */
  async invoke<R>(payload: object): Promise<R> {
    const [answer] = await this.invokeAtOnce<R>(payload, 1);
    return answer!;
  }

  /** So many people call it with the same, at the same moment. @throws what it says is wrong */
  async invokeAtOnce<R>(payload: object, times: number): Promise<R[]> {
    const input = { FunctionName: this.functionName, Payload: Buffer.from(JSON.stringify(payload)) };
    const calls = Array.from({ length: times }, () => this.aws.client(LambdaClient).send(new InvokeCommand(input)));
    const answers = await this.aws.finish(Promise.all(calls));
    return answers.map(({ Payload, FunctionError }) => {
      const text = Buffer.from(Payload!).toString();
      if (FunctionError !== undefined) throw new Error((JSON.parse(text) as { errorMessage: string }).errorMessage);
      return JSON.parse(text) as R;
    });
  }

  get functionName(): string {
    return this.outputs['Function']!;
  }

  private async queueUrl(part: string): Promise<string> {
    const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand({}));
    return QueueUrls.find((url) => url.includes(part))!;
  }

  private get sqs(): SQSClient {
    return this.aws.client(SQSClient);
  }
}

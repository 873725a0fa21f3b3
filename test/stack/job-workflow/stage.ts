/** A workflow, synthesized from the constructs and deployed to the local AWS with the bundles that ship. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient } from '@aws-sdk/client-batch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { BatchCluster, ContainerJobDefinition, JobLedger, JobWorkflow } from '../../../lib';
import type { JobWorkflowProps, WorkflowJobProps } from '../../../lib';
import type { JobReport } from '../../../local/batch/jobs/job-report';
import { createLocalAws, type LocalAws } from '../../../local/local-aws';
import type { Settings } from '../../../local/settings';
import type { LocalJobInput } from '../../../workload/local-job';
import { LOCAL_JOB } from '../../../workload/local-job';

/** What the workflow of a test is made with. */
export interface Bench {
  readonly stack: Stack;
  readonly queue: batch.IJobQueue;
  readonly otherQueue: batch.IJobQueue;
  readonly workflow: JobWorkflow;
  /** A job of the workflow that plays something. */
  add(name: string, play?: LocalJobInput, props?: Partial<WorkflowJobProps>): ReturnType<JobWorkflow['addJob']>;
}

/** @returns the directory of the cloud assembly */
export function synthesize(
  build: (bench: Bench) => void,
  props: (stack: Stack, queue: batch.IJobQueue) => JobWorkflowProps = () => ({}),
): string {
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'workflow-')),
    // The bundles are loaded from where they were built, once.
    context: { [DISABLE_ASSET_STAGING_CONTEXT]: true },
  });
  const stack = new Stack(app, 'Stack');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-east-1a'],
    privateSubnetIds: ['subnet-0123456789abcdef0'],
  });
  const cluster = new BatchCluster(stack, 'Cluster', { vpc });
  const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 256 });
  const queue = cluster.addQueue('Queue', { capacity: [fargate] });
  const otherQueue = cluster.addQueue('OtherQueue', { capacity: [fargate] });
  const job = new ContainerJobDefinition(stack, 'Job', {
    image: ecs.ContainerImage.fromRegistry('example/job'),
    command: ['run', 'Ref::input'],
    parameters: { input: 'default' },
    vcpus: 1,
    memory: Size.gibibytes(2),
    queues: [queue, otherQueue],
  });
  const workflow = new JobWorkflow(stack, 'Workflow', { queue, workflowName: 'flow', ...props(stack, queue) });
  build({
    stack,
    queue,
    otherQueue,
    workflow,
    add: (name, play = { attempts: [{ runSeconds: 60 }] }, more = {}) =>
      workflow.addJob(name, { job, ...more, environment: { [LOCAL_JOB]: JSON.stringify(play), ...more.environment } }),
  });
  new CfnOutput(stack, 'Function', { value: workflow.function.functionName });
  if (workflow.ledger instanceof JobLedger)
    new CfnOutput(stack, 'Ledger', { value: workflow.ledger.function.functionName });
  return app.synth().directory;
}

export const succeeds = (runSeconds = 60): LocalJobInput => ({ attempts: [{ runSeconds }] });
export const fails = (runSeconds = 60): LocalJobInput => ({ attempts: [{ runSeconds, exitCode: 1 }] });

export interface RunStatus {
  readonly status: string;
  readonly jobs: readonly { name: string; outcome?: string; jobId?: string; reason?: string }[];
}

/** A deployed workflow. */
export class Flow {
  readonly batch: BatchClient;
  private readonly lambda: LambdaClient;

  private constructor(
    readonly aws: LocalAws,
    readonly functionName: string,
    readonly ledgerFunctionName: string,
  ) {
    this.batch = aws.client(BatchClient);
    this.lambda = aws.client(LambdaClient);
  }

  static async deploy(assembly: string, settings: Partial<Settings> = {}): Promise<Flow> {
    const aws = createLocalAws({ settings });
    const [stack] = await aws.deploy(assembly);
    return new Flow(aws, stack!.outputs['Function']!, stack!.outputs['Ledger'] ?? '');
  }

  async start(request: object = {}): Promise<string> {
    return (await this.call<{ runId: string }>({ start: request })).runId;
  }

  status(runId: string): Promise<RunStatus> {
    return this.call({ status: { runId } });
  }

  cancel(runId: string, reason?: string): Promise<RunStatus> {
    return this.call({ cancel: { runId, reason } });
  }

  /** What the function answers. @throws Error when it fails */
  async call<R>(payload: object): Promise<R> {
    const { FunctionError, Payload } = await this.aws.finish(
      this.lambda.send(
        new InvokeCommand({ FunctionName: this.functionName, Payload: JSON.stringify(payload) as never }),
      ),
    );
    const answer = JSON.parse(Buffer.from(Payload!).toString()) as R & { errorMessage?: string };
    if (FunctionError) throw new Error(answer.errorMessage);
    return answer;
  }

  /** Runs until the run's end has been told of, or so many seconds. @returns the detail of the event */
  async end(runId: string, seconds = 7200): Promise<RunStatus | undefined> {
    const clock = this.aws.virtualClock!;
    await clock.runUntilHolds(() => this.ends(runId).length > 0, clock.now() + seconds * 1000);
    return this.ends(runId)[0];
  }

  /** The events at a run's end. */
  ends(runId: string): RunStatus[] {
    return this.aws.services.events
      .recentEvents()
      .filter((event) => event['detail-type'] === 'Batch Workflow Run')
      .map(({ detail }) => detail as RunStatus & { runId: string })
      .filter((detail) => detail.runId === runId);
  }

  advance(seconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(seconds * 1000);
  }

  jobs(): JobReport[] {
    return [...this.aws.services.batch.jobs()];
  }

  /** The jobs of a node that were ever submitted, without the children of arrays. */
  jobsOf(name: string): JobReport[] {
    return this.jobs().filter(({ id, name: jobName }) => !id.includes(':') && jobName.endsWith(`-${name}`));
  }
}

/** What became of each job, by name. */
export function outcomes({ jobs }: RunStatus): Record<string, string | undefined> {
  return Object.fromEntries(jobs.map(({ name, outcome }) => [name, outcome]));
}

import { BatchClient, TerminateJobCommand } from '@aws-sdk/client-batch';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { GraphPart, NodeConfig } from '../../../lib/workflow/config';
import type { FaultPlan } from '../../../local/faults/fault-plan';
import { LOCAL_JOB } from '../../../workload/local-job';
import { playScenes, type Scene, sparing, stormScenes } from '../scenes';
import { Flow, type RunStatus, synthesize } from '../../stack/job-workflow/stage';
import { calmAt, type History, nodeName, type NodePlan, type Phase, runIdOf, runKey } from './history';

/** How long a history lasts at the most. */
const LONGEST_SECONDS = 6 * 3600;
/** Whoever starts a run asks again when the function has failed, as a schedule does. */
const ASK_AGAIN_SECONDS = 60;
const START_TRIES = 200;

/** A job of a run, or a child of one. Times are seconds from the deployment. */
export interface JobChronicle {
  readonly id: string;
  readonly run: string;
  readonly node: string;
  readonly status: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly isArray: boolean;
  readonly terminated: boolean;
}

export interface Outcome {
  readonly calmAt: number;
  readonly endedAt: number;
  readonly jobs: readonly JobChronicle[];
  /** The events at the end of each run. */
  readonly ends: Readonly<Record<string, readonly RunStatus[]>>;
  readonly cancelled: readonly string[];
  /** Items of the ledger that are still due for the workflow. */
  readonly due: readonly string[];
  readonly log: readonly string[];
}

/** Synthesized once: what differs between histories are the SSM parameters that hold the graph. */
let assembly: string | undefined;

/** Plays a history on the local AWS, with the synthesized app and the bundles that ship. */
export async function play(history: History): Promise<Outcome> {
  assembly ??= synthesize(({ add }) => void add('base'));
  const flow = await Flow.deploy(assembly, history.settings);
  await replaceGraph(flow, history.nodes);
  return new Player(history, flow).play();
}

async function replaceGraph({ aws }: Flow, nodes: readonly NodePlan[]): Promise<void> {
  const ssm = aws.client(SSMClient);
  const { Parameters = [] } = await ssm.send(new DescribeParametersCommand({}));
  const [{ Name = '' } = {}] = Parameters.filter(({ Name: name }) => name?.includes('/workflows/'));
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
  await ssm.send(new DeleteParametersCommand({ Names: [Name] }));
  const { job: base } = JSON.parse(Parameter!.Value!) as GraphPart;
  for (const [position, plan] of nodes.entries()) {
    const part: GraphPart = { graph: 'g', jobs: nodes.length, position, job: nodeConfig(base, plan, position) };
    const path = Name.slice(0, Name.lastIndexOf('/'));
    const Value = JSON.stringify(part);
    await ssm.send(new PutParameterCommand({ Name: `${path}/${nodeName(position)}`, Type: 'String', Value }));
  }
}

function nodeConfig(base: NodeConfig, { after, arraySize, attempts, plays }: NodePlan, index: number): NodeConfig {
  return {
    ...base,
    name: nodeName(index),
    after: after.map(({ node, on, each }) => ({ job: nodeName(node), on, ...(each && { each }) })),
    environment: { [LOCAL_JOB]: JSON.stringify({ attempts: plays }) },
    attempts,
    ...(arraySize !== undefined && { arraySize }),
  };
}

class Player {
  private readonly start: number;
  private readonly terminated = new Set<string>();
  private readonly cancelled = new Set<string>();
  private readonly log: string[] = [];
  /** Scenes that come of others. */
  private readonly later: Scene[] = [];

  constructor(
    private readonly history: History,
    private readonly flow: Flow,
  ) {
    this.start = flow.aws.clock.now();
    flow.aws.services.logs.onLine(({ message }) => {
      if (message.includes('"level"') && this.log.length < 500) this.log.push(`${this.now()} ${message}`);
    });
  }

  async play(): Promise<Outcome> {
    const { history, flow } = this;
    const clock = flow.aws.virtualClock!;
    await playScenes(flow.aws, this.start, this.scenes(), this.later);
    const over = () => history.runs.every((_, index) => flow.ends(runIdOf(index)).length > 0);
    await clock.runUntilHolds(over, this.start + LONGEST_SECONDS * 1000);
    const endedAt = this.now();
    // What has been told of is written down; what would be told twice, would be.
    await flow.advance(300);
    return {
      calmAt: calmAt(history),
      endedAt,
      jobs: this.jobs(),
      ends: Object.fromEntries(history.runs.map((_, index) => [runIdOf(index), flow.ends(runIdOf(index))])),
      cancelled: [...this.cancelled],
      due: await this.due(),
      log: this.log,
    };
  }

  private scenes(): Scene[] {
    const { history, flow } = this;
    const scenes = stormScenes(flow.aws, history.storm, (phase) => this.faultsOf(phase));
    history.runs.forEach(({ at: startAt, times, cancelAt }, index) => {
      for (let time = 0; time < times; time++) scenes.push({ at: startAt, act: () => this.ask(index, startAt) });
      if (cancelAt !== undefined && cancelAt > startAt) {
        scenes.push({ at: cancelAt, act: () => this.cancel(index, cancelAt) });
      }
    });
    for (const { at: time, which } of history.incidents) scenes.push({ at: time, act: () => this.terminate(which) });
    return scenes;
  }

  private faultsOf({ faults: { crashes = [], ledgerCrashes = [], ...calls } }: Phase): FaultPlan {
    const { functionName, ledgerFunctionName } = this.flow;
    const crash = [
      ...crashes.map((call) => [functionName, call] as const),
      ...ledgerCrashes.map((call) => [ledgerFunctionName, call] as const),
    ];
    return { ...sparing(OURS, calls), crash };
  }

  private ask(index: number, at: number, tries = 0): void {
    this.invoke({ start: { key: runKey(index) } }, (failed) => {
      if (failed && tries < START_TRIES) {
        const again = Math.max(this.now(), at) + ASK_AGAIN_SECONDS;
        this.after(again, () => this.ask(index, again, tries + 1));
      }
    });
  }

  private cancel(index: number, at: number, tries = 0): void {
    this.invoke({ cancel: { runId: runIdOf(index), reason: 'a person did' } }, (failed) => {
      if (!failed) this.cancelled.add(runIdOf(index));
      else if (tries < START_TRIES) {
        const again = Math.max(this.now(), at) + ASK_AGAIN_SECONDS;
        this.after(again, () => this.cancel(index, again, tries + 1));
      }
    });
  }

  /** Nobody waits for the answer: meanwhile other things happen. */
  private invoke(payload: object, told: (failed: boolean) => void): void {
    const { aws, functionName } = this.flow;
    const Payload = JSON.stringify(payload) as never;
    void aws
      .client(LambdaClient)
      .send(new InvokeCommand({ FunctionName: functionName, Payload }))
      .then(({ FunctionError }) => told(FunctionError !== undefined))
      .catch(() => told(true));
  }

  private after(at: number, act: () => void): void {
    this.flow.aws.clock.at(Math.max(this.start + at * 1000, this.flow.aws.clock.now()), act);
  }

  private async terminate(which: number): Promise<void> {
    const open = this.flow
      .jobs()
      .filter(
        ({ status, arraySize, id }) =>
          !/SUCCEEDED|FAILED/.test(status) && (arraySize !== undefined || !id.includes(':')),
      );
    const job = open[which % Math.max(1, open.length)];
    if (!job) return;
    this.terminated.add(job.id);
    await this.flow.aws.client(BatchClient).send(new TerminateJobCommand({ jobId: job.id, reason: 'a person did' }));
  }

  private jobs(): JobChronicle[] {
    const at = (time: number | undefined) => (time === undefined ? undefined : (time - this.start) / 1000);
    return this.flow.jobs().map((job) => ({
      id: job.id,
      run: job.name.slice(0, job.name.lastIndexOf('-')),
      node: job.name.slice(job.name.lastIndexOf('-') + 1),
      status: job.status,
      createdAt: at(job.createdAt)!,
      startedAt: at(job.startedAt),
      stoppedAt: at(job.stoppedAt),
      isArray: job.arraySize !== undefined,
      terminated: this.terminated.has(job.id.split(':')[0]!),
    }));
  }

  private async due(): Promise<string[]> {
    const dynamo = this.flow.aws.client(DynamoDBClient);
    const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
    const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: TableNames[0] }));
    return Items.filter(({ dueFor }) => dueFor?.S?.startsWith('workflow#')).map(({ id }) => id!.S!);
  }

  private now(): number {
    return (this.flow.aws.clock.now() - this.start) / 1000;
  }
}

/** Calls that the history makes itself. */
const OURS = ['batch:TerminateJob', 'lambda:Invoke'];

import { BatchClient, CancelJobCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { JobDetail } from '@aws-sdk/client-batch';
import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { StoredJob } from '../../../lambda/job-ledger/item';
import { UNANNOUNCED, stoppedBy } from '../../../lib/ledger/config';
import { JobTimeouts } from '../../../lib';
import { limitTag } from '../../../lib/timeouts/config';
import type { FaultPlan } from '../../../local/faults/fault-plan';
import { playScenes, type Scene, sparing, stormScenes } from '../scenes';
import { LedgerEnvironment, synthesize } from '../../stack/job-ledger/environment';
import { Chronicler, type Stay, type StopCall } from './chronicle';
import { calmAt, dependency, type History, type Incident, type JobPlan, LIMITS, type Phase } from './history';

/** How long a history lasts at the most. */
const LONGEST_SECONDS = 3600;
/** How long it is watched after all is over: until the last event is in, and what was asked for is reported. */
const QUIET_SECONDS = 360;

/** What came of a job, or of a child of an array. */
export interface Piece {
  readonly id: string;
  /** Its place in the history. */
  readonly plan: number;
  readonly isParent: boolean;
  readonly stays: readonly Stay[];
  readonly truth: JobDetail;
  /** What the ledger has in the end; times of entry in seconds from the deployment. */
  readonly kept: StoredJob | undefined;
  readonly entered: Readonly<Record<string, number>>;
}

export interface Outcome {
  readonly pieces: readonly Piece[];
  readonly calls: readonly StopCall[];
  /** Details of the events that were published. */
  readonly published: readonly Readonly<Record<string, unknown>>[];
  /** Ids of the jobs whose end was announced. */
  readonly announced: readonly string[];
  /** Jobs that the index `open` has where it should have none. */
  readonly unsettled: readonly string[];
  readonly deadLetters: number;
  readonly alarms: readonly string[];
  readonly endedAt: number;
  readonly log: LedgerEnvironment['log'];
}

const assemblies = new Map<number, string>();

/** The stack of some limits, made once: it does not change. */
function assemblyOf(limits: number): string {
  const known = assemblies.get(limits);
  if (known !== undefined) return known;
  const seconds = (value: number | undefined) => (value === undefined ? undefined : Duration.seconds(value));
  const { SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, TOTAL } = LIMITS[limits]!;
  const assembly = synthesize((stack, queue) => {
    const { ledger } = new JobTimeouts(stack, 'Timeouts', {
      queues: [queue],
      submitted: seconds(SUBMITTED),
      pending: seconds(PENDING),
      runnable: seconds(RUNNABLE),
      starting: seconds(STARTING),
      running: seconds(RUNNING),
      total: seconds(TOTAL),
    });
    ledger.announceEnds(new sqs.Queue(stack, 'Subscriber', { retentionPeriod: Duration.days(14) }));
  }, 4);
  assemblies.set(limits, assembly);
  return assembly;
}

/** Plays a history on the local AWS, with the synthesized app and the bundles that ship. */
export async function play(history: History): Promise<Outcome> {
  const environment = await LedgerEnvironment.deploy(assemblyOf(history.limits), history.settings);
  const functions = {
    Ledger: await environment.functionName('LedgerFunction'),
    Timeouts: await environment.functionName('TimeoutsFunction'),
  };
  return new Player(history, environment, functions).play();
}

class Player {
  private readonly start: number;
  private readonly chronicler: Chronicler;
  /** Ids of the submitted jobs, by their place in the history; those that were refused are missing. */
  private readonly ids = new Map<number, string>();

  constructor(
    private readonly history: History,
    private readonly environment: LedgerEnvironment,
    private readonly functions: Readonly<Record<'Ledger' | 'Timeouts', string>>,
  ) {
    this.start = environment.now;
    this.chronicler = new Chronicler(environment);
  }

  async play(): Promise<Outcome> {
    const clock = this.environment.aws.virtualClock!;
    await playScenes(this.environment.aws, this.start, this.scenes());
    const isOver = () => this.environment.jobs().every(({ status }) => status === 'SUCCEEDED' || status === 'FAILED');
    const limit = this.start + LONGEST_SECONDS * 1000;
    while (!isOver() && clock.now() < limit) await this.environment.advance(30);
    await this.environment.advance(QUIET_SECONDS);
    return this.outcome();
  }

  private scenes(): Scene[] {
    const { history } = this;
    const scenes = stormScenes(this.environment.aws, history.storm, (phase) => this.faultsOf(phase));
    history.jobs.forEach((job, index) => scenes.push({ at: job.at, act: () => this.submit(job, index) }));
    for (const incident of history.incidents) scenes.push({ at: incident.at, act: () => this.happen(incident) });
    scenes.push({ at: calmAt(history), act: () => {} });
    return scenes;
  }

  private faultsOf({ faults: { crashes = [], ...calls } }: Phase): FaultPlan {
    return { ...sparing(OURS, calls), crash: crashes.map(({ of, call }) => [this.functions[of], call] as const) };
  }

  private async submit(job: JobPlan, index: number): Promise<void> {
    const { vcpus, arraySize, attempts, plays, tag } = job;
    const other = dependency(job, index);
    const jobId = other === undefined ? undefined : this.ids.get(other);
    this.ids.set(
      index,
      await this.environment.submit({
        ...{ vcpus, arraySize, attempts, plays },
        ...(jobId !== undefined && { dependsOn: [{ jobId }] }),
        ...(tag && { tags: { [limitTag(tag.limit)]: tag.value } }),
      }),
    );
  }

  private async happen(incident: Incident): Promise<void> {
    const { aws } = this.environment;
    if (incident.kind === 'invoke') {
      for (const FunctionName of Object.values(this.functions)) {
        const input = { FunctionName, InvocationType: 'Event', Payload: '{}' } as const;
        for (let left = incident.times; left > 0; left--) await aws.client(LambdaClient).send(new InvokeCommand(input));
      }
      return;
    }
    const candidates = [...this.ids.values()];
    const jobId = candidates[incident.which % candidates.length];
    if (jobId === undefined) return;
    const command = incident.kind === 'cancel' ? CancelJobCommand : TerminateJobCommand;
    await aws.client(BatchClient).send(new command({ jobId, reason: 'a person did' }));
  }

  private async outcome(): Promise<Outcome> {
    const { environment, chronicler } = this;
    const { MetricAlarms = [] } = await environment.aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
    const open = [...(await environment.open()), ...(await environment.open(UNANNOUNCED))];
    const stopped = await environment.open(stoppedBy('Stack/Timeouts'));
    const jobs = environment.jobs();
    const kept = await environment.store.getMany(jobs.map(({ id }) => id));
    const plans = new Map([...this.ids].map(([plan, id]) => [id, plan]));
    return {
      pieces: await Promise.all(
        jobs.map(async ({ id, arraySize }) => ({
          id,
          plan: plans.get(id.split(':')[0]!)!,
          isParent: arraySize !== undefined,
          stays: chronicler.staysOf(id),
          truth: await environment.describe(id),
          kept: kept.get(id),
          entered: Object.fromEntries(
            Object.entries(kept.get(id)?.job.entered ?? {}).map(([key, time]) => [key, chronicler.seconds(time)]),
          ),
        })),
      ),
      calls: chronicler.calls,
      published: chronicler.published,
      announced: await this.announced(),
      unsettled: [...open, ...stopped].map(({ job }) => job.jobId),
      deadLetters:
        (await environment.messagesIn('TimeoutsLedgerDeadLetters')) +
        (await environment.messagesIn('TimeoutsDeadLetters')),
      alarms: MetricAlarms.filter(({ StateValue }) => StateValue === 'ALARM').map(({ AlarmName }) => AlarmName!),
      endedAt: chronicler.seconds(environment.now),
      log: environment.log,
    };
  }

  private async announced(): Promise<string[]> {
    const client = this.environment.aws.client(SQSClient);
    const QueueUrl = await this.environment.queueUrl('Subscriber');
    const found: string[] = [];
    for (;;) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return found;
      found.push(...Messages.map(({ Body }) => (JSON.parse(Body!) as { jobId: string }).jobId));
    }
  }
}

/** What a history itself calls: it must happen. */
const OURS = ['batch:SubmitJob', 'batch:CancelJob', 'batch:TerminateJob', 'lambda:Invoke'];

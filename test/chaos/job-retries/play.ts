import type { JobDependency } from '@aws-sdk/client-batch';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { Duration } from 'aws-cdk-lib';
import { RetryRule } from '../../../lib';
import type { FaultPlan } from '../../../local/faults/fault-plan';
import type { AttemptInput, LocalJobInput } from '../../../workload/local-job';
import { playScenes, type Scene, stormScenes } from '../scenes';
import { hasEnded, RetriesEnvironment, synthesize } from '../../stack/job-retries/environment';
import type { Aftermath } from './aftermath';
import { aftermathOf, isOver } from './aftermath';
import type { End, History, Incident, JobPlan, Part, Phase, Rules } from './history';
import { calmAt, dependenciesOf } from './history';

/** How long a history lasts at the most. */
const LONGEST_SECONDS = 6 * 3600;
/** How long it is watched after all is over. */
const QUIET_SECONDS = 400;
const LOOK_SECONDS = 60;

/** What came of a history. */
export interface Outcome extends Aftermath {
  /** Ids of the first jobs, by their place in the history; those that were refused are missing. */
  readonly ids: Readonly<Record<number, string>>;
  /** Jobs that somebody has laid hands on, by what was done. */
  readonly touched: Readonly<Record<string, string>>;
  readonly isOver: boolean;
  readonly log: RetriesEnvironment['log'];
}

const ASSEMBLIES = new Map<string, string>();

function assemblyFor({ failureAttempts, maxSubmissions }: Rules): string {
  const key = `${failureAttempts} ${maxSubmissions}`;
  const known = ASSEMBLIES.get(key);
  if (known !== undefined) return known;
  const assembly = synthesize(({ spot, onDemand }) => ({
    queues: [spot],
    maxSubmissions,
    rules: [
      RetryRule.onInterruption({ attempts: 3, delay: Duration.seconds(5), fallbackQueue: onDemand, fallbackAfter: 2 }),
      RetryRule.onExitCode([7], { attempts: 1 }),
      RetryRule.onFailure({ attempts: failureAttempts, delay: Duration.seconds(20), maxDelay: Duration.minutes(2) }),
    ],
  }));
  ASSEMBLIES.set(key, assembly);
  return assembly;
}

/** Plays a history on the local AWS, with the synthesized app and the bundles that ship. */
export async function play(history: History): Promise<Outcome> {
  const environment = await RetriesEnvironment.deploy(assemblyFor(history.rules), history.settings);
  return new Player(history, environment, await functionNames(environment)).play();
}

async function functionNames({ aws }: RetriesEnvironment): Promise<Record<Part, string>> {
  const { Functions = [] } = await aws.client(LambdaClient).send(new ListFunctionsCommand({}));
  const names = Functions.map(({ FunctionName }) => FunctionName!);
  const isLedger = (name: string) => name.includes('Ledger');
  return { ledger: names.find(isLedger)!, retries: names.find((name) => !isLedger(name))! };
}

class Player {
  private readonly start: number;
  private readonly ids = new Map<number, string>();
  private readonly touched = new Map<string, string>();

  constructor(
    private readonly history: History,
    private readonly environment: RetriesEnvironment,
    private readonly functions: Readonly<Record<Part, string>>,
  ) {
    this.start = environment.aws.clock.now();
  }

  async play(): Promise<Outcome> {
    const { environment } = this;
    const clock = environment.aws.virtualClock!;
    await playScenes(environment.aws, this.start, this.scenes());
    const limit = this.start + LONGEST_SECONDS * 1000;
    let over = false;
    while (!over && clock.now() < limit) {
      await environment.advance(LOOK_SECONDS);
      if (!(await isOver(environment))) continue;
      await environment.advance(QUIET_SECONDS);
      over = await isOver(environment);
    }
    return {
      ...(await aftermathOf(environment)),
      ids: Object.fromEntries(this.ids),
      touched: Object.fromEntries(this.touched),
      isOver: over,
      log: environment.log,
    };
  }

  private scenes(): Scene[] {
    const { history, environment } = this;
    const scenes = stormScenes(environment.aws, history.storm, (phase) => this.faultsOf(phase));
    history.jobs.forEach((job, index) => scenes.push({ at: job.at, act: () => this.submit(job, index) }));
    for (const incident of history.incidents) scenes.push({ at: incident.at, act: () => this.happen(incident) });
    scenes.push({ at: calmAt(history), act: () => {} });
    return scenes;
  }

  private faultsOf({ faults: { crashes = [], clocks = {}, ...calls } }: Phase): FaultPlan {
    return {
      ...calls,
      // What the history itself calls must happen.
      ...(calls.yield && { yield: { ...calls.yield, 'lambda:*': 0 } }),
      crash: crashes.map(([part, call]) => [this.functions[part], call] as const),
      clock: Object.fromEntries(
        Object.entries(clocks).map(([part, seconds]) => [this.functions[part as Part], seconds]),
      ),
    };
  }

  private submit(job: JobPlan, index: number): void {
    const { arraySize, runSeconds, ends, owner, sequential } = job;
    const dependsOn: JobDependency[] = dependenciesOf(job, index).flatMap((other) => {
      const jobId = this.ids.get(other);
      if (jobId === undefined) return [];
      const counterparts =
        job.childForChild && arraySize !== undefined && this.history.jobs[other]!.arraySize === arraySize;
      return [counterparts ? { jobId, type: 'N_TO_N' as const } : { jobId }];
    });
    if (sequential && arraySize !== undefined) dependsOn.push({ type: 'SEQUENTIAL' });
    const plays = ends.map((list) => [...list, 'succeeds' as const].map((end) => attemptOf(end, runSeconds)));
    const work: LocalJobInput = {
      key: `work-${index}`,
      attempts: plays[0],
      ...(arraySize !== undefined && { byIndex: Object.fromEntries(plays.entries()) }),
    };
    const id = this.environment.submitDirectly({
      jobName: `job-${index}`,
      definition: owner === 'theirs' ? 'foreign' : 'Job',
      work,
      dependsOn,
      arraySize,
      retryStrategy: { attempts: job.nativeAttempts },
      ...(owner === 'opted out' && { tags: { 'batch-foreman:opt-out': 'true' } }),
    });
    if (id !== undefined) this.ids.set(index, id);
  }

  private async happen({ kind, which }: Incident): Promise<void> {
    const { environment, functions } = this;
    if (kind === 'invoke') {
      const input = { FunctionName: functions.retries, InvocationType: 'Event', Payload: '{}' } as const;
      for (let left = 1 + (which % 3); left > 0; left--) {
        await environment.aws.client(LambdaClient).send(new InvokeCommand(input));
      }
      return;
    }
    const jobs = environment.jobs();
    const job = jobs[which % jobs.length];
    if (!job) return;
    if (kind === 'clone') {
      environment.cloneDirectly(job.id);
      return;
    }
    this.touched.set(job.id, `${kind}, when it was ${hasEnded(job) ? 'over' : job.status}`);
    if (kind === 'opt out') environment.tagDirectly(job.id, { 'batch-foreman:opt-out': 'true' });
    else environment.stopDirectly(kind, job.id);
  }
}

function attemptOf(end: End, runSeconds: number): AttemptInput {
  switch (end) {
    case 'succeeds':
      return { runSeconds };
    case 'fails':
      return { runSeconds, exitCode: 1 };
    case 'exits with 7':
      return { runSeconds, exitCode: 7 };
    case 'is interrupted':
      return { runSeconds, hostTerminated: true };
  }
}

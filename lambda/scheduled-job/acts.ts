import type { Attempts } from '../runtime/attempts';
import type { Clock } from '../runtime/runtime';
import { dueAt } from './decide';
import type { ActiveRun, Decision, Run, Schedule, ScheduleState, StartingRun } from './model';
import type { Report } from './report';
import { isoTime, scheduledRunName } from './run-names';
import type { ScheduleStore } from './schedule-store';
import { afterwards, intended, type Result } from './submission';
import type { RunRequest, Targets } from './targets/run-target';

/** What the looks of one invocation of the function share. */
export interface Invocation {
  /** When the function is stopped. */
  readonly deadline: number;
  readonly attempts: Attempts;
}

export interface ActsOn {
  readonly groupName: string;
  readonly store: ScheduleStore;
  readonly report: Report;
  readonly targets: Targets;
  readonly clock: Clock;
}

interface Outcome {
  /** As it was written down before. */
  readonly run: StartingRun;
  readonly result: Result;
}

/** Does what was decided of a schedule and written down, and writes down what came of it. */
export class Acts {
  constructor(private readonly on: ActsOn) {}

  /** @returns whether there is more to be done at once */
  async act(
    { state: { schedule }, submit, lookUp, stop, skipped }: Decision,
    invocation: Invocation,
  ): Promise<boolean> {
    const { report, store, targets } = this.on;
    const { name } = schedule;
    const { attempts, deadline } = invocation;
    const target = targets(schedule.config.target);
    for (const { time, reason } of skipped) {
      if (reason !== 'MISSED') await store.record(name, time, { status: 'SKIPPED', reason, at: this.now() });
    }
    await attempts.attempt('report', { schedule: name }, () => report.skipped(schedule, skipped));
    for (const run of stop) {
      await attempts.attempt('stop', { schedule: name, id: run.id }, async () => {
        await target.stop(run, `A newer run of schedule ${name} takes its place`);
        report.replaced(schedule, run);
      });
    }
    const outcomes: Outcome[] = [];
    for (const run of lookUp) {
      await attempts.attempt('look up', { schedule: name, time: isoTime(run.time) }, async () => {
        outcomes.push({ run, result: await target.find(this.requestOf(name, run)) });
      });
    }
    for (const run of submit) {
      const intent: StartingRun = { ...run, ...intended(run, deadline) };
      // What is not begun in time is surely not submitted; what is cut off may be.
      const result: Result = attempts.timeIsLeft()
        ? await target.start(this.requestOf(name, run))
        : { kind: 'not begun' };
      outcomes.push({ run: intent, result });
    }
    const recorded: Outcome[] = [];
    for (const outcome of outcomes) {
      // What is not recorded stays unsettled, and is looked for again.
      await attempts.attempt('record', { schedule: name, time: isoTime(outcome.run.time) }, async () => {
        await this.record(schedule, outcome, attempts);
        recorded.push(outcome);
      });
    }
    if (recorded.length > 0) await this.settle(name, recorded);
    return recorded.some(({ result }) => result.kind === 'not found');
  }

  /** Keeps what is final where it is found when the schedule's own state has forgotten it. */
  private async record(schedule: Schedule, { run, result }: Outcome, attempts: Attempts): Promise<void> {
    const { report, store } = this.on;
    const { name } = schedule;
    const at = this.now();
    const { time, cause } = run;
    if (result.kind === 'started') {
      await store.record(name, time, { status: 'STARTED', cause, id: result.id, at });
      await attempts.attempt('report', { schedule: name }, () => report.started(schedule, run, result.id));
    } else if (afterwards(run, result, at) === 'given up') {
      const error = 'error' in result ? result.error : (run.error ?? 'It was not found');
      await report.failed(schedule, run, error);
      await store.record(name, time, { status: 'FAILED', cause, error, at });
    }
  }

  /** Others may have written since; what they have written of these runs is newer. */
  private async settle(name: string, outcomes: readonly Outcome[]): Promise<void> {
    const { store } = this.on;
    for (;;) {
      const stored = await store.read(name);
      if (stored === undefined) return;
      const now = this.now();
      const runs = stored.state.runs.flatMap((run) => {
        const outcome = outcomes.find((one) => isSame(one.run, run));
        return outcome === undefined ? [run] : settled(stored.state, outcome, now);
      });
      const state = { ...stored.state, runs };
      const expires = state.schedule.gone === true && runs.length === 0;
      if (await store.write(name, stored, state, { now, dueAt: dueAt(state, now), expires })) return;
    }
  }

  private requestOf(name: string, { time }: StartingRun): RunRequest {
    const runName = scheduledRunName(name, time);
    return {
      name: runName,
      runId: `${this.on.groupName}/${runName}`,
      scheduledTime: isoTime(time),
      parameters: {},
    };
  }

  private now(): number {
    return this.on.clock.now().getTime();
  }
}

/** Whether a run is still as it was when it was submitted or looked for. */
function isSame(before: StartingRun, now: Run): boolean {
  return (
    now.stage === 'starting' && now.time === before.time && now.attempts === before.attempts && now.next === before.next
  );
}

function settled({ schedule }: ScheduleState, { run, result }: Outcome, now: number): Run[] {
  if (result.kind === 'started') return counts(schedule) ? [activeRun(run, result.id, now)] : [];
  const submission = afterwards(run, result, now);
  return submission === 'given up' ? [] : [{ ...run, ...submission }];
}

/** Whether it matters how many runs are active. */
function counts({ config: { concurrencyPolicy, maxActiveRuns } }: Schedule): boolean {
  return concurrencyPolicy !== 'ALLOW' || maxActiveRuns !== undefined;
}

function activeRun({ time, cause }: StartingRun, id: string, now: number): ActiveRun {
  return { stage: 'active', time, cause, id, startedAt: now };
}

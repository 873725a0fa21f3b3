import type { ScheduleConfig } from '../../lib/schedule/config';
import type { Clock } from '../runtime/runtime';
import type { Acts, Invocation } from './acts';
import { decide, dueAt, initialState } from './decide';
import { dueTimes } from './due-times';
import type { ActiveRun, Asked, Decision, Schedule, ScheduleState, Situation, StartingRun } from './model';
import { isoTime } from './run-names';
import type { ScheduleReader } from './schedule-reader';
import type { ScheduleStore, StoredState } from './schedule-store';
import { intended } from './submission';
import type { Targets } from './targets/run-target';

/** Why a schedule is looked at. */
export interface Occasion {
  /** Scheduler has invoked these times. */
  readonly invoked?: readonly number[];
  /** What the invocation says that is to be done; it may be older or newer than what is known. */
  readonly config?: ScheduleConfig;
  readonly asked?: readonly Asked[];
  /** When the schedule was changed, as a list says. */
  readonly modifiedAt?: number;
}

export interface LooksOn {
  readonly reader: ScheduleReader;
  readonly store: ScheduleStore;
  readonly acts: Acts;
  readonly targets: Targets;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Others may write between reading and writing, but not for ever. */
const MOST_ROUNDS = 8;
const PAUSE = 500;

/** Looks at schedules one at a time: reads, decides, writes down what is about to be done, and does it. */
export class Looks {
  constructor(private readonly on: LooksOn) {}

  /** @throws Error when what the occasion tells of has not been written down */
  async look(name: string, occasion: Occasion, invocation: Invocation): Promise<void> {
    const { store } = this.on;
    let left: Occasion = occasion;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (!invocation.attempts.timeIsLeft()) break;
      const stored = await store.read(name);
      const schedule = await this.scheduleNow(name, stored, left);
      if (schedule === undefined) return;
      const situation = await this.situationOf(stored, schedule, left);
      const before = stored?.state ?? initialState(schedule);
      const decision = await this.decide(before, situation);
      if (await this.write(name, stored, decision, invocation, situation)) {
        // From here on, what the occasion told of cannot be lost.
        left = {};
        let more = false;
        await invocation.attempts.attempt('act', { schedule: name }, async () => {
          more = await this.on.acts.act(decision, invocation);
        });
        if (!more) return;
      } else {
        await this.on.clock.sleep(this.on.random() * PAUSE);
      }
    }
    if (left.invoked?.length || left.asked?.length) {
      throw new Error(`Schedule ${name} is being written by others; what has come up is left to another look`);
    }
  }

  /** @returns undefined when there is nothing to look at */
  private async scheduleNow(
    name: string,
    stored: StoredState | undefined,
    { config, invoked = [], modifiedAt }: Occasion,
  ): Promise<Schedule | undefined> {
    const known = stored?.state.schedule;
    const isCurrent =
      known !== undefined &&
      (modifiedAt === undefined || modifiedAt === known.modifiedAt) &&
      (config === undefined || JSON.stringify(config) === JSON.stringify(known.config)) &&
      !this.seemsLost(stored!.state, invoked);
    if (isCurrent) return known;
    const schedule = await this.on.reader.get(name);
    if (schedule !== undefined) return schedule;
    if (known !== undefined) return { ...known, enabled: false, gone: true };
    if (config === undefined) return undefined;
    // It was deleted after it had invoked.
    const now = this.now();
    const times = { createdAt: now, modifiedAt: now, expression: `at(${isoTime(now).replace('Z', '')})` };
    return { name, timeZone: 'UTC', windowSeconds: 0, enabled: false, gone: true, config, ...times };
  }

  /** Before anything is done for a time that Scheduler has not told, Scheduler is asked how the schedule stands. */
  private seemsLost(state: ScheduleState, invoked: readonly number[]): boolean {
    const now = this.now();
    const { due, missed } = dueTimes(state, { now, schedule: state.schedule, invoked, asked: [], observed: new Map() });
    return missed.length > 0 || due.some((time) => !invoked.includes(time));
  }

  private async situationOf(
    stored: StoredState | undefined,
    schedule: Schedule,
    { invoked = [], asked = [] }: Occasion,
  ): Promise<Situation> {
    const { name } = schedule;
    const decidedUpTo = stored?.state.decidedUpTo ?? schedule.createdAt;
    const old = invoked.filter((time) => time <= decidedUpTo);
    const records = await this.on.store.records(name, [...new Set([...old, ...asked.map(({ time }) => time)])]);
    return {
      now: this.now(),
      schedule,
      invoked: invoked.filter((time) => !old.includes(time) || !records.has(time)),
      asked: asked.filter(({ time }) => records.get(time)?.status !== 'STARTED'),
      observed: new Map(),
    };
  }

  /** Looks at the active runs only where a run needs the room of one. */
  private async decide(before: ScheduleState, situation: Situation): Promise<Decision> {
    const blind = decide(before, situation);
    const active = before.runs.filter((run): run is ActiveRun => run.stage === 'active');
    const wantsRoom =
      blind.stop.length > 0 ||
      blind.state.runs.some(({ stage }) => stage === 'waiting') ||
      blind.skipped.some(({ reason }) => reason === 'ACTIVE_RUNS' || reason === 'REPLACED');
    if (active.length === 0 || !wantsRoom) return blind;
    const observed = await this.on.targets(situation.schedule.config.target).observe(active);
    return decide(before, { ...situation, observed });
  }

  private now(): number {
    return this.on.clock.now().getTime();
  }

  /** Writes the decision down, with the intent to submit: whoever reads it after a crash looks for the job first. */
  private async write(
    name: string,
    stored: StoredState | undefined,
    { state, submit, dueAt: due }: Decision,
    { deadline }: Invocation,
    { now, schedule }: Situation,
  ): Promise<boolean> {
    const intents = new Set(submit);
    const runs = state.runs.map((run) =>
      intents.has(run as StartingRun) ? { ...run, ...intended(run as StartingRun, deadline) } : run,
    );
    const next: ScheduleState = { ...state, runs };
    if (stored !== undefined && JSON.stringify(next) === JSON.stringify(stored.state)) return true;
    const times = submit.length > 0 ? dueAt(next, now) : due;
    return this.on.store.write(name, stored, next, {
      now,
      dueAt: times,
      expires: schedule.gone === true && runs.length === 0,
    });
  }
}

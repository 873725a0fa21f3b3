import type { ScheduleConfig } from '../../lib/schedule/config';

/** A schedule as EventBridge Scheduler tells it. Times are milliseconds since the epoch. */
export interface Schedule {
  readonly name: string;
  readonly expression: string;
  readonly timeZone: string;
  readonly startAt?: number;
  readonly endAt?: number;
  /** How late Scheduler may invoke on purpose. */
  readonly windowSeconds: number;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** Whether it has been deleted. */
  readonly gone?: true;
  readonly config: ScheduleConfig;
}

/** Why there is a run: Scheduler's invocation, a time that was missed, or somebody's wish. */
export type Cause = 'SCHEDULE' | 'MISSED' | 'BACKFILL' | 'RETRY';

/** One run of a schedule that is not over. */
export type Run = WaitingRun | StartingRun | ActiveRun;

interface RunBase {
  /** The time it is scheduled for. */
  readonly time: number;
  readonly cause: Cause;
}

/** Is to start as soon as there is room for it. */
export interface WaitingRun extends RunBase {
  readonly stage: 'waiting';
}

/** Takes up room already. */
export interface StartingRun extends RunBase, Submission {
  readonly stage: 'starting';
}

/** Has a job, or a workflow run, that was not over when it was looked at last. */
export interface ActiveRun extends RunBase {
  readonly stage: 'active';
  readonly id: string;
  readonly startedAt: number;
  /** When it was told to stop, to make room. */
  readonly stopAskedAt?: number;
}

/** How far something has come that is to be submitted once. */
export interface Submission {
  /**
   * What is to be done next: submit it, or, where it may have been submitted already, look for it. What is about to be
   * submitted says `look up` before the call, so that whoever finds it after a crash does that first.
   */
  readonly next: 'submit' | 'look up';
  /** Not before. */
  readonly at: number;
  /** How often it was tried. */
  readonly attempts: number;
  readonly error?: string;
}

/** What a schedule remembers between looks. */
export interface ScheduleState {
  readonly schedule: Schedule;
  /** Every time of the schedule up to here is decided: it has run, runs, waits, or was skipped. */
  readonly decidedUpTo: number;
  /** Times beyond that which are decided too. */
  readonly decided: readonly number[];
  /** A time at which Scheduler has invoked a rate that has no start date. */
  readonly anchor?: number;
  readonly runs: readonly Run[];
}

export type SkipReason = 'MISSED' | 'DEADLINE' | 'ACTIVE_RUNS' | 'REPLACED';

export interface Skip {
  readonly time: number;
  readonly reason: SkipReason;
}

/** What is known at a look. */
export interface Situation {
  readonly now: number;
  /** As Scheduler tells it now. */
  readonly schedule: Schedule;
  /** Times at which Scheduler has invoked, of which nobody knows that they have run. */
  readonly invoked: readonly number[];
  /** Times that somebody asks for. */
  readonly asked: readonly Asked[];
  /** Active runs, by the id of their job: over, or gone over into another job. Those not named are as they were. */
  readonly observed: ReadonlyMap<string, 'over' | { readonly successor: string }>;
}

export interface Asked {
  readonly time: number;
  readonly cause: 'BACKFILL' | 'RETRY';
}

/** What is to be done. */
export interface Decision {
  readonly state: ScheduleState;
  /** To be submitted, each under an intent that is written down first. */
  readonly submit: readonly StartingRun[];
  /** To be looked for by their names. */
  readonly lookUp: readonly StartingRun[];
  readonly stop: readonly ActiveRun[];
  readonly skipped: readonly Skip[];
  /** When to look again; undefined when there is nothing to look for. */
  readonly dueAt?: number;
}

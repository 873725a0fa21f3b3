import type { RunTargetConfig } from '../../../lib/schedule/config';
import type { ActiveRun, Situation } from '../model';
import type { Result } from '../submission';

/** One run, as its target starts it. */
export interface RunRequest {
  /** The same at each attempt, and of no other run: a job is named so. */
  readonly name: string;
  /** Unique in the account and Region. */
  readonly runId: string;
  /** ISO 8601; when the run is of a schedule. */
  readonly scheduledTime?: string;
  /** In place of the target's own, where they have the same names. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a schedule or a trigger runs. */
export interface RunTarget {
  /** Starts the run; to be called once, unless `find` finds nothing or it was refused. */
  start(run: RunRequest): Promise<Exclude<Result, { kind: 'not found' }>>;
  /** What an earlier `start` has led to. */
  find(run: RunRequest): Promise<Extract<Result, { kind: 'started' | 'not found' }>>;
  /** The runs that are over, or have gone over into another job. */
  observe(runs: readonly ActiveRun[]): Promise<Situation['observed']>;
  /** Asks a run to end. It may take its time. */
  stop(run: ActiveRun, reason: string): Promise<void>;
}

/** The target that a configuration describes. */
export type Targets = (config: RunTargetConfig) => RunTarget;

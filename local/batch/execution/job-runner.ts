import type { Job, RunningJob } from '../model';

/** One attempt of a job, as it is to be run. */
export interface JobLaunch {
  readonly job: Job;
  /** From 1. */
  readonly attempt: number;
  /** Seconds until there is a machine: of Fargate. */
  readonly provisionSeconds: number;
  /** What the container finds in its environment, Batch's own variables among it. */
  environment(): Record<string, string>;
  /** Where its output goes. */
  readonly logGroup: string;
  readonly logStream: string;
}

export type JobOutcome =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly reason?: string }
  /** The container could not be started. */
  | { readonly kind: 'notStarted'; readonly reason: string }
  | { readonly kind: 'hostTerminated' };

/** Who is told how an attempt goes. */
export interface JobObserver {
  /** The container runs. */
  running(): void;
  /** Told once. */
  ended(outcome: JobOutcome): void;
}

/** What makes of a placed job that it runs: played after its LOCAL_JOB, or as a child process. */
export interface JobRunner {
  start(launch: JobLaunch, observer: JobObserver): RunningJob;
}

/** Exit code of a container that ended on SIGTERM. */
export const TERMINATED_EXIT_CODE = 143;

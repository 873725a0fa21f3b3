import type { NodeConfig } from '../../lib/workflow/config';

/**
 * What became of a job of a run.
 *
 * - UPSTREAM_FAILED: it did not run, for a failure before it
 * - SKIPPED: it did not run, for what it waits for did not come about: a failure, most often
 * - CANCELLED: the run was cancelled before it had succeeded
 */
export type Outcome = 'SUCCEEDED' | 'FAILED' | 'UPSTREAM_FAILED' | 'SKIPPED' | 'CANCELLED';

export type RunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** A call of SubmitJob that somebody has written down before making it. */
export interface Intent {
  /** Who: nobody else records what comes of it. */
  readonly by: string;
  readonly since: number;
  /** From when on the lists show whether it was made. */
  readonly recoverAt: number;
}

/** How far a job of a run is. Times are milliseconds since the epoch. */
export interface NodeState {
  readonly intent?: Intent;
  /** The latest of its lineage of retries. */
  readonly jobId?: string;
  /** As it was submitted first. */
  readonly firstJobId?: string;
  readonly submittedAt?: number;
  /** How often AWS Batch refused it. */
  readonly refusals?: number;
  /** Not to be submitted before. */
  readonly notBefore?: number;
  readonly outcome?: Outcome;
  /** Why it ended so, if there is more to be said. */
  readonly reason?: string;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  /** Whether its job, though failed, is followed by another. */
  readonly retrying?: boolean;
}

/** One run: all that is needed to bring it to its end, whatever is deployed meanwhile. */
export interface Run {
  readonly id: string;
  readonly workflow: string;
  readonly startedAt: number;
  /** ISO 8601; of a run that a schedule has started. */
  readonly scheduledTime?: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The jobs, each behind those that it comes after. */
  readonly graph: readonly NodeConfig[];
  /** By name. */
  readonly nodes: Readonly<Record<string, NodeState>>;
  readonly status: RunStatus;
  readonly cancelled?: { readonly at: number; readonly reason: string };
  readonly endedAt?: number;
  /** Whether its end has been told of. */
  readonly told?: boolean;
}

/** What is known of the job that stands for a node. */
export type Seen =
  | { readonly kind: 'open'; readonly jobId: string }
  /** It has failed, and another follows that is not there yet. */
  | { readonly kind: 'retrying'; readonly jobId: string }
  | {
      readonly kind: 'ended';
      readonly jobId: string;
      readonly succeeded: boolean;
      /** Whether an attempt has started. */
      readonly ran: boolean;
      readonly reason?: string;
      readonly startedAt?: number;
      readonly stoppedAt?: number;
    };

/** A job that is to be submitted now. */
export interface Submission {
  readonly node: string;
  /** Nodes that it depends on natively: AWS Batch lets it wait for their jobs. */
  readonly dependsOn: readonly { readonly node: string; readonly each: boolean }[];
}

export interface Decision {
  readonly run: Run;
  /** In this order. */
  readonly submit: readonly Submission[];
  /** Nodes whose submission is not known to have been made and is to be looked for. */
  readonly recover: readonly string[];
  /** Jobs to be ended. */
  readonly stop: readonly string[];
}

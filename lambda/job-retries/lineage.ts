import type { JobDependency, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import type { Resources } from '../../lib/capacity/config';
import type { FailureCause } from '../../lib/retries/config';

/** Which of the first submission's array children a later one stands for, in its children's order. */
export interface Children {
  readonly indexes: readonly number[];
  /** Of the first submission. */
  readonly size: number;
}

/** One submission of a lineage, and how it ended. */
export interface Submission {
  /** From 1, the first submission. */
  readonly attempt: number;
  readonly jobId: string;
  readonly jobQueue: string;
  readonly submittedAt: number;
  readonly resources?: Resources;
  /** Array children it had, when it is not all of them. */
  readonly children?: number;
  readonly endedAt?: number;
  /** `DEPENDENCY`: it never ran, for a job that it waited for failed. `STOPPED`: somebody cancelled or terminated it. */
  readonly cause?: FailureCause | 'DEPENDENCY' | 'STOPPED';
  readonly rule?: string;
  readonly exitCode?: number;
  readonly reason?: string;
}

/** Why a lineage goes on no longer. */
export type FinalReason =
  | 'NO_RULE'
  | 'ATTEMPTS'
  | 'SUBMISSIONS'
  | 'CEILING'
  | 'DEFINITION_GONE'
  | 'NOT_RESTORABLE'
  | 'REFUSED'
  | 'STOPPED'
  | 'OPTED_OUT'
  | 'DEPENDENCY'
  | 'DRY_RUN';

export interface Final {
  readonly why: FinalReason;
  readonly message: string;
}

/** What is to be submitted next. */
export interface Plan {
  /** Without dependencies. */
  readonly request: SubmitJobCommandInput;
  /** Jobs that the one which failed depended on, to be looked at when it is submitted. */
  readonly dependsOn: readonly JobDependency[];
  readonly notBefore: number;
  readonly children?: Children;
  /** Whether it is submitted for what it depended on only, by no rule of its own. */
  readonly recreation: boolean;
  readonly delaySeconds: number;
  readonly resources?: Resources;
  /** Whether AWS Batch shows the job that failed as cancelled or terminated: if it does so later only, a person did that. */
  readonly wasStopped: boolean;
  /** How often AWS Batch refused it with what it was to depend on. */
  readonly refusals?: number;
  /** In words, for the event: `memory 2048 → 4096 MiB`. */
  readonly changes: readonly string[];
}

/** What follows from a change of a lineage and is done after it, at least once: the next change must not drop what is not yet done. */
export type Effect =
  | { readonly kind: 'mark'; readonly jobId: string; readonly retry: 'PENDING' | 'FINAL' }
  | { readonly kind: 'mark'; readonly jobId: string; readonly retry: 'RESUBMITTED'; readonly successor: string }
  | { readonly kind: 'retried'; readonly detail: object; readonly jobIds: readonly string[]; readonly jobQueue: string }
  | { readonly kind: 'exhausted'; readonly detail: object; readonly jobId: string; readonly jobQueue: string };

/**
 * - WAITING: for the end of its pause, or for what it depends on
 * - SUBMITTING: somebody has written down that he is about to submit it; whether he did is not known
 * - OPEN: its latest job has not ended, as far as is known
 */
export type LineageStatus = 'WAITING' | 'SUBMITTING' | 'OPEN' | 'SUCCEEDED' | 'FINAL';

/** A job and all that it was submitted again as. */
export interface Lineage {
  /** Id of the first job. */
  readonly root: string;
  readonly jobName: string;
  readonly jobDefinition: string;
  readonly status: LineageStatus;
  /** Id of the latest job. */
  readonly jobId: string;
  /** Submissions so far, the first included. */
  readonly attempt: number;
  /** Submissions by its own rules, the first included; the others were for the sake of what it depended on. */
  readonly runs: number;
  /** Failures so far, by the name of the rule that they matched. */
  readonly failures: Readonly<Record<string, number>>;
  /** Attempts that were interrupted, those that AWS Batch repeated included. */
  readonly interruptions: number;
  readonly children?: Children;
  readonly history: readonly Submission[];
  readonly plan?: Plan;
  readonly intent?: Intent;
  readonly final?: Final;
  /** When it is to be seen whether the ledger knows the latest job, and so will tell of its end. */
  readonly watchAt?: number;
  readonly effects: readonly Effect[];
}

/** Written down before a job is submitted. */
export interface Intent {
  readonly since: number;
  /** From when on it can be seen in the lists whether it was submitted, by whoever wrote this down. */
  readonly recoverAt: number;
  readonly dependsOn: readonly JobDependency[];
}

/** The history of a lineage that goes on and on is cut in its middle. */
const MOST_HISTORY = 100;

export function withSubmission(history: readonly Submission[], next: Submission): readonly Submission[] {
  const all = [...history, next];
  return all.length > MOST_HISTORY ? [all[0]!, ...all.slice(1 - MOST_HISTORY)] : all;
}

/** Says how the latest submission ended. */
export function withEnd(history: readonly Submission[], end: Partial<Submission>): readonly Submission[] {
  return history.map((one, index) => (index === history.length - 1 ? { ...one, ...end } : one));
}

/** When somebody has to see to a lineage again; nothing when only the end of its job will change anything. */
export function dueAt({ status, plan, intent, watchAt, effects }: Lineage, now: number): number | undefined {
  if (effects.length > 0) return now;
  if (status === 'WAITING') return plan!.notBefore;
  if (status === 'SUBMITTING') return intent!.recoverAt;
  return status === 'OPEN' ? watchAt : undefined;
}

export function hasEnded({ status }: Lineage): boolean {
  return status === 'SUCCEEDED' || status === 'FINAL';
}

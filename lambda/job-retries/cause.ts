import type { AttemptDetail, JobDetail, JobSummary } from '@aws-sdk/client-batch';
import type { FailureCause } from '../../lib/retries/config';

/** How a job, or a child of an array, failed. */
export interface Failure {
  readonly cause: FailureCause;
  readonly exitCode?: number;
  /** The container's. */
  readonly reason?: string;
  readonly statusReason?: string;
}

/** Texts of AWS Batch and ECS. @see https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html */
const TIMED_OUT = /^Job attempt duration exceeded timeout/;
const INTERRUPTED = /^(Host EC2\b|Your Spot Task was interrupted)/;
/** A container that was killed for its memory has been seen to exit with 0 and 2 as well as with 137: only the reason tells. */
const OUT_OF_MEMORY = /^OutOfMemory/;

/** @param stopped whether this library ended it for having taken too long */
export function failureOf(job: JobDetail, stopped: boolean): Failure {
  const { exitCode, reason } = endOf(job.attempts?.at(-1)) ?? {};
  return withCause({ exitCode, reason, statusReason: job.statusReason }, stopped);
}

export function childFailureOf({ container, statusReason }: JobSummary, stopped: boolean): Failure {
  return withCause({ exitCode: container?.exitCode, reason: container?.reason, statusReason }, stopped);
}

function withCause(end: Omit<Failure, 'cause'>, stopped: boolean): Failure {
  return { cause: causeOf(end, stopped), ...end };
}

function causeOf({ reason = '', statusReason = '' }: Omit<Failure, 'cause'>, stopped: boolean): FailureCause {
  if (stopped || TIMED_OUT.test(statusReason)) return 'TIMEOUT';
  if (INTERRUPTED.test(statusReason) || INTERRUPTED.test(reason)) return 'INTERRUPTION';
  return OUT_OF_MEMORY.test(reason) ? 'OUT_OF_MEMORY' : 'FAILURE';
}

/** How many attempts of a job were interrupted, those that AWS Batch itself has repeated among them. */
export function interruptionsOf({ attempts = [] }: Pick<JobDetail, 'attempts'>): number {
  return attempts.filter(({ statusReason = '' }) => INTERRUPTED.test(statusReason)).length;
}

/** Of jobs of several containers the one that failed counts: that which was killed for its memory, else that which did not exit with 0. */
function endOf(attempt: AttemptDetail | undefined): { exitCode?: number; reason?: string } | undefined {
  if (!attempt?.taskProperties) return attempt?.container;
  const containers = attempt.taskProperties.flatMap(({ containers: all = [] }) => all);
  return (
    containers.find(({ reason = '' }) => OUT_OF_MEMORY.test(reason)) ??
    containers.find(({ exitCode = 0 }) => exitCode !== 0) ??
    containers.find(({ reason }) => reason !== undefined) ??
    containers[0]
  );
}

/** The container of a task that was killed for its memory. */
export function containerOutOfMemory(job: JobDetail): string | undefined {
  const containers = job.attempts?.at(-1)?.taskProperties?.flatMap(({ containers: all = [] }) => all);
  return containers?.find(({ reason = '' }) => OUT_OF_MEMORY.test(reason))?.name;
}

/** Whether it never ran: no attempt, and neither cancelled nor terminated. */
export function neverRan(job: JobDetail): boolean {
  return !job.attempts?.length && !job.startedAt && !job.isCancelled && !job.isTerminated;
}

import type { JobStatus } from '@aws-sdk/client-batch';
import type { Attempt, Job } from '../model';

export const STATUSES: readonly JobStatus[] = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
];

/** Every job is made here, so that all have their members in one order: an engine keeps such objects small and fast. */
export function newJob(
  job: Pick<Job, 'id' | 'spec' | 'order' | 'createdAt' | 'status' | 'array' | 'parent' | 'index' | 'tags'>,
): Job {
  return {
    id: job.id,
    spec: job.spec,
    order: job.order,
    createdAt: job.createdAt,
    status: job.status,
    listedStatus: job.status,
    statusReason: undefined,
    runnableAt: undefined,
    startedAt: undefined,
    stoppedAt: undefined,
    attempts: [],
    running: undefined,
    environment: undefined,
    cancelReason: undefined,
    terminateReason: undefined,
    holdsClaims: false,
    waitingFor: 0,
    dependents: undefined,
    array: job.array,
    parent: job.parent,
    index: job.index,
    tags: job.tags,
  };
}

/** Room for the indexes of an array's children between two submissions. */
const ORDERS_PER_SUBMISSION = 16_384;

export function orderOfSubmission(submission: number): number {
  return submission * ORDERS_PER_SUBMISSION;
}

export function orderOfChild(parent: Job, index: number): number {
  return parent.order + index + 1;
}

export function hasEnded(job: Job): boolean {
  return job.status === 'SUCCEEDED' || job.status === 'FAILED';
}

/** Whether it has been placed: from then on it can be terminated, but not cancelled. */
export function isPlaced(job: Job): boolean {
  return job.status === 'STARTING' || job.status === 'RUNNING';
}

/** The attempt that runs, else the last one. */
export function latestAttempt({ running, attempts }: Job): Attempt | undefined {
  return running?.attempt ?? attempts.at(-1);
}

/** Why somebody has asked for its end; undefined when nobody has. */
export function stopReason(job: Job): string | undefined {
  return job.terminateReason ?? job.cancelReason;
}

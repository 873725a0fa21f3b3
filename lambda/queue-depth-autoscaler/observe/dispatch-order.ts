import type { JobSummary } from '@aws-sdk/client-batch';
import { arrayParentId } from '../../batch/jobs';

/** Jobs that wait in one place of a queue: one job, or the waiting children of an array. */
export interface WaitingJobs {
  readonly jobId: string;
  readonly count: number;
  /** How many of them hold what they need of consumable resources. @default 0 */
  readonly holding?: number;
}

export interface QueueReading {
  /** Ids of the queue's first jobs, as its snapshot orders them. */
  readonly head: readonly string[];
  readonly runnable: readonly JobSummary[];
  readonly arrays: readonly JobSummary[];
  /** Whether `runnable` and `arrays` are all there is: then what the snapshot alone still shows has gone. */
  readonly whole: boolean;
}

/**
 * Puts what was read of a queue into dispatch order: the snapshot's head, then the others by age. Each job counts once,
 * also where children of an array are listed beside their parent (AWS does not say whether they are).
 */
export function dispatchOrder({ head, runnable, arrays, whole }: QueueReading): WaitingJobs[] {
  const parents = new Map(arrays.map((job) => [job.jobId!, job.arrayProperties?.statusSummary?.['RUNNABLE'] ?? 0]));
  const listed = new Set(runnable.map((job) => job.jobId!));
  const isThere = (jobId: string) => listed.has(jobId) || (parents.get(arrayParentId(jobId)) ?? 0) > 0;
  const first = new Set(head.filter((jobId) => !whole || isThere(jobId)));

  const named = new Set([...first, ...listed]);
  for (const jobId of named) {
    const waiting = parents.get(arrayParentId(jobId));
    if (waiting !== undefined) parents.set(arrayParentId(jobId), waiting - 1);
  }
  const others = [...runnable.filter(({ jobId }) => !first.has(jobId!)), ...arrays];
  others.sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
  return [
    ...[...first].map((jobId) => ({ jobId, count: 1 })),
    ...others.map(({ jobId }) => ({ jobId: jobId!, count: parents.get(jobId!) ?? 1 })),
  ].filter(({ count }) => count > 0);
}

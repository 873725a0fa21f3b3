import type { JobStatus } from '@aws-sdk/client-batch';
import type { ArrayState, Job } from '../model';
import { STATUSES, newJob, orderOfChild } from './job';

/** Array jobs. @see https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html */
export function newArrayState(size: number, now: number): ArrayState {
  const statusSummary = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<JobStatus, number>;
  return { size, children: [], statusSummary, lastUpdatedAt: now, spawnWaiters: [] };
}

/** Makes the children, PENDING. */
export function spawnChildren(parent: Job, array: ArrayState, now: number): void {
  array.children = Array.from({ length: array.size }, (_, index) =>
    newJob({
      id: `${parent.id}:${index}`,
      spec: parent.spec,
      order: orderOfChild(parent, index),
      createdAt: now,
      status: 'PENDING',
      parent,
      index,
    }),
  );
  array.statusSummary.PENDING = array.size;
  array.lastUpdatedAt = now;
}

export function allChildrenEnded({ size, statusSummary }: ArrayState): boolean {
  return statusSummary.SUCCEEDED + statusSummary.FAILED === size;
}

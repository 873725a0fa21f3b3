import type { Resources } from '../../../lib/capacity/config';
import { arrayParentId } from '../../batch/jobs';
import type { DemandGroup, Token } from '../model';
import type { WaitingJobs } from './dispatch-order';
import type { JobShape, StillWaiting } from './job-shapes';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface QueuedJobs {
  readonly queueArn: string;
  readonly jobs: readonly WaitingJobs[];
}

/**
 * Joins neighbours that ask the same, and leaves out jobs that cannot run on this kind of environment.
 *
 * @param waiting highest priority first
 * @param stillWaiting what is known better than by the lists
 */
export function groupDemand(
  waiting: readonly QueuedJobs[],
  shapes: KnownShapes,
  stillWaiting: StillWaiting,
): DemandGroup[] {
  const groups: Mutable<Required<DemandGroup>>[] = [];
  for (const { queueArn, jobId, shape, count } of shapedJobs(waiting, shapes, stillWaiting)) {
    const last = groups.at(-1);
    if (last && last.queueArn === queueArn && sameShape(last, shape)) last.count += count;
    else groups.push({ queueArn, ...shape, count, jobId });
  }
  return groups;
}

/** What jobs ask for, by their ids. */
export interface KnownShapes {
  get(jobId: string): JobShape | undefined;
}

interface ShapedJobs extends WaitingJobs {
  readonly queueArn: string;
  readonly shape: JobShape;
}

/** The waiting jobs whose shape is known, in order, as many of each as still wait; without tokens those that hold theirs. */
export function* shapedJobs(
  waiting: readonly QueuedJobs[],
  shapes: KnownShapes,
  stillWaiting: StillWaiting,
): Iterable<ShapedJobs> {
  for (const { queueArn, jobs } of waiting) {
    for (const { jobId, count: listed, holding = 0 } of jobs) {
      const shape = shapes.get(jobId);
      const count = Math.min(listed, stillWaiting.get(arrayParentId(jobId)) ?? listed);
      if (!shape) continue;
      const held = Math.min(holding, count);
      if (held > 0) yield { queueArn, jobId, shape: { ...shape, tokens: [] }, count: held };
      if (count > held) yield { queueArn, jobId, shape, count: count - held };
    }
  }
}

export function sameShape(a: JobShape, b: JobShape): boolean {
  return sameResources(a.resources, b.resources) && sameTokens(a.tokens, b.tokens);
}

function sameTokens(a: readonly Token[], b: readonly Token[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ resource, quantity }, index) => b[index]!.resource === resource && b[index]!.quantity === quantity)
  );
}

function sameResources(a: Resources, b: Resources): boolean {
  return a.vcpus === b.vcpus && a.memoryMiB === b.memoryMiB && a.gpus === b.gpus;
}

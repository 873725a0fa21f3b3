import type { Resources } from '../../../lib/capacity/config';
import { arrayParentId } from '../../batch/jobs';
import type { DemandGroup } from '../model';
import { type Availability, ConsumableLedger } from './consumable-resources';
import type { WaitingJobs } from './dispatch-order';
import type { JobShape, StillWaiting } from './job-shapes';

export interface QueuedJobs {
  readonly queueArn: string;
  readonly jobs: readonly WaitingJobs[];
}

/**
 * Joins neighbours that ask the same, and leaves out jobs that no instance would help: those that cannot run on this
 * kind of environment, and those beyond what their consumable resources allow.
 *
 * @param waiting highest priority first
 * @param stillWaiting what is known better than by the lists
 */
export function groupDemand(
  waiting: readonly QueuedJobs[],
  shapes: KnownShapes,
  availability: Availability,
  stillWaiting: StillWaiting,
): DemandGroup[] {
  const consumable = new ConsumableLedger(availability);
  const groups: { queueArn: string; resources: Resources; count: number; jobId: string }[] = [];
  for (const { queueArn, jobId, shape, count: asking } of shapedJobs(waiting, shapes, stillWaiting)) {
    const count = consumable.take(shape.tokens, asking);
    if (count === 0) continue;
    const last = groups.at(-1);
    if (last && last.queueArn === queueArn && sameResources(last.resources, shape.resources)) last.count += count;
    else groups.push({ queueArn, resources: shape.resources, count, jobId });
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

/** The waiting jobs whose shape is known, in order, as many of each as still wait. */
export function* shapedJobs(
  waiting: readonly QueuedJobs[],
  shapes: KnownShapes,
  stillWaiting: StillWaiting,
): Iterable<ShapedJobs> {
  for (const { queueArn, jobs } of waiting) {
    for (const { jobId, count: listed } of jobs) {
      const shape = shapes.get(jobId);
      const count = Math.min(listed, stillWaiting.get(arrayParentId(jobId)) ?? listed);
      if (shape && count > 0) yield { queueArn, jobId, shape, count };
    }
  }
}

export function sameResources(a: Resources, b: Resources): boolean {
  return a.vcpus === b.vcpus && a.memoryMiB === b.memoryMiB && a.gpus === b.gpus;
}

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
  shapes: { get(jobId: string): JobShape | undefined },
  availability: Availability,
  stillWaiting: StillWaiting,
): DemandGroup[] {
  const consumable = new ConsumableLedger(availability);
  const groups: { queueArn: string; resources: Resources; count: number; jobId: string }[] = [];
  for (const { queueArn, jobs } of waiting) {
    for (const { jobId, count: waitingHere } of jobs) {
      const shape = shapes.get(jobId);
      if (!shape) continue;
      const now = stillWaiting.get(arrayParentId(jobId)) ?? waitingHere;
      const count = consumable.take(shape.tokens, Math.min(waitingHere, now));
      if (count === 0) continue;
      const last = groups.at(-1);
      if (last && last.queueArn === queueArn && same(last.resources, shape.resources)) last.count += count;
      else groups.push({ queueArn, resources: shape.resources, count, jobId });
    }
  }
  return groups;
}

function same(a: Resources, b: Resources): boolean {
  return a.vcpus === b.vcpus && a.memoryMiB === b.memoryMiB && a.gpus === b.gpus;
}

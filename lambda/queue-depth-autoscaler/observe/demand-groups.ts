import type { Resources } from '../../../lib/capacity/config';
import type { DemandGroup } from '../model';
import { type Availability, ConsumableLedger } from './consumable-resources';
import type { WaitingJobs } from './dispatch-order';
import type { JobShape } from './job-shapes';

export interface QueuedJobs {
  readonly queueArn: string;
  readonly jobs: readonly WaitingJobs[];
}

/**
 * Joins neighbours that ask the same, and leaves out jobs that no instance would help: those that cannot run on this
 * kind of environment, and those beyond what their consumable resources allow.
 *
 * @param waiting highest priority first
 * @param gone jobs known not to wait any more
 */
export function groupDemand(
  waiting: readonly QueuedJobs[],
  shapes: { get(jobId: string): JobShape | undefined },
  availability: Availability,
  gone: ReadonlySet<string>,
): DemandGroup[] {
  const consumable = new ConsumableLedger(availability);
  const groups: { queueArn: string; resources: Resources; count: number; jobId: string }[] = [];
  for (const { queueArn, jobs } of waiting) {
    for (const { jobId, count: waitingHere } of jobs) {
      const shape = gone.has(jobId) ? undefined : shapes.get(jobId);
      if (!shape) continue;
      const count = consumable.take(shape.tokens, waitingHere);
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

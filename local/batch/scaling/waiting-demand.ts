import { launchesInstances, takesJobs } from '../environments/compute-environment';
import type { ComputeEnvironment } from '../environments/compute-environment';
import { isWithinMaximum } from '../environments/suitability';
import type { JobQueue } from '../model';
import { vcpusNeeded } from './scaling-plan';
import type { Candidate, Demand } from './scaling-plan';

/** What is to be known of a managed environment to say which jobs are its own. */
export interface EnvironmentRoom {
  readonly candidates: readonly Candidate[];
  readonly placed: readonly Demand[];
}

/**
 * RUNNABLE jobs by the managed environment that is to have instances for them: the first of their queue that can hold
 * them and is below its maximum. The last takes what is left, so that it shows what is wanted.
 */
export function waitingByEnvironment(
  queues: Iterable<JobQueue>,
  roomOf: (environment: ComputeEnvironment) => EnvironmentRoom,
): Map<ComputeEnvironment, Demand[]> {
  const waiting = new Map<ComputeEnvironment, Demand[]>();
  const headroom = new Map<ComputeEnvironment, number>();
  const ordered = [...queues].sort((a, b) => b.priority - a.priority || a.sequence - b.sequence);
  for (const queue of ordered) {
    const environments = queue.environments
      .map(({ environment }) => environment)
      .filter((environment) => launchesInstances(environment) && takesJobs(environment));
    if (environments.length === 0) continue;
    for (const { shape, jobs } of queue.runnable.groups()) {
      const needs = environments
        .filter((environment) => isWithinMaximum(environment, shape))
        .map((environment) => ({ environment, need: need(shape, roomOf(environment)) }))
        .filter((entry) => entry.need > 0);
      let left = jobs.size;
      for (const [index, entry] of needs.entries()) {
        const free = headroom.get(entry.environment) ?? headroomOf(entry.environment, roomOf(entry.environment));
        const most = index === needs.length - 1 ? left : Math.max(0, Math.floor(free / entry.need));
        const count = Math.min(left, most);
        headroom.set(entry.environment, free - count * entry.need);
        if (count > 0) {
          waiting.set(entry.environment, [...(waiting.get(entry.environment) ?? []), { resources: shape, count }]);
        }
        left -= count;
      }
    }
  }
  return waiting;
}

function headroomOf({ computeResources }: ComputeEnvironment, room: EnvironmentRoom): number {
  return (
    computeResources!.maxvCpus! - room.placed.reduce((sum, demand) => sum + vcpusNeeded(demand, room.candidates), 0)
  );
}

function need(resources: Demand['resources'], { candidates }: EnvironmentRoom): number {
  return vcpusNeeded({ resources, count: 1 }, candidates);
}

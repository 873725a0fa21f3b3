import type { Resources } from '../../../lib/capacity/config';
import type { FleetPool, Node } from './fleet';
import { fits } from './resources';
import { costOfJoining } from './sharing';

/** Room for jobs: on an instance that is there, or on equal ones that are coming or to be launched. */
export interface Bin {
  readonly pool: FleetPool;
  /** The instance that is there. */
  readonly node?: Node;
  /** How many there are; what follows is of each. */
  instances: number;
  vcpus: number;
  memoryMiB: number;
  gpus: number;
  /** A job is planned here only if an instance of its own would cost at least this. */
  minCost: number;
  planned: number;
}

/** Room that jobs get in any case, or that is paid for in any case. */
const OPEN_TO_ALL = -Infinity;
/** Taken back only for jobs that can get nothing else. */
const LAST_RESORT = Infinity;

/** Instances that boot, that Auto Scaling does not show yet, or that are to be launched. */
export function wholeBin(pool: FleetPool, instances: number): Bin {
  return { ...binOf(pool, pool.capacity, OPEN_TO_ALL), instances };
}

/** The same instance with nothing planned on it, open to every job. */
export function openBin({ pool, node }: Bin): Bin {
  return binOf(pool, node!.instance.container!.remaining, OPEN_TO_ALL, node);
}

function binOf(pool: FleetPool, { vcpus, memoryMiB, gpus }: Resources, minCost: number, node?: Node): Bin {
  return { pool, node, instances: 1, vcpus, memoryMiB, gpus, minCost, planned: 0 };
}

/**
 * What is there, in the order in which jobs are planned onto it: ready instances first, since Batch places jobs there by
 * itself; then those that we drain. Among equals, idle and outdated instances come last, so that they can leave.
 *
 * @param least what the smallest of all jobs asks of each resource; where there is less, nothing can be planned
 */
export function existingBins(pools: readonly FleetPool[], least: Resources, now: number): Bin[] {
  const busy: Bin[] = [];
  const idle: Bin[] = [];
  const outdated: Bin[] = [];
  const inUse: Bin[] = [];
  const drained: Bin[] = [];
  const lastResort: Bin[] = [];
  for (const pool of pools) {
    const { cost } = pool.config;
    for (const node of pool.nodes) {
      const { instance, role, jobs } = node;
      const room = instance.container?.remaining;
      if (room === undefined || !fits(least, room)) continue;
      const add = (list: Bin[], minCost: number): void => void list.push(binOf(pool, room, minCost, node));
      if (role === 'ready') add(instance.outdated ? outdated : jobs > 0 ? busy : idle, OPEN_TO_ALL);
      else if (role !== 'drained') continue;
      else if (instance.outdated) add(lastResort, LAST_RESORT);
      else if (jobs > 0) add(inUse, costOfJoining(cost, instance.launchedAt, now));
      else add(drained, cost);
    }
  }
  inUse.sort((a, b) => a.minCost - b.minCost);
  drained.sort((a, b) => a.minCost - b.minCost);
  return [...busy, ...idle, ...outdated, ...inUse, ...drained, ...lastResort];
}

/** What is planned for on each so far. */
export function used({ pool: { capacity }, vcpus, memoryMiB, gpus }: Bin): Resources {
  return {
    vcpus: capacity.vcpus - vcpus,
    memoryMiB: capacity.memoryMiB - memoryMiB,
    gpus: capacity.gpus - gpus,
  };
}

/** How many such requests fit, at most `most`. */
export function countThatFit(request: Resources, room: Resources, most: number): number {
  let count = most;
  if (request.vcpus > 0) count = Math.min(count, Math.floor(room.vcpus / request.vcpus));
  if (request.memoryMiB > 0) count = Math.min(count, Math.floor(room.memoryMiB / request.memoryMiB));
  if (request.gpus > 0) count = Math.min(count, Math.floor(room.gpus / request.gpus));
  return Math.max(0, count);
}

/** Plans as many on each as fit, at most `most`. */
export function planOn(bin: Bin, request: Resources, most: number): number {
  const count = countThatFit(request, bin, most);
  bin.vcpus -= request.vcpus * count;
  bin.memoryMiB -= request.memoryMiB * count;
  bin.gpus -= request.gpus * count;
  bin.planned += count;
  if (bin.node !== undefined) bin.node.planned += count;
  // Batch fills an instance that is taken back with whatever waits and fits, whether that is planned or not.
  if (count > 0) bin.minCost = OPEN_TO_ALL;
  return count;
}

import type { Resources } from '../../../lib/capacity/config';
import type { DemandGroup, Misfit } from '../model';
import type { FleetPool } from './fleet';
import { dominantShare, fits } from './resources';

/** Jobs that ask the same. */
export interface Shape {
  readonly resources: Resources;
  readonly jobId: string;
  readonly queueArn: string;
  count: number;
}

export interface SortedDemand {
  /** The first job of each queue, highest priority first. */
  readonly heads: readonly Shape[];
  /** The others, in the order in which they pack well: GPU jobs first, then by what they take of an instance. */
  readonly shapes: readonly Shape[];
  readonly misfits: readonly Misfit[];
}

export function sortDemand(demand: readonly DemandGroup[], pools: readonly FleetPool[]): SortedDemand {
  const shapes = new Map<string, Shape>();
  const misfits = new Map<string, Misfit>();
  const heads: Shape[] = [];
  const queuesSeen = new Set<string>();
  for (const group of demand) {
    const { resources, jobId, queueArn } = group;
    const key = `${resources.vcpus},${resources.memoryMiB},${resources.gpus}`;
    const misfit = misfits.get(key);
    if (misfit !== undefined) {
      misfits.set(key, { ...misfit, count: misfit.count + group.count });
      continue;
    }
    let shape = shapes.get(key);
    if (shape === undefined) {
      if (!pools.some((pool) => fits(resources, pool.capacity))) {
        misfits.set(key, misfitOf(group, pools));
        continue;
      }
      shape = { resources, jobId, queueArn, count: 0 };
      shapes.set(key, shape);
    }
    let count = group.count;
    if (!queuesSeen.has(queueArn)) {
      queuesSeen.add(queueArn);
      heads.push({ resources, jobId, queueArn, count: 1 });
      count--;
    }
    shape.count += count;
  }
  return {
    heads,
    shapes: inPackingOrder(
      [...shapes.values()].filter(({ count }) => count > 0),
      pools,
    ),
    misfits: [...misfits.values()],
  };
}

function inPackingOrder(shapes: readonly Shape[], pools: readonly FleetPool[]): Shape[] {
  const share = new Map(shapes.map((shape) => [shape, shareOf(shape.resources, pools)]));
  return [...shapes].sort(
    (a, b) => Number(b.resources.gpus > 0) - Number(a.resources.gpus > 0) || share.get(b)! - share.get(a)!,
  );
}

/** What the request takes of the largest instance that holds it. */
function shareOf(request: Resources, pools: readonly FleetPool[]): number {
  const holders = pools.filter(({ capacity }) => fits(request, capacity));
  return Math.min(...holders.map(({ capacity }) => dominantShare(request, capacity)));
}

function misfitOf({ jobId, queueArn, count, resources }: DemandGroup, pools: readonly FleetPool[]): Misfit {
  const shortOf = ({ capacity }: FleetPool): Resources => ({
    vcpus: Math.max(0, resources.vcpus - capacity.vcpus),
    memoryMiB: Math.max(0, resources.memoryMiB - capacity.memoryMiB),
    gpus: Math.max(0, resources.gpus - capacity.gpus),
  });
  const distance = (pool: FleetPool): number => {
    const short = shortOf(pool);
    return (
      short.gpus / Math.max(resources.gpus, 1) +
      short.vcpus / Math.max(resources.vcpus, 1) +
      short.memoryMiB / Math.max(resources.memoryMiB, 1)
    );
  };
  const nearest = pools.reduce((best, pool) => (distance(pool) < distance(best) ? pool : best));
  return { jobId, queueArn, count, requested: resources, shortBy: shortOf(nearest), nearestPool: nearest.config.name };
}

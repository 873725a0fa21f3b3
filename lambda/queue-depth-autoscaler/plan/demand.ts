import type { Resources } from '../../../lib/capacity/config';
import type { DemandGroup, Misfit } from '../model';
import type { FleetPool } from './fleet';
import { dominantShare, fits } from './resources';

/** More than any instance has. */
const MOST_GPUS = 1024;

/** Jobs that ask the same. */
export interface Shape {
  readonly resources: Resources;
  /** The first of them. */
  readonly jobId: string;
  readonly queueArn: string;
  /** Whether no pool can ever hold one. */
  readonly misfit: boolean;
  count: number;
}

export interface SortedDemand {
  /** What each group of the demand asks, in dispatch order. */
  readonly inOrder: readonly Shape[];
  /** What the first job of each queue asks, highest priority first. */
  readonly heads: readonly Shape[];
  /** What all ask, in the order in which it packs well: GPU jobs first, then by what they take of an instance. */
  readonly shapes: readonly Shape[];
  readonly misfits: readonly Misfit[];
}

export function sortDemand(demand: readonly DemandGroup[], pools: readonly FleetPool[]): SortedDemand {
  const heads: Shape[] = [];
  const queuesSeen = new Set<string>();
  const shapes = new Shapes();
  const inOrder: Shape[] = [];
  for (const group of demand) {
    const shape = shapes.of(group, pools);
    shape.count += group.count;
    inOrder.push(shape);
    if (shape.misfit || queuesSeen.has(group.queueArn)) continue;
    queuesSeen.add(group.queueArn);
    heads.push(shape);
  }
  const fitting = shapes.all.filter(({ misfit }) => !misfit);
  const misfits = shapes.all.filter(({ misfit }) => misfit).map((shape) => misfitOf(shape, pools));
  return { inOrder, heads, shapes: inPackingOrder(fitting, pools), misfits };
}

/** Shapes by what they ask. Found by numbers, since there may be a hundred thousand groups. */
class Shapes {
  readonly all: Shape[] = [];
  private readonly byMemory = new Map<number, Map<number, Shape>>();

  of({ resources, jobId, queueArn }: DemandGroup, pools: readonly FleetPool[]): Shape {
    let byRest = this.byMemory.get(resources.memoryMiB);
    if (byRest === undefined) this.byMemory.set(resources.memoryMiB, (byRest = new Map<number, Shape>()));
    const rest = resources.vcpus * MOST_GPUS + resources.gpus;
    let shape = byRest.get(rest);
    if (shape === undefined) {
      const misfit = !pools.some((pool) => fits(resources, pool.capacity));
      shape = { resources, jobId, queueArn, misfit, count: 0 };
      byRest.set(rest, shape);
      this.all.push(shape);
    }
    return shape;
  }
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

function misfitOf({ jobId, queueArn, count, resources }: Shape, pools: readonly FleetPool[]): Misfit {
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

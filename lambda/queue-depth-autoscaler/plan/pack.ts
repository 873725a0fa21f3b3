import type { Resources } from '../../../lib/capacity/config';
import type { Launch, Unplaced } from '../model';
import { type Bin, countThatFit, existingBins, planOn, used } from './bins';
import type { Shape, SortedDemand } from './demand';
import { FirstFitTree } from './first-fit-tree';
import type { FleetPool } from './fleet';
import { cheapestOpening, Opening, reasonFor } from './opening';
import type { PoolHealth } from './pool-health';
import { dominantShare } from './resources';
import { holdSpares } from './spares';

export interface Plan {
  readonly launches: readonly Launch[];
  readonly unplaced: readonly Unplaced[];
  /** The pools with what the plan leaves to be launched of them. */
  readonly openings: readonly Opening[];
}

/**
 * Finds room for the demand: on what instances have left, on those that we drain, on those that boot, on new ones. Marks
 * what it counts on in the nodes' `planned` and `spare`.
 */
export function pack(
  demand: SortedDemand,
  pools: readonly FleetPool[],
  health: ReadonlyMap<FleetPool, PoolHealth>,
  now: number,
): Plan {
  const openings = pools.map((pool) => new Opening(pool, health.get(pool)!));
  if (demand.heads.length === 0 && pools.every(({ config }) => config.spareInstances === 0)) {
    return { launches: [], unplaced: [], openings };
  }
  const packing = new Packing(existingBins(pools, leastOf(demand), now), openings);
  for (const head of demand.heads) packing.place(head, 1);
  for (const shape of demand.shapes) packing.place(shape, Infinity);
  for (const opening of openings) opening.preferComing(openings);
  holdSpares(openings);
  return {
    // Small ones first: the first to register gets the first job that fits, which may be a small one.
    launches: [...openings].sort((a, b) => a.cost - b.cost).flatMap(launchOf),
    unplaced: packing.unplaced(demand.shapes),
    openings,
  };
}

function leastOf({ shapes }: SortedDemand): Resources {
  const least = { vcpus: Infinity, memoryMiB: Infinity, gpus: Infinity };
  for (const { resources } of shapes) {
    least.vcpus = Math.min(least.vcpus, resources.vcpus);
    least.memoryMiB = Math.min(least.memoryMiB, resources.memoryMiB);
    least.gpus = Math.min(least.gpus, resources.gpus);
  }
  return least;
}

class Packing {
  private readonly tree: FirstFitTree;
  private readonly placed = new Map<Shape, number>();

  constructor(
    private readonly bins: Bin[],
    private readonly openings: readonly Opening[],
  ) {
    this.tree = new FirstFitTree(bins);
  }

  /** Plans jobs of the shape that are not yet planned, at most `most`. */
  place(shape: Shape, most: number): void {
    const { resources, count } = shape;
    const before = this.placed.get(shape) ?? 0;
    const wanted = Math.min(most, count - before);
    let left = wanted;
    while (left > 0) {
      const ownCost = cheapestOpening(this.openings, resources, 1)?.cost ?? Infinity;
      left = this.placeOnBins(resources, left, ownCost);
      const opening = left > 0 ? cheapestOpening(this.openings, resources, count) : undefined;
      if (opening === undefined) break;
      left = this.open(opening, resources, left);
    }
    this.placed.set(shape, before + wanted - left);
  }

  /** @param shapes all that were to be placed */
  unplaced(shapes: readonly Shape[]): Unplaced[] {
    return shapes.flatMap((shape) => {
      const left = shape.count - this.placed.get(shape)!;
      if (left === 0) return [];
      const { jobId, queueArn, resources } = shape;
      return { jobId, queueArn, count: left, requested: resources, reason: reasonFor(this.openings, resources) };
    });
  }

  private placeOnBins(request: Resources, count: number, ownCost: number): number {
    const wanted = { request, ownCost, gpuJob: request.gpus > 0 };
    let left = count;
    while (left > 0) {
      const index = this.tree.find(wanted);
      if (index < 0) break;
      left -= planOn(this.bins[index]!, request, left);
      this.tree.changed(index);
    }
    return left;
  }

  /** Opens as many instances as these jobs fill, or one. */
  private open(opening: Opening, request: Resources, count: number): number {
    const filled = Math.floor(count / countThatFit(request, opening.pool.capacity, count));
    let left = count;
    for (let open = Math.min(filled, opening.left); open > 0; open--) {
      const bin = opening.open();
      left -= planOn(bin, request, left);
      this.tree.push(bin);
    }
    return left;
  }
}

function launchOf({ pool, launches, spareLaunches }: Opening): Launch[] {
  const count = launches.length + spareLaunches;
  if (count === 0) return [];
  const reasons: string[] = [];
  if (launches.length > 0) {
    const jobs = launches.reduce((sum, { planned }) => sum + planned, 0);
    const filled = launches.reduce((sum, bin) => sum + dominantShare(used(bin), pool.capacity), 0) / launches.length;
    reasons.push(`for ${jobs} waiting jobs, which fill ${Math.round(filled * 100)} %`);
  }
  if (spareLaunches > 0) reasons.push(`${spareLaunches} to spare`);
  return [{ pool: pool.config.name, count, reason: reasons.join('; ') }];
}

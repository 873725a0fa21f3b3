import type { Resources } from '../../../lib/capacity/config';
import type { DemandGroup, Launch, Unplaced } from '../model';
import { type Bin, countThatFit, existingBins, openBin, planOn, used } from './bins';
import type { Shape, SortedDemand } from './demand';
import { FirstFitTree } from './first-fit-tree';
import type { FleetPool } from './fleet';
import { allowanceOf, cheapestOpening, Opening, reasonFor } from './opening';
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
 *
 * @param demand in dispatch order, as `sorted`
 * @param maxvCpus of all instances together
 */
export function pack(
  demand: readonly DemandGroup[],
  sorted: SortedDemand,
  pools: readonly FleetPool[],
  health: ReadonlyMap<FleetPool, PoolHealth>,
  maxvCpus: number | undefined,
  now: number,
): Plan {
  const newOpenings = (): Opening[] => {
    const allowance = allowanceOf(maxvCpus, health);
    return pools.map((pool) => new Opening(pool, health.get(pool)!, allowance));
  };
  const waiting = sorted.heads.length > 0;
  let packing = new Packing(waiting ? existingBins(pools, leastOf(sorted), now) : [], newOpenings());
  packing.placeAll(sorted);
  if (packing.takesBack()) {
    const placed = placeAsBatchWill(demand, sorted, packing.bins);
    packing = new Packing([], newOpenings(), placed);
    packing.placeAll(sorted);
  }
  const { openings } = packing;
  holdSpares(openings);
  for (const opening of openings) opening.preferComing(openings);
  for (const opening of openings) opening.launchSpares();
  return {
    // Small ones first: the first to register gets the first job that fits, which may be a small one.
    launches: [...openings].sort((a, b) => a.cost - b.cost).flatMap(launchOf),
    unplaced: packing.unplaced(sorted.shapes),
    openings,
  };
}

/**
 * Batch fills what is taken back in the order of its queues, whichever jobs that was done for. Those that this leaves
 * without room get instances of their own at once, not when it is seen.
 *
 * @param planned bins with the jobs that the plan meant for them
 * @returns how many of each shape find room
 */
function placeAsBatchWill(
  demand: readonly DemandGroup[],
  { inOrder }: SortedDemand,
  planned: readonly Bin[],
): Map<Shape, number> {
  const open = planned.filter(({ node }) => node?.role === 'ready' || (node?.role === 'drained' && node.planned > 0));
  for (const { node } of planned) if (node !== undefined) node.planned = 0;
  const packing = new Packing(open.map(openBin), []);
  const withoutRoom = new Set<Shape>();
  demand.forEach(({ count }, index) => {
    const shape = inOrder[index]!;
    if (!withoutRoom.has(shape) && packing.place(shape, count) > 0) withoutRoom.add(shape);
  });
  return packing.placed;
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

  constructor(
    readonly bins: Bin[],
    readonly openings: readonly Opening[],
    readonly placed = new Map<Shape, number>(),
  ) {
    this.tree = new FirstFitTree(bins);
  }

  placeAll({ heads, shapes }: SortedDemand): void {
    for (const head of heads) this.place(head, 1);
    for (const shape of shapes) this.place(shape, Infinity);
  }

  takesBack(): boolean {
    return this.bins.some(({ node, planned }) => node?.role === 'drained' && planned > 0);
  }

  /**
   * Plans jobs of the shape that are not yet planned, at most `most`.
   * @returns how many of them find no room
   */
  place(shape: Shape, most: number): number {
    const { resources, count } = shape;
    const before = this.placed.get(shape) ?? 0;
    const wanted = Math.min(most, count - before);
    let left = wanted;
    while (left > 0) {
      const opening = cheapestOpening(this.openings, resources, count);
      left = this.placeOnBins(resources, left, opening?.cost ?? Infinity);
      if (left === 0 || opening === undefined) break;
      left = this.open(opening, resources, left);
    }
    this.placed.set(shape, before + wanted - left);
    return left;
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
      const bin = this.bins[index]!;
      const filled = Math.floor(left / countThatFit(request, bin, left));
      if (filled < bin.instances) this.tree.push(this.openingOf(bin).split(bin, filled));
      left -= planOn(bin, request, left) * bin.instances;
      this.tree.changed(index);
    }
    return left;
  }

  /** Opens as many instances as these jobs fill, or one. */
  private open(opening: Opening, request: Resources, count: number): number {
    const filled = Math.floor(count / countThatFit(request, opening.pool.capacity, count));
    const bin = opening.open(filled);
    const planned = planOn(bin, request, count) * bin.instances;
    this.tree.push(bin);
    return count - planned;
  }

  private openingOf({ pool }: Bin): Opening {
    return this.openings.find((opening) => opening.pool === pool)!;
  }
}

function launchOf({ pool, launches, spareLaunches }: Opening): Launch[] {
  const instances = launches.reduce((sum, bin) => sum + bin.instances, 0);
  const count = instances + spareLaunches;
  if (count === 0) return [];
  const reasons: string[] = [];
  if (instances > 0) {
    const total = (of: (bin: Bin) => number): number => launches.reduce((sum, bin) => sum + of(bin) * bin.instances, 0);
    const filled = total((bin) => dominantShare(used(bin), pool.capacity)) / instances;
    reasons.push(`for ${total(({ planned }) => planned)} waiting jobs, which fill ${Math.round(filled * 100)} %`);
  }
  if (spareLaunches > 0) reasons.push(`${spareLaunches} to spare`);
  return [{ pool: pool.config.name, count, reason: reasons.join('; ') }];
}

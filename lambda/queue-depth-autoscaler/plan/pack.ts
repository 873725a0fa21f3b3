import type { Resources } from '../../../lib/capacity/config';
import type { Launch, Unplaced, UnplacedReason } from '../model';
import type { Shape, SortedDemand } from './demand';
import type { FleetPool, Node } from './fleet';
import type { PoolHealth } from './pool-health';
import type { Room } from './resources';
import { countThatFit, dominantShare, fits, take } from './resources';

export interface Plan {
  readonly launches: readonly Launch[];
  readonly unplaced: readonly Unplaced[];
}

/** An instance that the plan counts on, or several alike. */
interface Bin {
  readonly pool: FleetPool;
  readonly room: Room;
  planned: number;
}

interface OpenPool {
  readonly pool: FleetPool;
  readonly health: PoolHealth;
  readonly opened: Bin[];
}

/**
 * Finds room for the demand: on what instances have left, on those we drain, on those that boot, on new ones. Marks what
 * it counts on in the nodes' `planned`.
 */
export function pack(demand: SortedDemand, pools: readonly FleetPool[], health: ReadonlyMap<string, PoolHealth>): Plan {
  const open = pools.map((pool) => ({ pool, health: health.get(pool.config.name)!, opened: [] as Bin[] }));
  const bins = existingBins(pools);
  const unplaced: Unplaced[] = [];
  const place = ({ resources, count, jobId, queueArn }: Shape): void => {
    let left = placeOn(bins, resources, count);
    for (const { opened } of open) left = placeOn(opened, resources, left);
    while (left > 0) {
      const target = cheapest(open, resources, left);
      if (target === undefined) break;
      const bin = { pool: target.pool, room: { ...target.pool.capacity }, planned: 0 };
      target.opened.push(bin);
      left = placeOn([bin], resources, left);
    }
    if (left > 0) {
      unplaced.push({ jobId, queueArn, count: left, requested: resources, reason: reasonFor(open, resources) });
    }
  };
  for (const head of demand.heads) place(head);
  for (const shape of demand.shapes) place(shape);
  return { launches: open.flatMap(launchOf), unplaced };
}

/** Ready before drained before booting; jobs leave idle and outdated instances alone as long as others do. */
function existingBins(pools: readonly FleetPool[]): (Node | Bin)[] {
  const nodes = pools.flatMap((pool) => pool.nodes).sort((a, b) => a.instance.launchedAt - b.instance.launchedAt);
  const ready = nodes.filter(({ role }) => role === 'ready');
  const current = ready.filter(({ instance }) => !instance.outdated);
  const drained = nodes.filter(({ role }) => role === 'drained');
  const requested = pools.flatMap((pool) =>
    Array.from({ length: pool.requested }, () => ({ pool, room: { ...pool.capacity }, planned: 0 })),
  );
  return [
    ...current.filter(({ jobs }) => jobs > 0),
    ...current.filter(({ jobs }) => jobs === 0),
    ...ready.filter(({ instance }) => instance.outdated),
    ...drained.filter(({ instance }) => !instance.outdated),
    ...nodes.filter(({ role }) => role === 'booting'),
    ...requested,
    ...drained.filter(({ instance }) => instance.outdated),
  ];
}

/** @returns how many found no room. */
function placeOn(bins: readonly (Node | Bin)[], request: Resources, count: number): number {
  let left = count;
  for (const bin of bins) {
    if (left === 0) break;
    if (!mayHold(bin, request)) continue;
    const here = countThatFit(request, bin.room, left);
    if (here === 0) continue;
    take(bin.room, request, here);
    bin.planned += here;
    left -= here;
  }
  return left;
}

/** Jobs without GPUs are not planned onto GPU instances unless these may open for them: GPU jobs would wait behind. */
function mayHold({ pool }: Node | Bin, request: Resources): boolean {
  const config = 'config' in pool ? pool.config : pool;
  return request.gpus > 0 || config.capacity.gpus === 0 || config.opensForCpuJobs;
}

/** The pool whose new instance costs least for what it takes of these. */
function cheapest(open: readonly OpenPool[], request: Resources, count: number): OpenPool | undefined {
  let best: OpenPool | undefined;
  let bestCost = Infinity;
  for (const candidate of open) {
    const { pool, health, opened } = candidate;
    if (opened.length >= health.launchable || !mayHold({ pool, room: pool.capacity, planned: 0 }, request)) continue;
    const fitting = countThatFit(request, pool.capacity, count);
    if (fitting === 0) continue;
    const cost = pool.config.cost / fitting;
    if (cost < bestCost || (cost === bestCost && pool.config.cost < best!.pool.config.cost)) {
      best = candidate;
      bestCost = cost;
    }
  }
  return best;
}

function reasonFor(open: readonly OpenPool[], request: Resources): UnplacedReason {
  const holders = open.filter(({ pool }) => fits(request, pool.capacity));
  const allowed = holders.filter(({ pool }) => mayHold({ pool, room: pool.capacity, planned: 0 }, request));
  return allowed[0]?.health.limit ?? 'gpu-pools-only';
}

function launchOf({ pool, opened }: OpenPool): Launch[] {
  if (opened.length === 0) return [];
  const jobs = opened.reduce((sum, bin) => sum + bin.planned, 0);
  const filled = opened.reduce((sum, bin) => sum + 1 - dominantShare(bin.room, pool.capacity), 0) / opened.length;
  const reason = `${jobs} waiting jobs fit nowhere else; they fill ${Math.round(filled * 100)} % of ${opened.length}`;
  return [{ pool: pool.config.name, count: opened.length, reason }];
}

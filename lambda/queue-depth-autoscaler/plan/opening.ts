import type { Resources } from '../../../lib/capacity/config';
import type { UnplacedReason } from '../model';
import { type Bin, countThatFit } from './bins';
import type { FleetPool } from './fleet';
import type { PoolHealth } from './pool-health';

/** From this many equal jobs on, instances are shared from the start: equal jobs that come together end together. */
const MANY = 20;

/** A pool from which the plan may launch. */
export class Opening {
  readonly bins: Bin[] = [];
  spares = 0;

  constructor(
    readonly pool: FleetPool,
    readonly health: PoolHealth,
  ) {}

  get cost(): number {
    return this.pool.config.cost;
  }

  /** How many more instances may be launched. */
  get left(): number {
    return this.health.launchable - this.bins.length - this.spares;
  }

  holds(request: Resources): boolean {
    const { capacity, takesCpuJobs } = this.pool;
    return countThatFit(request, capacity, 1) === 1 && (request.gpus > 0 || takesCpuJobs);
  }
}

/** The pool whose new instance costs least for such jobs, of which `count` are left. */
export function cheapestOpening(openings: readonly Opening[], request: Resources, count: number): Opening | undefined {
  const together = count > MANY ? count : 1;
  let best: Opening | undefined;
  let bestCost = Infinity;
  for (const opening of openings) {
    if (opening.left <= 0 || !opening.holds(request)) continue;
    const cost = opening.cost / countThatFit(request, opening.pool.capacity, together);
    // Of equals the larger: fewer instances to launch, to register and to watch.
    if (cost < bestCost || (cost === bestCost && opening.cost > best!.cost)) {
      best = opening;
      bestCost = cost;
    }
  }
  return best;
}

/** Why jobs that fit some pool can get no instance now. */
export function reasonFor(openings: readonly Opening[], request: Resources): UnplacedReason {
  const holder = openings.find((opening) => opening.holds(request));
  return holder === undefined ? 'gpu-pools-only' : holder.health.limit;
}

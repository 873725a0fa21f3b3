import type { Resources } from '../../../lib/capacity/config';
import type { UnplacedReason } from '../model';
import { type Bin, countThatFit, used, wholeBin } from './bins';
import type { FleetPool } from './fleet';
import type { PoolHealth } from './pool-health';
import { fits } from './resources';

/** From this many equal jobs on, instances are shared from the start: equal jobs that come together end together. */
const MANY = 20;

/**
 * The whole instances that the plan can still have of a pool: those that boot or were asked for, and then new ones. Both
 * count the same while jobs are planned, so that what was launched for a job is there for it when the plan is made anew,
 * and nothing is launched twice.
 */
export class Opening {
  /** To be launched for jobs. */
  private launching: Bin[] = [];
  /** To be launched beyond what the jobs need. */
  private spares = 0;
  /** On their way, and no job is planned there. */
  private readonly coming: Bin[];

  constructor(
    readonly pool: FleetPool,
    readonly health: PoolHealth,
    /** vCPUs that may still be launched, of whatever pool. */
    private readonly allowance: Allowance,
  ) {
    const { nodes, requested } = pool;
    this.coming = nodes.filter(({ role }) => role === 'booting').map((node) => wholeBin(pool, node));
    // What could not be launched does not come.
    for (let left = health.reset === undefined ? requested : 0; left > 0; left--) this.coming.push(wholeBin(pool));
  }

  get cost(): number {
    return this.pool.config.cost;
  }

  /** How many more instances the plan can have. */
  get left(): number {
    return this.coming.length + this.launchable;
  }

  /** The instances to be launched, with what is planned there. */
  get launches(): readonly Bin[] {
    return this.launching;
  }

  get spareLaunches(): number {
    return this.spares;
  }

  /** Why the plan cannot have more. */
  get limit(): UnplacedReason {
    return this.launchableOfPool > 0 ? 'environment-maximum' : this.health.limit;
  }

  private get launchable(): number {
    return Math.min(this.launchableOfPool, Math.floor(this.allowance.vcpus / this.vcpus));
  }

  private get launchableOfPool(): number {
    return this.health.launchable - this.launching.length - this.spares;
  }

  private get vcpus(): number {
    return this.pool.config.capacity.vcpus;
  }

  holds(request: Resources): boolean {
    const { capacity, takesCpuJobs } = this.pool;
    return fits(request, capacity) && (request.gpus > 0 || takesCpuJobs);
  }

  /** One more instance for jobs. */
  open(): Bin {
    const coming = this.coming.pop();
    if (coming !== undefined) return coming;
    const bin = wholeBin(this.pool);
    this.launching.push(bin);
    this.allowance.vcpus -= this.vcpus;
    return bin;
  }

  /** Has the jobs planned for new instances wait for those that come and are not needed otherwise, of whatever pool. */
  preferComing(openings: readonly Opening[]): void {
    const byCost = openings.filter(({ coming }) => coming.length > 0).sort((a, b) => a.cost - b.cost);
    if (byCost.length === 0) return;
    this.launching = this.launching.filter((bin) => {
      const request = used(bin);
      const other = byCost.find((opening) => opening.coming.length > 0 && opening.holds(request));
      if (other === undefined) return true;
      other.coming.pop();
      this.allowance.vcpus += this.vcpus;
      return false;
    });
  }

  /** Counts what comes anyway as spare, and launches what is missing. */
  addSpares(missing: number): void {
    this.spares = Math.max(0, Math.min(missing - this.coming.length, this.launchable));
    this.allowance.vcpus -= this.spares * this.vcpus;
  }
}

/** What the environment's own limit leaves, shared by its pools. */
export interface Allowance {
  vcpus: number;
}

/** What there is or was asked for counts, but not what could not be launched. */
export function allowanceOf(maxvCpus: number | undefined, health: ReadonlyMap<FleetPool, PoolHealth>): Allowance {
  let vcpus = maxvCpus ?? Infinity;
  if (vcpus === Infinity) return { vcpus };
  for (const [{ config, nodes, observation }, { reset }] of health) {
    vcpus -= config.capacity.vcpus * (reset?.desired ?? Math.max(observation.desired, nodes.length));
  }
  return { vcpus };
}

/** The pool whose instance costs least for such jobs, `count` of which wait. */
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
  return holder === undefined ? 'gpu-pools-only' : holder.limit;
}

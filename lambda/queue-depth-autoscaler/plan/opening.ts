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
  /** Those on which jobs are planned, equal ones together. What is to be launched is behind what is on its way. */
  private readonly opened: Bin[] = [];
  /** How many of them are to be launched. */
  private launching = 0;
  /** To be ready beyond what the jobs need, and not at hand. */
  private missingSpares = 0;
  /** How many of them are to be launched. */
  private spares = 0;
  /** On their way, and no job is planned there. */
  private coming: number;

  constructor(
    readonly pool: FleetPool,
    readonly health: PoolHealth,
    /** vCPUs that may still be launched, of whatever pool. */
    private readonly allowance: Allowance,
  ) {
    const { nodes, requested } = pool;
    const booting = nodes.filter(({ role }) => role === 'booting').length;
    // What could not be launched does not come.
    this.coming = booting + (health.reset === undefined ? requested : 0);
  }

  get cost(): number {
    return this.pool.config.cost;
  }

  /** How many more instances the plan can have. */
  get left(): number {
    return this.coming + this.launchable;
  }

  /** The instances to be launched, with what is planned there. */
  get launches(): readonly Bin[] {
    return lastOf(this.opened, this.launching).map(({ bin, instances }) => ({ ...bin, instances }));
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
    return this.health.launchable - this.launching - this.spares;
  }

  private get vcpus(): number {
    return this.pool.config.capacity.vcpus;
  }

  holds(request: Resources): boolean {
    const { capacity, takesCpuJobs } = this.pool;
    return fits(request, capacity) && (request.gpus > 0 || takesCpuJobs);
  }

  /** More instances for jobs, at most so many. */
  open(most: number): Bin {
    const instances = Math.min(most, this.left);
    const launched = Math.max(0, instances - this.coming);
    this.coming -= instances - launched;
    this.launch(launched);
    const bin = wholeBin(this.pool, instances);
    this.opened.push(bin);
    return bin;
  }

  /** Leaves so many instances to the bin, and gives the others one of their own. */
  split(bin: Bin, instances: number): Bin {
    const others = { ...bin, instances: bin.instances - instances };
    bin.instances = instances;
    this.opened.push(others);
    return others;
  }

  /** Wants so many more to be ready than the jobs need. */
  wantSpares(missing: number): void {
    this.missingSpares = missing;
  }

  /** Has the jobs planned for new instances wait for those that come and are not needed otherwise, of whatever pool. */
  preferComing(openings: readonly Opening[]): void {
    const byCost = openings.filter(({ surplus }) => surplus > 0).sort((a, b) => a.cost - b.cost);
    if (byCost.length === 0) return;
    const wanting = this.launching + Math.max(0, this.missingSpares - this.coming);
    for (const { bin, instances } of lastOf(this.opened, wanting)) {
      const request = used(bin);
      let left = instances;
      for (const other of byCost) {
        if (!other.holds(request)) continue;
        const saved = Math.min(left, other.surplus);
        other.coming -= saved;
        this.giveBack(saved);
        left -= saved;
      }
      bin.instances -= instances - left;
    }
  }

  /** Counts what comes anyway as spare, and launches what is missing. */
  launchSpares(): void {
    this.spares = Math.max(0, Math.min(this.missingSpares - this.coming, this.launchable));
    this.allowance.vcpus -= this.spares * this.vcpus;
  }

  /** What comes and is needed neither for jobs nor as spare. */
  private get surplus(): number {
    return Math.max(0, this.coming - this.missingSpares);
  }

  /** For instances that are not needed for jobs: fewer are launched, or more of those that come are left. */
  private giveBack(instances: number): void {
    const unlaunched = Math.min(instances, this.launching);
    this.launch(-unlaunched);
    this.coming += instances - unlaunched;
  }

  private launch(instances: number): void {
    this.launching += instances;
    this.allowance.vcpus -= instances * this.vcpus;
  }
}

/** The last so many instances of the bins, as far as there are so many. */
function lastOf(bins: readonly Bin[], count: number): { bin: Bin; instances: number }[] {
  const last: { bin: Bin; instances: number }[] = [];
  let left = count;
  for (let index = bins.length - 1; index >= 0 && left > 0; index--) {
    const bin = bins[index]!;
    const instances = Math.min(left, bin.instances);
    if (instances > 0) last.push({ bin, instances });
    left -= instances;
  }
  return last;
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

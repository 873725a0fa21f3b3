import type { DemandGroup, Observation } from '../model';
import { ConsumableLedger } from './consumable-ledger';
import type { FleetPool } from './fleet';
import type { PoolHealth } from './pool-health';
import { fits } from './resources';

/**
 * Leaves out jobs beyond what their consumable resources allow: no instance would help them. What there is goes first, in
 * dispatch order, to jobs that can have an instance. Batch hands it out when it places a job, so that one that nothing can
 * be launched for does not keep it from those behind. Jobs that fit nowhere need none: nothing is done for them.
 */
export function withinConsumables(
  { demand, availability = new Map() }: Observation,
  health: ReadonlyMap<FleetPool, PoolHealth>,
): readonly DemandGroup[] {
  const limited = demand.filter(({ tokens = [] }) => tokens.length > 0);
  if (limited.length === 0) return demand;
  const pools = [...health];
  const ledger = new ConsumableLedger(availability);
  const allowed = new Map<DemandGroup, number>();
  const handOut = (groups: readonly DemandGroup[]): void => {
    for (const group of groups) allowed.set(group, ledger.take(group.tokens!, group.count));
  };
  const fitting = limited.filter(({ resources }) => pools.some(([pool]) => fits(resources, pool.capacity)));
  const served = new Set(fitting.filter((group) => pools.some(([pool, its]) => mayServe(pool, its, group))));
  handOut([...served]);
  handOut(fitting.filter((group) => !served.has(group)));
  return demand
    .map((group) => ({ ...group, count: allowed.get(group) ?? group.count }))
    .filter(({ count }) => count > 0);
}

/** Whether the pool has an instance that holds such jobs, or may have one now. */
function mayServe(
  { capacity, nodes, requested, takesCpuJobs }: FleetPool,
  { launchable }: PoolHealth,
  { resources }: DemandGroup,
): boolean {
  if (!fits(resources, capacity)) return false;
  return nodes.length > 0 || requested > 0 || (launchable > 0 && (resources.gpus > 0 || takesCpuJobs));
}

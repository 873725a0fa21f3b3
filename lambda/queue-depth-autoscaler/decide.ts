import type { AutoscalerConfig } from '../../lib/autoscaling/config';
import type { AutoscalerState, Decision, Observation, PoolState } from './model';
import { learnCapacity, poolCapacity } from './plan/capacity';
import { withinConsumables } from './plan/consumable-limits';
import { type SortedDemand, sortDemand } from './plan/demand';
import { type FleetPool, fleetOf, type Node } from './plan/fleet';
import { pack } from './plan/pack';
import { NEW_POOL, poolHealth } from './plan/pool-health';
import { scaleIn } from './plan/scale-in';

export const EMPTY_STATE: AutoscalerState = {
  idleSince: {},
  drains: {},
  unusableSince: {},
  pools: {},
  learnedCapacity: {},
};

/** What to launch, drain, take back and terminate, given what was seen. Reads no clock and remembers nothing. */
export function decide(config: AutoscalerConfig, observation: Observation, state: AutoscalerState): Decision {
  const now = observation.time;
  const learnedCapacity = learnCapacity(config, observation, state.learnedCapacity);
  const pools = fleetOf(config, observation, state, (pool) => poolCapacity(pool, learnedCapacity));
  const health = new Map(
    pools.map((pool) => [pool, poolHealth(pool, config, state.pools[pool.config.name] ?? NEW_POOL, now)]),
  );
  const waiting = withinConsumables(observation, health);
  const demand = sortDemand(waiting, pools);
  if (!observation.supplyComplete) return failStatic(demand, state);

  const { launches, unplaced, openings } = pack(waiting, demand, pools, health, config.maxvCpus, now);
  const removal = scaleIn(pools, openings, config, now, observation.demandComplete);
  const poolStates: Record<string, PoolState> = {};
  for (const [pool, { state: after }] of health) poolStates[pool.config.name] = after;
  return {
    launches,
    drains: removal.drains,
    undrains: removal.undrains,
    terminations: removal.terminations,
    resets: [...health.values()].flatMap(({ reset }) => reset ?? []),
    protections: [...health.values()].flatMap(({ protection }) => protection ?? []),
    misfits: demand.misfits,
    unplaced,
    state: {
      idleSince: timesOf(pools, ({ idleSince }) => idleSince, state.idleSince, now),
      drains: timesOf(pools, ({ drainedAt }) => drainedAt, state.drains, now),
      unusableSince: timesOf(pools, ({ unusableSince }) => unusableSince, state.unusableSince, now),
      pools: poolStates,
      learnedCapacity,
    },
  };
}

/** By instance id; the same record when nothing has changed. A time that was not there before is that of the look. */
function timesOf(
  pools: readonly FleetPool[],
  timeOf: (node: Node) => number | undefined,
  before: Readonly<Record<string, number>>,
  now: number,
): Readonly<Record<string, number>> {
  let count = 0;
  let same = true;
  for (const { nodes } of pools) {
    for (const node of nodes) {
      const time = timeOf(node);
      if (time === undefined) continue;
      count++;
      same &&= time !== now;
    }
  }
  if (same && count === Object.keys(before).length) return before;
  const times: Record<string, number> = {};
  for (const { nodes } of pools) {
    for (const node of nodes) {
      const time = timeOf(node);
      if (time !== undefined) times[node.instance.instanceId] = time;
    }
  }
  return times;
}

/** Instances that could not be read may be those that the jobs need, or whose drain marks the state holds. */
function failStatic({ shapes, misfits }: SortedDemand, state: AutoscalerState): Decision {
  const unplaced = shapes.map(({ jobId, queueArn, count, resources }) => ({
    jobId,
    queueArn,
    count,
    requested: resources,
    reason: 'supply-unknown' as const,
  }));
  const nothing = { launches: [], drains: [], undrains: [], terminations: [], resets: [], protections: [] };
  return { ...nothing, misfits, unplaced, state };
}

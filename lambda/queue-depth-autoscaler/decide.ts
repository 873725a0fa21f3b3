import type { AutoscalerConfig } from '../../lib/autoscaling/config';
import type { AutoscalerState, Decision, Observation } from './model';
import { learnCapacity, poolCapacity } from './plan/capacity';
import type { SortedDemand } from './plan/demand';
import { sortDemand } from './plan/demand';
import { fleetOf } from './plan/fleet';
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
  const capacities = Object.fromEntries(config.pools.map((pool) => [pool.name, poolCapacity(pool, learnedCapacity)]));
  const pools = fleetOf(config, observation, state, capacities);
  const health = new Map(
    pools.map((pool) => [pool.config.name, poolHealth(pool, config, state.pools[pool.config.name] ?? NEW_POOL, now)]),
  );
  const demand = sortDemand(observation.demand, pools);
  if (!observation.supplyComplete) return failStatic(demand, state);
  const plan = pack(demand, pools, health);
  const removal = scaleIn(pools, config, state, now, observation.demandComplete);
  const healths = [...health.values()];
  return {
    launches: plan.launches,
    drains: removal.drains,
    undrains: removal.undrains,
    terminations: removal.terminations,
    resets: healths.flatMap(({ reset }) => (reset === undefined ? [] : [reset])),
    protections: healths.flatMap(({ protection }) => (protection === undefined ? [] : [protection])),
    misfits: demand.misfits,
    unplaced: plan.unplaced,
    state: {
      idleSince: removal.idleSince,
      unusableSince: removal.unusableSince,
      drains: removal.marks,
      learnedCapacity,
      pools: { ...state.pools, ...Object.fromEntries([...health].map(([name, { state: after }]) => [name, after])) },
    },
  };
}

/** Instances that could not be read may be those that the jobs need, or whose drain marks the state holds. */
function failStatic({ heads, shapes, misfits }: SortedDemand, state: AutoscalerState): Decision {
  const unplaced = [...heads, ...shapes].map(({ jobId, queueArn, count, resources }) => ({
    jobId,
    queueArn,
    count,
    requested: resources,
    reason: 'supply-unknown' as const,
  }));
  const nothing = { launches: [], drains: [], undrains: [], terminations: [], resets: [], protections: [] };
  return { ...nothing, misfits, unplaced, state };
}

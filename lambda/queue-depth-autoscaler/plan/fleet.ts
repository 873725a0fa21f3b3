import type { AutoscalerConfig, PoolConfig } from '../../../lib/autoscaling/config';
import type { Resources } from '../../../lib/capacity/config';
import type { AutoscalerState, InstanceObservation, Observation, PoolObservation } from '../model';
import type { Room } from './resources';

/**
 * - `ready`: jobs can be placed there.
 * - `drained`: drained by us, can be taken back.
 * - `booting`: launched, its agent has not registered yet.
 * - `overdue`: has not registered within the provision timeout.
 * - `deregistered`: drained by us and taken out of its cluster; only the termination has not come about.
 * - `unusable`: the agent is disconnected, or somebody else drains it.
 */
export type Role = 'ready' | 'drained' | 'booting' | 'overdue' | 'deregistered' | 'unusable';

export interface Node {
  readonly instance: InstanceObservation;
  readonly pool: PoolConfig;
  readonly role: Role;
  /** What jobs can still get of it; the plan takes from this. */
  readonly room: Room;
  /** Jobs on it when it was observed. */
  readonly jobs: number;
  /** Jobs that the plan counts on placing there. */
  planned: number;
}

/** A pool as the plan sees it. */
export interface FleetPool {
  readonly config: PoolConfig;
  /** What a new instance will offer. */
  readonly capacity: Resources;
  readonly observation: PoolObservation;
  readonly nodes: readonly Node[];
  /** Instances that Auto Scaling was asked for and does not show yet. */
  readonly requested: number;
  /** Instances that count against the maximum. */
  readonly live: number;
}

export function fleetOf(
  config: AutoscalerConfig,
  observation: Observation,
  state: AutoscalerState,
  capacities: Readonly<Record<string, Resources>>,
): FleetPool[] {
  const observed = new Map(observation.pools.map((pool) => [pool.name, pool]));
  return config.pools.map((pool) => {
    // A group that is gone can still tell a job that fits nowhere from one that would have fitted there.
    const seen = observed.get(pool.name) ?? { name: pool.name, desired: 0, max: 0, instances: [] };
    const capacity = capacities[pool.name]!;
    const nodes = seen.instances
      .filter((instance) => instance.lifecycle !== 'Terminating')
      .map((instance) => nodeOf(instance, pool, capacity, config, observation.time, state));
    return {
      config: pool,
      capacity,
      observation: seen,
      nodes,
      requested: Math.max(0, seen.desired - nodes.length),
      live: Math.max(seen.desired, nodes.length),
    };
  });
}

function nodeOf(
  instance: InstanceObservation,
  pool: PoolConfig,
  capacity: Resources,
  config: AutoscalerConfig,
  now: number,
  state: AutoscalerState,
): Node {
  const { container } = instance;
  const role = roleOf(instance, config, now, state);
  const { vcpus, memoryMiB, gpus } = container?.remaining ?? capacity;
  return { instance, pool, role, room: { vcpus, memoryMiB, gpus }, jobs: container?.jobs ?? 0, planned: 0 };
}

function roleOf(instance: InstanceObservation, config: AutoscalerConfig, now: number, state: AutoscalerState): Role {
  const { container, instanceId } = instance;
  if (container === undefined) {
    if (state.drains[instanceId] !== undefined) return 'deregistered';
    return now - instance.launchedAt < config.provisionTimeoutSeconds * 1000 ? 'booting' : 'overdue';
  }
  if (!container.agentConnected) return 'unusable';
  if (container.status === 'ACTIVE') return 'ready';
  return state.drains[instanceId] === undefined ? 'unusable' : 'drained';
}

import type { AutoscalerConfig, PoolConfig } from '../../../lib/autoscaling/config';
import type { Resources } from '../../../lib/capacity/config';
import type { AutoscalerState, InstanceObservation, Observation, PoolObservation } from '../model';

/**
 * - `ready`: Batch can place jobs there.
 * - `drained`: drained by us, can be taken back.
 * - `booting`: launched, its agent has not registered yet.
 * - `overdue`: has not registered within the provision timeout.
 * - `deregistered`: drained by us and taken out of its cluster; only the termination has not come about.
 * - `unusable`: the agent is disconnected, or somebody else drains it.
 */
export type Role = 'ready' | 'drained' | 'booting' | 'overdue' | 'deregistered' | 'unusable';

export interface Node {
  readonly instance: InstanceObservation;
  readonly role: Role;
  /** Jobs on it when it was observed. */
  readonly jobs: number;
  /** Since when it is registered and has no jobs. */
  readonly idleSince: number | undefined;
  /** Since when it takes no jobs, through no doing of ours. */
  readonly unusableSince: number | undefined;
  /**
   * When we drained it. A drain that did not take, or was taken back, shows as ACTIVE: its mark goes, and with it the time
   * that it counted.
   */
  drainedAt: number | undefined;
  /** Jobs that the plan counts on placing there. */
  planned: number;
  /** Whether it is held ready beyond what the jobs need. */
  spare: boolean;
}

/** A pool as the plan sees it. */
export interface FleetPool {
  readonly config: PoolConfig;
  /** What a new instance will offer. */
  readonly capacity: Resources;
  readonly observation: PoolObservation;
  readonly nodes: readonly Node[];
  /** Whether one of its instances has not registered in time. */
  readonly overdue: boolean;
  /** Instances that Auto Scaling was asked for and does not show yet. */
  readonly requested: number;
  /** Whether jobs without GPUs are planned onto its instances. On GPU instances they would keep GPU jobs waiting. */
  readonly takesCpuJobs: boolean;
}

export function fleetOf(
  config: AutoscalerConfig,
  observation: Observation,
  state: AutoscalerState,
  capacityOf: (pool: PoolConfig) => Resources,
): FleetPool[] {
  return config.pools.map((pool) => {
    // A group that is gone can still tell a job that fits nowhere from one that would have fitted there.
    const seen: PoolObservation = observation.pools.find(({ name }) => name === pool.name) ?? {
      name: pool.name,
      desired: 0,
      max: 0,
      instances: [],
    };
    const nodes: Node[] = [];
    let overdue = false;
    for (const instance of seen.instances) {
      if (instance.lifecycle === 'Terminating') continue;
      const node = nodeOf(instance, config, observation.time, state);
      nodes.push(node);
      if (node.role === 'overdue') overdue = true;
    }
    return {
      config: pool,
      capacity: capacityOf(pool),
      observation: seen,
      nodes,
      overdue,
      requested: Math.max(0, seen.desired - nodes.length),
      takesCpuJobs: pool.capacity.gpus === 0 || pool.opensForCpuJobs,
    };
  });
}

function nodeOf(instance: InstanceObservation, config: AutoscalerConfig, now: number, state: AutoscalerState): Node {
  const { container, instanceId } = instance;
  const mark = state.drains[instanceId];
  if (container === undefined) {
    const overdue = now - instance.launchedAt >= config.provisionTimeoutSeconds * 1000;
    const role = mark !== undefined ? 'deregistered' : overdue ? 'overdue' : 'booting';
    return {
      instance,
      role,
      jobs: 0,
      idleSince: undefined,
      unusableSince: undefined,
      drainedAt: mark,
      planned: 0,
      spare: false,
    };
  }
  const { status, agentConnected, jobs } = container;
  const drainedAt = status === 'DRAINING' ? mark : undefined;
  const usable = agentConnected && (status === 'ACTIVE' || drainedAt !== undefined);
  return {
    instance,
    role: !usable ? 'unusable' : status === 'ACTIVE' ? 'ready' : 'drained',
    jobs,
    idleSince: jobs === 0 ? (state.idleSince[instanceId] ?? now) : undefined,
    unusableSince: usable ? undefined : (state.unusableSince[instanceId] ?? now),
    drainedAt,
    planned: 0,
    spare: false,
  };
}

import type { AutoscalerConfig } from '../../lib/autoscaling/config';
import { decide, EMPTY_STATE } from '../../lambda/queue-depth-autoscaler/decide';
import type {
  Decision,
  DemandGroup,
  InstanceObservation,
  PoolObservation,
} from '../../lambda/queue-depth-autoscaler/model';
import type { Instance } from '../simulation/instance';
import type { Partition } from '../simulation/partition';
import type { Policy } from '../simulation/policy';
import type { Kind, Pool } from '../simulation/pool';

const DRAIN_SECONDS = 60;
const PROVISION_TIMEOUT_SECONDS = 600;
const QUEUE = 'queue';
const LONG_AGO = -1e15;

/** What is withheld from the decision code, to see what it is worth. */
export interface Ablation {
  /** No events: the minute's tick only. */
  readonly withoutEvents?: boolean;
  /** Instances are not shown while they boot. */
  readonly withoutBooting?: boolean;
  /** All instances look as if they had been in use for years, so that none is closed to small jobs. */
  readonly withoutAges?: boolean;
  /** Large instances are launched before small ones. */
  readonly largeFirst?: boolean;
}

/**
 * The decision code that ships, on one unmanaged environment for each kind of jobs.
 *
 * @param scaleInAfter seconds from idle to gone; the drain is the last part of it
 */
export function foreman(kind: Kind, scaleInAfter: number, ablation: Ablation = {}): Policy {
  const config = configOf(kind, scaleInAfter);
  const observe = observer(kind, ablation);
  const poolByName = new Map(kind.pools.map((pool) => [pool.name, pool]));
  let state = EMPTY_STATE;
  let settledAt = -1;
  return {
    onEvents: !ablation.withoutEvents,
    tick(partition) {
      if (partition.changes === settledAt) return;
      const decision = decide(
        config,
        {
          time: partition.now * 1000,
          demand: demandOf(partition),
          pools: observe(partition),
          demandComplete: true,
          supplyComplete: true,
        },
        state,
      );
      state = decision.state;
      if (isSettled(partition, decision)) settledAt = partition.changes;
      else act(decision, partition, poolByName, ablation);
    },
  };
}

/**
 * Where nothing waits, every instance works and nothing was to be done, nothing is to be done until something changes, so
 * decide need not be asked. A test holds it to that.
 */
function isSettled({ waiting, instances }: Partition, decision: Decision): boolean {
  const { launches, drains, undrains, terminations } = decision;
  return (
    waiting.count === 0 &&
    launches.length + drains.length + undrains.length + terminations.length === 0 &&
    instances.every(({ jobs }) => jobs.size > 0)
  );
}

function act(
  decision: Decision,
  partition: Partition,
  poolByName: ReadonlyMap<string, Pool>,
  { largeFirst }: Ablation,
): void {
  const byId = (id: string): Instance => partition.instances.find((instance) => instance.id === id)!;
  const launches = largeFirst ? decision.launches.toReversed() : decision.launches;
  for (const { pool, count } of launches) {
    for (let left = count; left > 0; left--) partition.launch(poolByName.get(pool)!);
  }
  for (const { instanceId } of decision.drains) partition.setDraining(byId(instanceId), true);
  for (const { instanceId } of decision.undrains) partition.setDraining(byId(instanceId), false);
  for (const { instanceId } of decision.terminations) partition.terminate(byId(instanceId));
}

function configOf({ pools }: Kind, scaleInAfter: number): AutoscalerConfig {
  return {
    computeEnvironmentArn: 'environment',
    clusterArn: 'cluster',
    tableName: 'table',
    jobBudget: Infinity,
    queueArns: [QUEUE],
    scaleInAfterSeconds: Math.max(0, scaleInAfter - DRAIN_SECONDS),
    drainSeconds: DRAIN_SECONDS,
    provisionTimeoutSeconds: PROVISION_TIMEOUT_SECONDS,
    pools: pools.map((pool) => ({
      name: pool.name,
      autoScalingGroupName: pool.name,
      instanceTypes: [pool.name],
      capacity: pool,
      cost: pool.price,
      maxInstances: pool.max,
      spareInstances: 0,
      opensForCpuJobs: false,
    })),
  } as AutoscalerConfig;
}

/** RUNNABLE jobs in queue order, those next to each other that ask the same together. */
function demandOf(partition: Partition): DemandGroup[] {
  const groups: { -readonly [K in keyof DemandGroup]: DemandGroup[K] }[] = [];
  for (const job of partition.waiting.inOrder()) {
    const resources = partition.request(job);
    const last = groups.at(-1);
    if (last?.resources === resources) last.count++;
    else groups.push({ queueArn: QUEUE, resources, count: 1, jobId: `${job}` });
  }
  return groups;
}

/** Builds what the handler would read. What has not changed since it was last seen is not built again. */
function observer(
  { pools }: Kind,
  { withoutBooting, withoutAges }: Ablation,
): (partition: Partition) => PoolObservation[] {
  const seen = new WeakMap<Instance, { version: number; observation: InstanceObservation }>();
  const observe = (instance: Instance): InstanceObservation => {
    const before = seen.get(instance);
    if (before?.version === instance.version) return before.observation;
    const observed = observationOf(instance);
    const observation = withoutAges && instance.registered ? { ...observed, launchedAt: LONG_AGO } : observed;
    seen.set(instance, { version: instance.version, observation });
    return observation;
  };
  return (partition) => {
    const instances = new Map(pools.map((pool) => [pool, [] as InstanceObservation[]]));
    for (const instance of partition.instances) {
      if (withoutBooting && !instance.registered) continue;
      instances.get(instance.pool)!.push(observe(instance));
    }
    return pools.map((pool) => {
      const own = instances.get(pool)!;
      return { name: pool.name, desired: own.length, max: pool.max, instances: own };
    });
  };
}

function observationOf(instance: Instance): InstanceObservation {
  const { id, pool, launchedAt, registered, draining, jobs, vcpus, memoryMiB, gpus } = instance;
  return {
    instanceId: id,
    pool: pool.name,
    instanceType: pool.name,
    lifecycle: 'InService',
    launchedAt: launchedAt * 1000,
    outdated: false,
    ...(registered && {
      container: {
        containerInstanceArn: id,
        status: draining ? 'DRAINING' : 'ACTIVE',
        agentConnected: true,
        registered: pool,
        remaining: { vcpus, memoryMiB, gpus },
        jobs: jobs.size,
      },
    }),
  };
}

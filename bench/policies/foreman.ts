import type { AutoscalerConfig } from '../../lib/autoscaling/config';
import { decide, EMPTY_STATE } from '../../lambda/queue-depth-autoscaler/decide';
import type { DemandGroup, InstanceObservation } from '../../lambda/queue-depth-autoscaler/model';
import type { Instance } from '../simulation/instance';
import type { Partition } from '../simulation/partition';
import type { Policy } from '../simulation/policy';
import type { Kind, Pool } from '../simulation/pool';

const DRAIN_SECONDS = 60;
const PROVISION_TIMEOUT_SECONDS = 600;
const QUEUE = 'queue';

/**
 * The decision code that ships, on one unmanaged environment for each kind of jobs.
 *
 * @param scaleInAfter seconds from idle to gone; the drain is the last part of it
 */
export function foreman(kind: Kind, scaleInAfter: number): Policy {
  const config = configOf(kind, scaleInAfter);
  const observe = observer();
  let state = EMPTY_STATE;
  return {
    onEvents: true,
    tick(partition) {
      if (nothingToDecide(partition)) return;
      const byId = new Map(partition.instances.map((instance) => [instance.id, instance]));
      const decision = decide(
        config,
        {
          time: partition.now * 1000,
          demand: demandOf(partition),
          pools: kind.pools.map((pool) => observe(pool, partition)),
          demandComplete: true,
          supplyComplete: true,
        },
        state,
      );
      state = decision.state;
      const poolByName = new Map(kind.pools.map((pool) => [pool.name, pool]));
      for (const { pool, count } of decision.launches) {
        for (let left = count; left > 0; left--) partition.launch(poolByName.get(pool)!);
      }
      for (const { instanceId } of decision.drains) partition.setDraining(byId.get(instanceId)!, true);
      for (const { instanceId } of decision.undrains) partition.setDraining(byId.get(instanceId)!, false);
      for (const { instanceId } of decision.terminations) partition.terminate(byId.get(instanceId)!);
    },
  };
}

/** Where nothing waits and every instance works, every decision is empty: a test holds decide to that. */
function nothingToDecide({ waiting, instances }: Partition): boolean {
  return waiting.count === 0 && instances.every(({ jobs, draining }) => jobs.size > 0 && !draining);
}

function configOf({ pools }: Kind, scaleInAfter: number): AutoscalerConfig {
  return {
    computeEnvironmentArn: 'environment',
    clusterArn: 'cluster',
    tableName: 'table',
    jobBudget: Infinity,
    queues: [{ arn: QUEUE, priority: 1 }],
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

/** Builds what the handler would read of a pool. What has not changed since it was last seen is not built again. */
function observer() {
  const seen = new Map<Instance, { version: number; observation: InstanceObservation }>();
  return (pool: Pool, partition: Partition) => {
    const own = partition.instances.filter((instance) => instance.pool === pool);
    const instances = own.map((instance) => {
      let entry = seen.get(instance);
      if (entry?.version !== instance.version) {
        entry = { version: instance.version, observation: observationOf(instance) };
        seen.set(instance, entry);
      }
      return entry!.observation;
    });
    return { name: pool.name, desired: own.length, max: pool.max, instances };
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

import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { ContainerInstance, ECSClient, Resource } from '@aws-sdk/client-ecs';
import type { PoolConfig } from '../../../lib/autoscaling/config';
import type { Resources } from '../../../lib/capacity/config';
import { byEc2Instance, listContainerInstances, taskCount } from '../../ecs/container-instances';
import type { ContainerObservation, InstanceObservation, PoolObservation } from '../model';
import { type GroupInstance, liveInstances, type PoolGroup, readGroups, readLaunchFailure } from './groups';
import type { Placements } from './placements';

export interface SupplyReading {
  readonly groups: readonly PoolGroup[];
  /** By EC2 instance id. */
  readonly containerInstances: ReadonlyMap<string, ContainerInstance>;
  readonly launchFailures: ReadonlyMap<string, NonNullable<PoolObservation['launchFailure']>>;
  readonly complete: boolean;
  readonly errors: readonly unknown[];
}

export interface SupplyClients {
  readonly autoScaling: AutoScalingClient;
  readonly ecs: ECSClient;
}

/** Reads the groups, what has registered of them, and why launches failed; empty groups cost one call. */
export async function readSupply(
  { autoScaling, ecs }: SupplyClients,
  pools: readonly PoolConfig[],
  clusterArn: string,
  now: number,
): Promise<SupplyReading> {
  let groups: PoolGroup[];
  try {
    groups = await readGroups(autoScaling, pools);
  } catch (error) {
    return { groups: [], containerInstances: new Map(), launchFailures: new Map(), complete: false, errors: [error] };
  }
  const errors: unknown[] = [];
  let complete = true;
  let containerInstances = new Map<string, ContainerInstance>();
  const launchFailures = new Map<string, NonNullable<PoolObservation['launchFailure']>>();

  const readContainers = async (): Promise<void> => {
    if (!groups.some(({ instances }) => instances.length > 0)) return;
    try {
      containerInstances = byEc2Instance(await listContainerInstances(ecs, clusterArn));
    } catch (error) {
      errors.push(error);
      complete = false;
    }
  };
  const readFailures = groups
    .filter((group) => group.group.DesiredCapacity! > liveInstances(group).length)
    .map(async (group) => {
      try {
        const failure = await readLaunchFailure(autoScaling, group, now);
        if (failure) launchFailures.set(group.pool.name, failure);
      } catch (error) {
        // Without it the pool waits for the provision timeout: slower, not wrong.
        errors.push(error);
      }
    });
  await Promise.all([readContainers(), ...readFailures]);
  return { groups, containerInstances, launchFailures, complete, errors };
}

/**
 * @param placements what Batch says runs where; absent where ECS alone was asked
 * @param launchedAt when each instance was first seen
 */
export function observePools(
  { groups, containerInstances, launchFailures }: SupplyReading,
  placements: Placements | undefined,
  launchedAt: Readonly<Record<string, number>>,
): PoolObservation[] {
  return groups.map(({ pool, group, instances }) => ({
    name: pool.name,
    desired: group.DesiredCapacity!,
    max: group.MaxSize!,
    instances: instances.map((instance) =>
      observeInstance(instance, pool, containerInstances.get(instance.instanceId), placements, launchedAt),
    ),
    launchFailure: launchFailures.get(pool.name),
  }));
}

function observeInstance(
  instance: GroupInstance,
  pool: PoolConfig,
  registered: ContainerInstance | undefined,
  placements: Placements | undefined,
  launchedAt: Readonly<Record<string, number>>,
): InstanceObservation {
  return {
    ...instance,
    pool: pool.name,
    launchedAt: launchedAt[instance.instanceId]!,
    ...(registered && { container: observeContainer(registered, placements) }),
  };
}

export function observeContainer(
  instance: ContainerInstance,
  placements: Placements | undefined,
): ContainerObservation {
  const registered = resourcesOf(instance.registeredResources);
  const remaining = resourcesOf(instance.remainingResources);
  const placed = placements?.get(instance.containerInstanceArn!) ?? { jobs: 0, gpus: 0 };
  return {
    containerInstanceArn: instance.containerInstanceArn!,
    status: instance.status === 'ACTIVE' ? 'ACTIVE' : 'DRAINING',
    agentConnected: instance.agentConnected ?? false,
    registered,
    // Whether ECS shows GPUs in use is not documented: the jobs there tell.
    remaining: { ...remaining, gpus: Math.max(0, Math.min(remaining.gpus, registered.gpus - placed.gpus)) },
    jobs: Math.max(taskCount(instance), placed.jobs),
  };
}

function resourcesOf(list: readonly Resource[] = []): Resources {
  const integer = (name: string) => list.find((resource) => resource.name === name)?.integerValue ?? 0;
  return {
    vcpus: integer('CPU') / 1024,
    memoryMiB: integer('MEMORY'),
    gpus: list.find((resource) => resource.name === 'GPU')?.stringSetValue?.length ?? 0,
  };
}

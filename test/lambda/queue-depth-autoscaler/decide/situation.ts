import { decide, EMPTY_STATE } from '../../../../lambda/queue-depth-autoscaler/decide';
import type {
  AutoscalerState,
  ContainerObservation,
  Decision,
  DemandGroup,
  InstanceObservation,
  Observation,
  PoolObservation,
} from '../../../../lambda/queue-depth-autoscaler/model';
import type { AutoscalerConfig, PoolConfig } from '../../../../lib/autoscaling/config';
import type { Resources } from '../../../../lib/capacity/config';

/** What decide is given in tests, told by what matters and filled in with the ordinary. */

export const NOW = 1_800_000_000_000;
export const MINUTE = 60_000;

export function pool(name: string, vcpus: number, settings: Partial<PoolConfig> = {}): PoolConfig {
  return {
    name,
    autoScalingGroupName: `${name}-group`,
    instanceTypes: [`${name}-type`],
    capacity: { vcpus, memoryMiB: vcpus * 4000, gpus: 0 },
    cost: vcpus,
    maxInstances: 10,
    spareInstances: 0,
    opensForCpuJobs: false,
    ...settings,
  };
}

export function gpuPool(name: string, gpus: number, settings: Partial<PoolConfig> = {}): PoolConfig {
  return pool(name, gpus * 8, {
    capacity: { vcpus: gpus * 8, memoryMiB: gpus * 30_000, gpus },
    cost: gpus * 20,
    ...settings,
  });
}

export function config(pools: readonly PoolConfig[], settings: Partial<AutoscalerConfig> = {}): AutoscalerConfig {
  return {
    computeEnvironmentArn: 'environment',
    clusterArn: 'cluster',
    queueArns: ['urgent', 'normal'],
    pools,
    tableName: 'table',
    scaleInAfterSeconds: 120,
    drainSeconds: 60,
    provisionTimeoutSeconds: 600,
    jobBudget: 1000,
    ...settings,
  };
}

/** Jobs that ask for vCPUs, 1000 MiB each, unless told otherwise. */
export function jobs(count: number, resources: Partial<Resources>, queueArn = 'normal'): DemandGroup {
  const vcpus = resources.vcpus ?? 1;
  return {
    queueArn,
    jobId: `job-of-${vcpus}`,
    count,
    resources: { vcpus, memoryMiB: vcpus * 1000, gpus: 0, ...resources },
  };
}

/** Jobs that need so many licences each. */
export function licensed(group: DemandGroup, quantity = 1): DemandGroup {
  return { ...group, tokens: [{ resource: 'licence', quantity }] };
}

type InstanceSettings = Partial<Omit<InstanceObservation, 'container'>> & {
  /** `undefined` for an instance that has not registered. */
  container?: Partial<ContainerObservation> | undefined;
};

/** An instance an hour old, registered, idle. */
export function instance(instanceId: string, of: PoolConfig, settings: InstanceSettings = {}): InstanceObservation {
  const { container = {}, ...rest } = settings;
  const registered: ContainerObservation = {
    containerInstanceArn: `${instanceId}-arn`,
    status: 'ACTIVE',
    agentConnected: true,
    registered: of.capacity,
    remaining: of.capacity,
    jobs: 0,
    ...container,
  };
  return {
    instanceId,
    pool: of.name,
    instanceType: of.instanceTypes[0]!,
    lifecycle: 'InService',
    launchedAt: NOW - 60 * MINUTE,
    outdated: false,
    ...rest,
    ...('container' in settings && settings.container === undefined ? {} : { container: registered }),
  };
}

/** What an instance shows whose jobs take all of it. */
export const FULL = { remaining: { vcpus: 0, memoryMiB: 0, gpus: 0 }, jobs: 1 };
export const DRAINING = { status: 'DRAINING' } as const;

export interface Situation {
  readonly config: AutoscalerConfig;
  readonly demand?: readonly DemandGroup[];
  /** What is left of consumable resources. */
  readonly availability?: Readonly<Record<string, number>>;
  readonly instances?: readonly InstanceObservation[];
  /** What differs from a group of which all that it wants is there. */
  readonly groups?: Readonly<Record<string, Partial<PoolObservation>>>;
  readonly state?: Partial<AutoscalerState>;
  readonly time?: number;
  readonly demandComplete?: boolean;
  readonly supplyComplete?: boolean;
}

export function observation(situation: Situation): Observation {
  const { instances = [], groups = {} } = situation;
  return {
    time: situation.time ?? NOW,
    demand: situation.demand ?? [],
    availability: new Map(Object.entries(situation.availability ?? {})),
    pools: situation.config.pools.map(({ name, maxInstances }) => {
      const own = instances.filter((one) => one.pool === name);
      return { name, desired: own.length, max: maxInstances, instances: own, ...groups[name] };
    }),
    demandComplete: situation.demandComplete ?? true,
    supplyComplete: situation.supplyComplete ?? true,
  };
}

export function decideOn(situation: Situation): Decision {
  return decide(situation.config, observation(situation), { ...EMPTY_STATE, ...situation.state });
}

/** Launches by pool. */
export function launches(decision: Decision): Record<string, number> {
  return Object.fromEntries(decision.launches.map(({ pool: name, count }) => [name, count]));
}

/** What is done to instances, by id. */
export function actions({ drains, undrains, terminations }: Decision): Record<string, string> {
  const named = { drain: drains, undrain: undrains, terminate: terminations };
  return Object.fromEntries(
    Object.entries(named).flatMap(([what, list]) => list.map(({ instanceId }) => [instanceId, what])),
  );
}

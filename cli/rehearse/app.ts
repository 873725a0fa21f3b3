import { type AutoscalerConfig, parseAutoscalerConfig } from '../../lib/autoscaling/config';
import { typesOf } from '../../local/batch/scaling/instance-types';
import type { DeployedStack } from '../../local/cloud-formation/cloud-formation';
import { DEFAULT_SETTINGS } from '../../local/settings';
import type { Amounts } from '../../workload/job';
import type { Fleet } from '../play/play';
import { type Address, addressesOf } from './addresses';

export interface Queue extends Address {
  /** Names of its environments. */
  readonly environments: readonly string[];
  /** Whether each job has to say whose share it takes. */
  readonly fairShare: boolean;
}

export interface Definition extends Address, Amounts {
  readonly fargate: boolean;
  /** The containers of a definition that has several. */
  readonly containers?: readonly string[];
}

export interface OwnFleet extends Fleet {
  readonly environment: string;
  readonly instanceTypes: readonly string[];
  /** What the pool's `cost` says; absent where AWS Batch launches. */
  readonly cost?: number;
}

/** What a deployed app has for jobs. */
export interface RehearsedApp {
  readonly queues: readonly Queue[];
  readonly definitions: readonly Definition[];
  readonly fleets: readonly OwnFleet[];
  /** The Fargate environments by name, and whether they are of Spot. */
  readonly fargate: ReadonlyMap<string, { readonly spot: boolean }>;
}

type Properties = Readonly<Record<string, unknown>>;

export function appOf(stacks: readonly DeployedStack[]): RehearsedApp {
  const resources = stacks.flatMap(({ resources: own }) => [...own.values()]);
  const ofType = (type: string) => addressesOf(resources.filter((one) => one.type === `AWS::${type}`));
  const environments = ofType('Batch::ComputeEnvironment');
  return {
    queues: ofType('Batch::JobQueue').map(({ properties, ...address }) => ({
      ...address,
      environments: ((properties.ComputeEnvironmentOrder ?? []) as Properties[]).map(({ ComputeEnvironment }) =>
        nameIn(String(ComputeEnvironment)),
      ),
      fairShare: properties.SchedulingPolicyArn !== undefined,
    })),
    definitions: ofType('Batch::JobDefinition').flatMap(definitionOf),
    fleets: [
      ...ofType('Lambda::Function').flatMap(({ properties }) => poolsOf(properties)),
      ...environments.flatMap((environment) => managedFleets(environment, environments.length > 1)),
    ],
    fargate: new Map(
      environments.flatMap(({ name, properties }) => {
        const type = typeOf(properties);
        return type.startsWith('FARGATE') ? [[name, { spot: type === 'FARGATE_SPOT' }]] : [];
      }),
    ),
  };
}

function definitionOf({ properties, ...address }: Address & { readonly properties: Properties }): Definition[] {
  const fargate = ((properties.PlatformCapabilities ?? []) as string[]).includes('FARGATE');
  const single = properties.ContainerProperties as Properties | undefined;
  if (single) return [{ ...address, fargate, ...amountsOf([single]) }];
  const [task] = ((properties.EcsProperties as Properties | undefined)?.TaskProperties ?? []) as Properties[];
  // Multi-node jobs and those on EKS are not played.
  if (!task) return [];
  const containers = task.Containers as Properties[];
  return [{ ...address, fargate, ...amountsOf(containers), containers: containers.map(({ Name }) => String(Name)) }];
}

function amountsOf(containers: readonly Properties[]): Amounts {
  const sum = (type: string) =>
    containers
      .flatMap(({ ResourceRequirements = [] }) => ResourceRequirements as { Type: string; Value: string }[])
      .filter(({ Type }) => Type === type)
      .reduce((total, { Value }) => total + Number(Value), 0);
  return { vcpus: sum('VCPU'), memoryMiB: sum('MEMORY'), gpus: sum('GPU') };
}

/** Of the function that scales an unmanaged environment. */
function poolsOf(properties: Properties): OwnFleet[] {
  const variables = (properties.Environment as Properties | undefined)?.Variables as Properties | undefined;
  let config: AutoscalerConfig;
  try {
    config = parseAutoscalerConfig(variables?.CONFIG as string | undefined);
  } catch {
    // The function of something else.
    return [];
  }
  const environment = nameIn(config.computeEnvironmentArn);
  return config.pools.map(({ name, autoScalingGroupName, instanceTypes, capacity, maxInstances, cost }) => {
    const requester = `autoscaling:${autoScalingGroupName}`;
    return { name, requester, environment, instanceTypes, capacity, maxInstances, cost };
  });
}

function managedFleets(
  environment: Address & { readonly properties: Properties },
  isOneOfSeveral: boolean,
): OwnFleet[] {
  const { InstanceTypes = [], MaxvCpus = 0 } = (environment.properties.ComputeResources ?? {}) as Properties;
  return typesOf(InstanceTypes as string[]).map(({ name, vcpus, memoryMiB, gpus }) => ({
    name: isOneOfSeveral ? `${environment.label} ${name}` : name,
    requester: `batch:${environment.name}`,
    instanceType: name,
    environment: environment.name,
    instanceTypes: [name],
    capacity: { vcpus, gpus, memoryMiB: Math.floor(memoryMiB * (1 - DEFAULT_SETTINGS.memoryOverheadPercent / 100)) },
    maxInstances: Math.max(1, Math.floor(Number(MaxvCpus) / vcpus)),
  }));
}

function typeOf({ ComputeResources }: Properties): string {
  return String((ComputeResources as Properties | undefined)?.Type ?? '');
}

function nameIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

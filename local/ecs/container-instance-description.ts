import type { Attribute, ContainerInstance as Description, Resource } from '@aws-sdk/client-ecs';
import type { Resources } from '../ports';
import { statusOf } from './model';
import type { ContainerInstance } from './model';

export const AGENT_VERSION = '1.101.0';

/** Ports that the agent and Docker keep for themselves, and SSH. */
const RESERVED_PORTS = ['22', '2375', '2376', '51678', '51679'];

/** @param showsUsedGpus whether `remainingResources` leaves out the GPUs in use */
export function describedInstance(instance: ContainerInstance, showsUsedGpus: boolean): Description {
  return {
    containerInstanceArn: instance.containerInstanceArn,
    ec2InstanceId: instance.ec2InstanceId,
    version: instance.version,
    versionInfo: { agentVersion: AGENT_VERSION, agentHash: '00000000', dockerVersion: 'DockerVersion: 25.0.8' },
    registeredResources: resources(instance.registered, instance, instance.gpuIds),
    remainingResources: resources(instance.remaining, instance, showsUsedGpus ? instance.freeGpuIds : instance.gpuIds),
    status: statusOf(instance),
    agentConnected: instance.agentConnected,
    runningTasksCount: instance.tasks.size - instance.pendingTasks,
    pendingTasksCount: instance.pendingTasks,
    attributes: attributesOf(instance),
    registeredAt: new Date(instance.registeredAt),
    attachments: [],
    tags: [],
  };
}

export function attributesOf({ host }: ContainerInstance): Attribute[] {
  return [
    { name: 'ecs.ami-id', value: host.imageId },
    { name: 'ecs.availability-zone', value: host.availabilityZone },
    { name: 'ecs.instance-type', value: host.instanceType },
    { name: 'ecs.os-type', value: 'linux' },
  ].filter(({ value }) => value !== undefined);
}

function resources(amounts: Readonly<Resources>, instance: ContainerInstance, gpuIds: readonly string[]): Resource[] {
  const described = [
    integer('CPU', Math.round(amounts.vcpus * 1024)),
    integer('MEMORY', amounts.memoryMiB),
    stringSet('PORTS', RESERVED_PORTS),
    stringSet('PORTS_UDP', []),
  ];
  // Without GPUs the resource is not named at all; with all of them taken it is an empty set.
  return instance.gpuIds.length > 0 ? [...described, stringSet('GPU', [...gpuIds])] : described;
}

function integer(name: string, integerValue: number): Resource {
  return { name, type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue };
}

function stringSet(name: string, stringSetValue: string[]): Resource {
  return { name, type: 'STRINGSET', doubleValue: 0, longValue: 0, integerValue: 0, stringSetValue };
}

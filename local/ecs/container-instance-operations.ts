import type {
  DeregisterContainerInstanceRequest,
  DeregisterContainerInstanceResponse,
  DescribeContainerInstancesRequest,
  DescribeContainerInstancesResponse,
  Failure,
  ListContainerInstancesRequest,
  ListContainerInstancesResponse,
  UpdateContainerInstancesStateRequest,
  UpdateContainerInstancesStateResponse,
} from '@aws-sdk/client-ecs';
import { page } from '../wire/page';
import type { Operation } from '../wire/service';
import type { World } from '../world';
import type { Agents } from './agents';
import { instanceIn } from './clusters';
import type { Clusters } from './clusters';
import { parseQuery, QuerySyntaxError } from './cluster-query';
import type { Condition } from './cluster-query';
import { statusAt, statusOf } from './model';
import type { Cluster, ContainerInstance } from './model';
import { invalid, invalidToken, pageSize } from './request-errors';
import { AGENT_VERSION, attributesOf, describedInstance } from './container-instance-description';

const DESCRIBED_AT_ONCE = 100;
const UPDATED_AT_ONCE = 10;

export function containerInstanceOperations(
  world: World,
  clusters: Clusters,
  agents: Agents,
): Readonly<Record<string, Operation>> {
  const described = (instance: ContainerInstance): ReturnType<typeof describedInstance> =>
    describedInstance(instance, world.settings.remainingResourcesShowGpus);

  return {
    ListContainerInstances: (input: ListContainerInstancesRequest): ListContainerInstancesResponse => {
      const cluster = clusters.existing(input.cluster);
      const seen = world.clock.now() - world.settings.listLagSeconds * 1000;
      const selects = input.filter === undefined ? () => true : parsed(input.filter);
      const found = [...cluster.instances.values()].filter((instance) => {
        const status = statusAt(instance, seen);
        if (status === undefined) return false;
        return (input.status === undefined ? status !== 'INACTIVE' : status === input.status) && selects(instance);
      });
      const { items, nextToken } = page(
        found,
        ({ ordinal }) => ordinal,
        pageSize(input.maxResults),
        input.nextToken,
        invalidToken,
      );
      return { containerInstanceArns: items.map(({ containerInstanceArn }) => containerInstanceArn), nextToken };
    },

    DescribeContainerInstances: (input: DescribeContainerInstancesRequest): DescribeContainerInstancesResponse => {
      const cluster = clusters.existing(input.cluster);
      const { found, failures } = named(cluster, input.containerInstances!, DESCRIBED_AT_ONCE);
      return { containerInstances: found.map(described), failures };
    },

    UpdateContainerInstancesState: (
      input: UpdateContainerInstancesStateRequest,
    ): UpdateContainerInstancesStateResponse => {
      const { status } = input;
      if (status !== 'ACTIVE' && status !== 'DRAINING') {
        throw invalid(`Container instance status must be one of [ACTIVE, DRAINING], not ${status}.`);
      }
      const cluster = clusters.existing(input.cluster);
      const { found, failures } = named(cluster, input.containerInstances!, UPDATED_AT_ONCE);
      const inactive = found.filter((instance) => statusOf(instance) === 'INACTIVE');
      const updated = found.filter((instance) => statusOf(instance) !== 'INACTIVE');
      for (const instance of updated) agents.setStatus(instance, status);
      return {
        containerInstances: updated.map(described),
        failures: [...failures, ...inactive.map((one) => ({ arn: one.containerInstanceArn, reason: 'INACTIVE' }))],
      };
    },

    DeregisterContainerInstance: (input: DeregisterContainerInstanceRequest): DeregisterContainerInstanceResponse => {
      const instance = instanceIn(clusters.existing(input.cluster), input.containerInstance!);
      if (!instance || statusOf(instance) === 'INACTIVE') throw invalid('Referenced container instance was not found.');
      if (instance.tasks.size > 0 && !input.force) throw invalid('Found running tasks on the instance.');
      agents.deregister(instance);
      return { containerInstance: described(instance) };
    },
  };
}

function named(
  cluster: Cluster,
  references: readonly string[],
  limit: number,
): { found: ContainerInstance[]; failures: Failure[] } {
  if (references.length === 0) throw invalid('Container instances cannot be empty.');
  if (references.length > limit) throw invalid(`instanceIds can have at most ${limit} items.`);
  const found: ContainerInstance[] = [];
  const failures: Failure[] = [];
  for (const reference of references) {
    const instance = instanceIn(cluster, reference);
    if (instance) found.push(instance);
    else failures.push({ arn: reference, reason: 'MISSING' });
  }
  return { found, failures };
}

function parsed(filter: string): Condition<ContainerInstance> {
  try {
    return parseQuery(filter, subject);
  } catch (error) {
    if (error instanceof QuerySyntaxError) throw invalid(error.message);
    throw error;
  }
}

function subject(instance: ContainerInstance, name: string): readonly string[] {
  switch (name) {
    case 'agentConnected':
      return [String(instance.agentConnected)];
    case 'agentVersion':
      return [AGENT_VERSION];
    case 'ec2InstanceId':
      return [instance.ec2InstanceId];
    case 'registeredAt':
      return [new Date(instance.registeredAt).toISOString()];
    case 'runningTasksCount':
      return [String(instance.tasks.size - instance.pendingTasks)];
    case 'task:group':
      return [...instance.tasks.values()].map(({ request }) => request.startedBy);
    default: {
      const attribute = attributesOf(instance).find((one) => `attribute:${one.name}` === name);
      return attribute?.value === undefined ? [] : [attribute.value];
    }
  }
}

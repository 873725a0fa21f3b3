import {
  type ContainerInstance,
  type ContainerInstanceStatus,
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  type ECSClient,
  ListContainerInstancesCommand,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import { chunks } from '../runtime/chunks';

const INSTANCES_PER_DESCRIBE = 100;
const INSTANCES_PER_UPDATE = 10;

/** Every registered instance of a cluster, draining ones included. */
export async function listContainerInstances(ecs: ECSClient, cluster: string): Promise<ContainerInstance[]> {
  const instances: ContainerInstance[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListContainerInstancesCommand({ cluster, nextToken }));
    instances.push(...(await describeContainerInstances(ecs, cluster, page.containerInstanceArns ?? [])));
    nextToken = page.nextToken;
  } while (nextToken);
  return instances;
}

/**
 * The registration of each EC2 instance, by its id. An agent that lost its data registers anew; the registration that it
 * left behind is not connected.
 */
export function byEc2Instance(registrations: readonly ContainerInstance[]): Map<string, ContainerInstance> {
  const current = new Map<string, ContainerInstance>();
  for (const registration of registrations) {
    const other = current.get(registration.ec2InstanceId!);
    if (!other?.agentConnected) current.set(registration.ec2InstanceId!, registration);
  }
  return current;
}

/** The instances of these that are still registered. */
export async function describeContainerInstances(
  ecs: ECSClient,
  cluster: string,
  arns: readonly string[],
): Promise<ContainerInstance[]> {
  const answers = await Promise.all(
    chunks(arns, INSTANCES_PER_DESCRIBE).map((containerInstances) =>
      ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances })),
    ),
  );
  return answers.flatMap((answer) => answer.containerInstances ?? []).filter(({ status }) => status !== 'INACTIVE');
}

export interface StateFailure {
  readonly arn: string;
  readonly reason: string;
}

/** Sets instances to DRAINING or ACTIVE. @returns those that ECS refused */
export async function updateContainerInstancesState(
  ecs: ECSClient,
  cluster: string,
  arns: readonly string[],
  status: Extract<ContainerInstanceStatus, 'ACTIVE' | 'DRAINING'>,
): Promise<StateFailure[]> {
  const refused: StateFailure[] = [];
  for (const containerInstances of chunks(arns, INSTANCES_PER_UPDATE)) {
    const { failures } = await ecs.send(
      new UpdateContainerInstancesStateCommand({ cluster, containerInstances, status }),
    );
    for (const { arn, reason } of failures ?? []) refused.push({ arn: arn ?? '', reason: reason ?? 'no reason given' });
  }
  return refused;
}

export function taskCount({ runningTasksCount, pendingTasksCount }: ContainerInstance): number {
  return (runningTasksCount ?? 0) + (pendingTasksCount ?? 0);
}

/**
 * Takes an instance out of its cluster unless a task runs there, which ECS checks itself: the one way to be sure that
 * nothing is placed between looking at an instance and terminating it.
 * @throws InvalidParameterException when tasks run there
 */
export async function deregisterIdle(ecs: ECSClient, cluster: string, containerInstance: string): Promise<void> {
  await ecs.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance, force: false }));
}

import type {
  DescribeTasksRequest,
  DescribeTasksResponse,
  Failure,
  ListTasksRequest,
  ListTasksResponse,
  StopTaskRequest,
  StopTaskResponse,
  Task as Description,
} from '@aws-sdk/client-ecs';
import { page } from '../wire/page';
import type { Operation } from '../wire/service';
import type { World } from '../world';
import { instanceIn } from './clusters';
import type { Clusters } from './clusters';
import { invalid, invalidToken, pageSize } from './request-errors';
import type { Cluster, Task } from './model';
import { taskIn } from './tasks';
import type { Tasks } from './tasks';

const DESCRIBED_AT_ONCE = 100;

/** @param onStopped is told of a task that somebody stopped through the API */
export function taskOperations(
  world: World,
  clusters: Clusters,
  tasks: Tasks,
  onStopped: (task: Task) => void,
): Readonly<Record<string, Operation>> {
  return {
    ListTasks: (input: ListTasksRequest): ListTasksResponse => {
      const cluster = clusters.existing(input.cluster);
      const found = listed(cluster, input, world.clock.now() - world.settings.listLagSeconds * 1000);
      const { items, nextToken } = page(
        found,
        ({ ordinal }) => ordinal,
        pageSize(input.maxResults),
        input.nextToken,
        invalidToken,
      );
      return { taskArns: items.map((task) => task.arn), nextToken };
    },

    DescribeTasks: (input: DescribeTasksRequest): DescribeTasksResponse => {
      const cluster = clusters.existing(input.cluster);
      const references = input.tasks!;
      if (references.length === 0) throw invalid('Tasks cannot be empty.');
      if (references.length > DESCRIBED_AT_ONCE) {
        throw invalid(`taskIds can have at most ${DESCRIBED_AT_ONCE} items.`);
      }
      const found: Description[] = [];
      const failures: Failure[] = [];
      for (const reference of references) {
        const task = taskIn(cluster, reference);
        if (task) found.push(described(task));
        else failures.push({ arn: reference, reason: 'MISSING' });
      }
      return { tasks: found, failures };
    },

    StopTask: (input: StopTaskRequest): StopTaskResponse => {
      const task = taskIn(clusters.existing(input.cluster), input.task!);
      if (!task) throw invalid('The referenced task was not found.');
      const reason = input.reason ?? 'Task stopped by user';
      if (tasks.stop(task, 'UserInitiated', reason)) {
        task.onHostLost(reason);
        onStopped(task);
      }
      return { task: described(task) };
    },
  };
}

/** What a list shows that is as old as `seen`, in the order the tasks were started. */
function listed(cluster: Cluster, input: ListTasksRequest, seen: number): Task[] {
  // Batch starts standalone tasks: none belongs to a service, a daemon or a family of its own.
  if (input.family !== undefined || input.serviceName !== undefined || input.daemonName !== undefined) return [];
  if (input.launchType !== undefined && input.launchType !== 'EC2') return [];
  const instance = input.containerInstance === undefined ? undefined : instanceIn(cluster, input.containerInstance);
  if (input.containerInstance !== undefined && !instance) {
    throw invalid('Referenced container instance was not found.');
  }
  const stopped = [...cluster.stoppedTasks.values()];
  const wantsStopped = input.desiredStatus === 'STOPPED';
  if (input.desiredStatus === 'PENDING') return [];
  const candidates = wantsStopped
    ? stopped
    : [...(instance ?? cluster).tasks.values(), ...stopped.filter((task) => task.stopped!.at > seen)];
  return candidates
    .filter(
      (task) =>
        task.createdAt <= seen &&
        (!wantsStopped || task.stopped!.at <= seen) &&
        (instance === undefined || task.instance === instance) &&
        (input.startedBy === undefined || task.startedBy === input.startedBy),
    )
    .sort((a, b) => a.ordinal - b.ordinal);
}

function described(task: Task): Description {
  const { instance, stopped } = task;
  const stoppedAt = stopped && new Date(stopped.at);
  const memory = String(task.resources.memoryMiB);
  const cpu = String(Math.round(task.resources.vcpus * 1024));
  return {
    taskArn: task.arn,
    clusterArn: instance.cluster.arn,
    containerInstanceArn: instance.containerInstanceArn,
    availabilityZone: instance.host.availabilityZone,
    startedBy: task.startedBy,
    group: task.startedBy,
    launchType: 'EC2',
    cpu,
    memory,
    desiredStatus: stopped ? 'STOPPED' : 'RUNNING',
    lastStatus: task.status,
    connectivity: instance.agentConnected ? 'CONNECTED' : 'DISCONNECTED',
    createdAt: new Date(task.createdAt),
    startedAt: task.startedAt === undefined ? undefined : new Date(task.startedAt),
    stoppingAt: stoppedAt,
    stoppedAt,
    stoppedReason: stopped?.reason,
    stopCode: stopped?.code,
    containers: [
      {
        taskArn: task.arn,
        name: 'default',
        lastStatus: task.status,
        exitCode: stopped?.exitCode,
        cpu,
        memory,
        gpuIds: [...task.gpuIds],
      },
    ],
  };
}

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
      const now = world.clock.now();
      const found = listed(cluster, tasks, input, now, now - world.settings.listLagSeconds * 1000);
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
        const task = tasks.describedIn(cluster, reference);
        if (task) found.push(described(task));
        else failures.push({ arn: reference, reason: 'MISSING' });
      }
      return { tasks: found, failures };
    },

    StopTask: (input: StopTaskRequest): StopTaskResponse => {
      const task = tasks.describedIn(clusters.existing(input.cluster), input.task!);
      if (!task) throw invalid('The referenced task was not found.');
      const reason = input.reason ?? 'Task stopped by user';
      if (tasks.stop(task, 'UserInitiated', reason)) {
        task.request.onHostLost(reason);
        onStopped(task);
      }
      return { task: described(task) };
    },
  };
}

/** What a list shows that is as old as `seen`, in the order the tasks were started. */
function listed(cluster: Cluster, tasks: Tasks, input: ListTasksRequest, now: number, seen: number): readonly Task[] {
  // Batch starts standalone tasks: none belongs to a service, a daemon or a family of its own.
  if (input.family !== undefined || input.serviceName !== undefined || input.daemonName !== undefined) return [];
  if (input.launchType !== undefined && input.launchType !== 'EC2') return [];
  const instance = input.containerInstance === undefined ? undefined : instanceIn(cluster, input.containerInstance);
  if (input.containerInstance !== undefined && !instance) {
    throw invalid('Referenced container instance was not found.');
  }
  const { startedBy, desiredStatus = 'RUNNING' } = input;
  const asked = (task: Task): boolean =>
    task.createdAt <= seen &&
    (instance === undefined || task.instance === instance) &&
    (startedBy === undefined || task.request.startedBy === startedBy);
  if (desiredStatus === 'PENDING') return [];
  if (desiredStatus === 'STOPPED') {
    const stopped = tasks.stoppedIn(cluster, -Infinity).filter((task) => task.stopped!.at <= seen && asked(task));
    return stopped.sort((a, b) => a.ordinal - b.ordinal);
  }
  const live = (instance ? [instance] : cluster.members).flatMap((member) => [...member.tasks.values()]);
  const stoppedSince = seen < now ? tasks.stoppedIn(cluster, seen) : [];
  return [...live, ...stoppedSince].filter(asked).sort((a, b) => a.ordinal - b.ordinal);
}

function described(task: Task): Description {
  const { instance, stopped, request } = task;
  const stoppedAt = stopped && new Date(stopped.at);
  const memory = String(request.resources.memoryMiB);
  const cpu = String(Math.round(request.resources.vcpus * 1024));
  return {
    taskArn: task.arn,
    clusterArn: instance.cluster.arn,
    containerInstanceArn: instance.containerInstanceArn,
    availabilityZone: instance.host.availabilityZone,
    startedBy: request.startedBy,
    group: request.startedBy,
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

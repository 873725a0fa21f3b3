import type { Resources, TaskRequest } from '../ports';
import type { Random } from '../simulation/random';
import { arn } from '../world';
import type { World } from '../world';
import { endIdle } from './model';
import type { Cluster, ContainerInstance, StopCode, Task } from './model';

/** A stopped task is described for an hour. */
const VISIBLE_AFTER_STOP_MILLISECONDS = 3_600_000;

/** Tasks on container instances: what they reserve, and how they end. */
export class Tasks {
  private readonly live = new Map<string, Task>();
  private started = 0;

  constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {}

  start(instance: ContainerInstance, request: TaskRequest): Task {
    const { cluster, history } = instance;
    const { resources } = request;
    if (!fits(resources, instance.remaining)) {
      throw new Error(`A task of ${request.startedBy} does not fit on ${instance.ec2InstanceId}`);
    }
    const now = this.world.clock.now();
    const task: Task = {
      ordinal: this.started++,
      arn: arn(this.world, 'ecs', `task/${cluster.name}/${this.random.hex(32)}`),
      instance,
      resources,
      gpuIds: instance.freeGpuIds.splice(0, resources.gpus),
      startedBy: request.startedBy,
      createdAt: now,
      onHostLost: (reason) => request.onHostLost(reason),
      status: 'PENDING',
    };
    this.live.set(task.arn, task);
    cluster.tasks.set(task.arn, task);
    instance.tasks.set(task.arn, task);
    instance.pendingTasks++;
    reserve(instance.remaining, resources, -1);
    history.tasksStarted++;
    endIdle(history, now);
    const pendingSeconds = request.pendingSeconds ?? 0;
    if (pendingSeconds === 0) this.run(task);
    else this.world.clock.after(pendingSeconds * 1000, () => this.run(task));
    return task;
  }

  /** Frees what the task holds. @returns whether it had not ended before */
  stop(task: Task, code: StopCode, reason: string, exitCode?: number): boolean {
    if (!this.live.delete(task.arn)) return false;
    const { instance } = task;
    const { cluster } = instance;
    const now = this.world.clock.now();
    if (task.status === 'PENDING') instance.pendingTasks--;
    task.status = 'STOPPED';
    task.stopped = { at: now, code, reason, exitCode };
    instance.tasks.delete(task.arn);
    cluster.tasks.delete(task.arn);
    instance.freeGpuIds.push(...task.gpuIds);
    reserve(instance.remaining, task.resources, 1);
    if (instance.tasks.size === 0 && instance.host.state === 'running') instance.history.idleSince = now;
    forget(cluster.stoppedTasks, now - VISIBLE_AFTER_STOP_MILLISECONDS);
    cluster.stoppedTasks.set(task.arn, task);
    return true;
  }

  find(taskArn: string): Task | undefined {
    return this.live.get(taskArn);
  }

  private run(task: Task): void {
    if (task.status !== 'PENDING') return;
    task.status = 'RUNNING';
    task.startedAt = this.world.clock.now();
    task.instance.pendingTasks--;
  }
}

/** @param reference id or ARN; a task that stopped within the hour is found too */
export function taskIn(cluster: Cluster, reference: string): Task | undefined {
  const id = reference.slice(reference.lastIndexOf('/') + 1);
  const taskArn = reference.startsWith('arn:') ? reference : cluster.arn.replace(/:cluster\//, ':task/') + `/${id}`;
  return cluster.tasks.get(taskArn) ?? cluster.stoppedTasks.get(taskArn);
}

function forget(stopped: Map<string, Task>, before: number): void {
  for (const [taskArn, task] of stopped) {
    if (task.stopped!.at >= before) return;
    stopped.delete(taskArn);
  }
}

function fits(asked: Resources, remaining: Resources): boolean {
  return asked.vcpus <= remaining.vcpus && asked.memoryMiB <= remaining.memoryMiB && asked.gpus <= remaining.gpus;
}

function reserve(remaining: Resources, { vcpus, memoryMiB, gpus }: Readonly<Resources>, sign: 1 | -1): void {
  // ECS counts in 1/1024 of a vCPU: what is given back is exactly what was taken.
  remaining.vcpus = Math.round((remaining.vcpus + sign * vcpus) * 1024) / 1024;
  remaining.memoryMiB += sign * memoryMiB;
  remaining.gpus += sign * gpus;
}

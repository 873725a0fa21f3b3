import type { Resources, TaskRequest } from '../ports';
import type { Random } from '../simulation/random';
import { arn } from '../world';
import type { World } from '../world';
import type { AgentCalls } from './agent-calls';
import { endIdle } from './model';
import type { Cluster, ContainerInstance, StopCode, Task } from './model';

/** A stopped task is described for an hour. */
const VISIBLE_AFTER_STOP_MILLISECONDS = 3_600_000;
const NO_GPUS: readonly string[] = [];

/** Tasks on container instances: what they reserve, and how they end. */
export class Tasks {
  /** PENDING and RUNNING, by ARN. */
  private readonly live = new Map<string, Task>();
  /** STOPPED within the last hour, by ARN, in the order they stopped. */
  private readonly stopped = new Map<string, Task>();
  private started = 0;

  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly calls?: AgentCalls,
  ) {}

  start(instance: ContainerInstance, request: TaskRequest): Task {
    const { cluster, history } = instance;
    const { resources, pendingSeconds = 0 } = request;
    if (!fits(resources, instance.remaining)) {
      throw new Error(`A task of ${request.startedBy} does not fit on ${instance.ec2InstanceId}`);
    }
    const now = this.world.clock.now();
    const task: Task = {
      ordinal: this.started++,
      arn: arn(this.world, 'ecs', `task/${cluster.name}/${this.random.hex(32)}`),
      instance,
      request,
      gpuIds: resources.gpus > 0 ? instance.freeGpuIds.splice(0, resources.gpus) : NO_GPUS,
      createdAt: now,
      status: 'PENDING',
    };
    this.live.set(task.arn, task);
    instance.tasks.set(task.arn, task);
    instance.pendingTasks++;
    reserve(instance.remaining, resources, -1);
    history.tasksStarted++;
    endIdle(history, now);
    this.calls?.started(instance, task.arn, request.container);
    if (pendingSeconds === 0) this.run(task);
    else this.world.clock.after(pendingSeconds * 1000, () => this.run(task));
    return task;
  }

  /** Frees what the task holds. @returns whether it had not ended before */
  stop(task: Task, code: StopCode, reason: string, exitCode?: number): boolean {
    if (!this.live.delete(task.arn)) return false;
    const { instance, request } = task;
    const now = this.world.clock.now();
    // An agent that has lost its host tells nothing.
    if (instance.agentConnected) this.calls?.changed(instance, task.arn);
    if (task.status === 'PENDING') instance.pendingTasks--;
    task.status = 'STOPPED';
    task.stopped = { at: now, code, reason, exitCode };
    instance.tasks.delete(task.arn);
    instance.freeGpuIds.push(...task.gpuIds);
    reserve(instance.remaining, request.resources, 1);
    if (instance.tasks.size === 0 && instance.host.state === 'running') instance.history.idleSince = now;
    this.forget(now - VISIBLE_AFTER_STOP_MILLISECONDS);
    this.stopped.set(task.arn, task);
    return true;
  }

  find(taskArn: string): Task | undefined {
    return this.live.get(taskArn);
  }

  /** @param reference id or ARN; a task that stopped within the hour is found too */
  describedIn(cluster: Cluster, reference: string): Task | undefined {
    const taskArn = reference.startsWith('arn:')
      ? reference
      : arn(this.world, 'ecs', `task/${cluster.name}/${reference}`);
    const found = this.live.get(taskArn) ?? this.stopped.get(taskArn);
    return found?.instance.cluster === cluster ? found : undefined;
  }

  /** Those of a cluster that stopped after `since`, if no more than an hour ago. */
  stoppedIn(cluster: Cluster, since: number): Task[] {
    const found: Task[] = [];
    for (const task of this.stopped.values()) {
      if (task.stopped!.at > since && task.instance.cluster === cluster) found.push(task);
    }
    return found;
  }

  private run(task: Task): void {
    if (task.status !== 'PENDING') return;
    task.status = 'RUNNING';
    task.startedAt = this.world.clock.now();
    task.instance.pendingTasks--;
  }

  private forget(before: number): void {
    for (const [taskArn, task] of this.stopped) {
      if (task.stopped!.at >= before) return;
      this.stopped.delete(taskArn);
    }
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

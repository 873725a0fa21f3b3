import type { AgentHost, PlaceableInstance, Resources, TaskRequest } from '../ports';

export interface Cluster {
  readonly ordinal: number;
  readonly arn: string;
  readonly name: string;
  active: boolean;
  tags: { key?: string; value?: string }[];
  /** By id; those that are gone stay, as INACTIVE. */
  readonly instances: Map<string, ContainerInstance>;
  /** Those registered now, in the order their hosts were launched. */
  readonly members: ContainerInstance[];
  /** Of the members, those that tasks may be placed on; absent when it has to be found again. */
  placeable?: readonly ContainerInstance[];
}

export type ContainerInstanceStatus = 'ACTIVE' | 'DRAINING' | 'INACTIVE';

/** An EC2 instance that has registered with a cluster. Times are milliseconds since the epoch. */
export interface ContainerInstance extends PlaceableInstance {
  /** Counts registrations; the order in which they are listed. */
  readonly ordinal: number;
  readonly id: string;
  readonly cluster: Cluster;
  readonly host: AgentHost;
  readonly registered: Readonly<Resources>;
  readonly remaining: Resources;
  readonly freeGpuIds: string[];
  readonly gpuIds: readonly string[];
  readonly registeredAt: number;
  /** Each status and when it was entered, oldest first; lists that lag read from here. */
  readonly statuses: { readonly at: number; readonly status: ContainerInstanceStatus }[];
  /** The tasks that hold resources, by ARN. */
  readonly tasks: Map<string, Task>;
  readonly history: ContainerInstanceHistory;
  pendingTasks: number;
  agentConnected: boolean;
  version: number;
}

export interface ContainerInstanceHistory {
  registeredAt: number;
  deregisteredAt?: number;
  drainedAt?: number;
  tasksStarted: number;
  /** Since when it has had no task; absent while it has one, and once the host is gone. */
  idleSince?: number;
  longestIdleMilliseconds: number;
  /** Whose tasks (`startedBy`) ended because the host went away. */
  killed: string[];
}

/** One task, which Batch started for a job. Times are milliseconds since the epoch. */
export interface Task {
  readonly ordinal: number;
  readonly arn: string;
  readonly instance: ContainerInstance;
  readonly request: TaskRequest;
  readonly gpuIds: readonly string[];
  readonly createdAt: number;
  status: 'PENDING' | 'RUNNING' | 'STOPPED';
  startedAt?: number;
  stopped?: { readonly at: number; readonly reason: string; readonly code: StopCode; readonly exitCode?: number };
}

export type StopCode = 'EssentialContainerExited' | 'UserInitiated' | 'TerminationNotice';

export function statusOf(instance: ContainerInstance): ContainerInstanceStatus {
  return instance.statuses[instance.statuses.length - 1]!.status;
}

/** @returns undefined when it had not registered by then */
export function statusAt(instance: ContainerInstance, time: number): ContainerInstanceStatus | undefined {
  return instance.statuses.findLast(({ at }) => at <= time)?.status;
}

/** Ends a time without tasks, because one starts or the host goes. */
export function endIdle(history: ContainerInstanceHistory, now: number): void {
  if (history.idleSince === undefined) return;
  history.longestIdleMilliseconds = Math.max(history.longestIdleMilliseconds, now - history.idleSince);
  history.idleSince = undefined;
}

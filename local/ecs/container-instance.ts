import type { AgentHost, PlaceableInstance, Resources } from '../ports';
import type { Cluster } from './cluster';
import type { Task } from './task';

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

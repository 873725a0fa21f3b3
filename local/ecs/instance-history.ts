import type { Instance } from '../ec2/instances';
import type { ContainerInstanceHistory } from './model';

/** The life of one EC2 instance as a cluster's host, for reports and checks. Times are milliseconds since the epoch. */
export interface InstanceHistory {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly availabilityZone: string;
  readonly spot: boolean;
  /** Who launched it: `autoscaling:<group>`, `batch:<environment>` or `user`. */
  readonly requester: string;
  readonly state: Instance['state'];
  readonly launchedAt: number;
  readonly runningAt?: number;
  readonly registeredAt?: number;
  readonly drainedAt?: number;
  readonly interruptionWarningAt?: number;
  /** When it was told to go. */
  readonly shuttingDownAt?: number;
  readonly terminatedAt?: number;
  readonly terminationCause?: Instance['terminationCause'];
  readonly terminationReason?: string;
  readonly tasksStarted: number;
  /** Since when it has had no task; absent while it has one, before it registers, and once it is told to go. */
  readonly idleSince?: number;
  /** The longest time between registration and end without a task, the present one not counted. */
  readonly longestIdleMilliseconds: number;
  /** The jobs that ended because it went away. */
  readonly killed: readonly string[];
}

/** In the order the instances were launched. */
export function instanceHistories(
  ec2: { history(): readonly Instance[] },
  ecs: { history(ec2InstanceId: string): Readonly<ContainerInstanceHistory> | undefined },
): InstanceHistory[] {
  return ec2.history().map((instance) => {
    const registration = ecs.history(instance.instanceId);
    return {
      instanceId: instance.instanceId,
      instanceType: instance.instanceType,
      availabilityZone: instance.availabilityZone,
      spot: instance.spot,
      requester: instance.requester,
      state: instance.state,
      launchedAt: instance.launchTime,
      runningAt: instance.runningAt,
      registeredAt: registration?.registeredAt,
      drainedAt: registration?.drainedAt,
      interruptionWarningAt: instance.interruptionWarningAt,
      shuttingDownAt: instance.shuttingDownAt,
      terminatedAt: instance.terminatedAt,
      terminationCause: instance.terminationCause,
      terminationReason: instance.terminationReason,
      tasksStarted: registration?.tasksStarted ?? 0,
      idleSince: registration?.idleSince,
      longestIdleMilliseconds: registration?.longestIdleMilliseconds ?? 0,
      killed: registration?.killed ?? [],
    };
  });
}

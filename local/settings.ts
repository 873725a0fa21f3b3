/**
 * What AWS does not document, or lets vary, each as a setting with a default and its reason. Whatever is claimed about
 * the library must hold under every value.
 */
export interface Settings {
  /** Seconds from launching an instance until its ECS agent registers. Measured values vary from 60 to 180. */
  readonly registrationSeconds: number;
  /** Whether Batch places jobs behind one that does not fit (`backfill`) or waits for it (`strict`). Not documented. */
  readonly dispatch: 'backfill' | 'strict';
  /** Whether Batch stops placing on a container instance the moment it is set to DRAINING. Not documented. */
  readonly placementHonoursDraining: boolean;
  /** Whether a queue-level list of RUNNABLE jobs also returns array children. Not documented. */
  readonly listReturnsArrayChildren: boolean;
  /** Whether array children publish state change events. Not documented. */
  readonly arrayChildrenPublishEvents: boolean;
  /** Whether events carry the tags of jobs. AWS's example shows none but the job's ARN, as `resourceArn`. */
  readonly eventsCarryTags: boolean;
  /** Whether `remainingResources` of a container instance shows the GPUs in use. Not documented. */
  readonly remainingResourcesShowGpus: boolean;
  /** Whether a job that waits for a consumable resource holds back those behind it. Not documented. */
  readonly consumableWaitBlocksQueue: boolean;
  /** Whether a consumable resource is released between native attempts. Not documented. */
  readonly consumableReleasedBetweenAttempts: boolean;
  /**
   * What SET sets of a non-replenishable consumable resource: what is `available`, as the console calls it, or the `total`
   * with what running jobs have taken, as the API does.
   */
  readonly nonReplenishableSet: 'available' | 'total';
  /** Seconds after which a job that no environment of higher order can take now is tried on the next. Not documented. */
  readonly spillAfterSeconds: number;
  /** Seconds by which lists may lag behind the truth. */
  readonly listLagSeconds: number;
  /** Seconds that an instance is `pending`. AWS calls it seconds, up to a minute. */
  readonly instancePendingSeconds: number;
  /** Seconds that an instance is `shutting-down`. */
  readonly instanceShutdownSeconds: number;
  /**
   * Percent of an instance's memory that its kernel and platform take before the agent registers the rest. Seen: 2.5 on
   * 8 GiB (ECS developer guide, memory management), 3.14 on 512 GiB; the default is above both.
   */
  readonly memoryOverheadPercent: number;
  /**
   * Seconds that a container instance stays registered, its agent disconnected, after the EC2 instance has terminated.
   * ECS deregisters it by itself; how soon is not documented, and 20 minutes have been seen.
   */
  readonly staleContainerInstanceSeconds: number;
  /** Seconds that a volume is `creating`. Some seconds have been seen. */
  readonly volumeCreationSeconds: number;
  /** Seconds until a snapshot is complete: minutes to hours, by how much of the volume has changed. */
  readonly snapshotSeconds: number;
  /** Seconds from a difference between desired and actual capacity to Auto Scaling's answer; 3 in its user guide's examples. */
  readonly scalingDelaySeconds: number;
  /** Seconds until Auto Scaling notices that an instance is not running any more. Not documented. */
  readonly healthCheckSeconds: number;
  /** Seconds until Auto Scaling tries a failed launch again; doubled with each failure, up to 15 minutes. Not documented. */
  readonly launchRetrySeconds: number;
  /** Seconds until a new or changed Batch environment or queue is VALID. Varies; some seconds have been seen. */
  readonly batchProvisioningSeconds: number;
  /** Seconds between two looks of Batch at what its managed environments need. Not documented. */
  readonly managedScalingSeconds: number;
  /** Seconds that an instance of a managed environment without a scale-down delay of its own stays idle. Not documented. */
  readonly scaleDownSeconds: number;
  /** Seconds until a Fargate task has its machine; "about 30 seconds" in the Batch user guide. */
  readonly fargateStartSeconds: number;
  /** Order of `ListJobs` without filters; with filters it is documented as newest first. */
  readonly listOrder: 'newestFirst' | 'oldestFirst';
  /** Seconds by which the shown quantities of consumable resources may lag; documented as up to 30. */
  readonly consumableLagSeconds: number;
  /** Whether an unmanaged environment without instances passes its jobs on to the next of the queue. Not documented. */
  readonly emptyUnmanagedSpills: boolean;
  /** Whether managed and unmanaged environments may be in one queue; no rule has been found. */
  readonly mixedQueuesAccepted: boolean;
  /** Whether `DescribeJobs` shows the command with its parameters put in. Not documented. */
  readonly commandShownSubstituted: boolean;
  /** The status reason of a job whose dependency failed; seen, not documented. */
  readonly dependencyFailureReason: string;
  /** Whether a job that depends on one that has failed is refused, or taken in and failed. Not documented. */
  readonly failedDependencyRefused: boolean;
  /** Whether a job that had ended is shown as cancelled or terminated when somebody asks for its end. Not documented. */
  readonly stopMarksEndedJobs: boolean;
  /** Exit code of a container that ran out of memory; 137 as the kernel kills it, 0 and 2 have been seen. */
  readonly outOfMemoryExitCode: number;
  /** Milliseconds from an event's publication to its delivery. AWS has measured about 130 for the slowest hundredth. */
  readonly eventLatencyMilliseconds: number;
  /** A schedule is invoked within so many seconds after its time, evenly spread; up to 59 with the documented precision of a minute. */
  readonly scheduleLatenessSeconds: number;
  /** Seconds between two looks for DynamoDB items whose time to live is over; "within a few days" is documented. */
  readonly timeToLiveSweepSeconds: number;
}

export const DEFAULT_SETTINGS: Settings = {
  registrationSeconds: 90,
  dispatch: 'backfill',
  placementHonoursDraining: true,
  listReturnsArrayChildren: false,
  arrayChildrenPublishEvents: true,
  eventsCarryTags: true,
  remainingResourcesShowGpus: true,
  consumableWaitBlocksQueue: false,
  consumableReleasedBetweenAttempts: true,
  nonReplenishableSet: 'available',
  spillAfterSeconds: 0,
  listLagSeconds: 0,
  instancePendingSeconds: 15,
  instanceShutdownSeconds: 30,
  memoryOverheadPercent: 3.2,
  staleContainerInstanceSeconds: 0,
  volumeCreationSeconds: 5,
  snapshotSeconds: 300,
  scalingDelaySeconds: 3,
  healthCheckSeconds: 30,
  launchRetrySeconds: 60,
  batchProvisioningSeconds: 1,
  managedScalingSeconds: 60,
  scaleDownSeconds: 300,
  fargateStartSeconds: 30,
  listOrder: 'newestFirst',
  consumableLagSeconds: 0,
  emptyUnmanagedSpills: true,
  mixedQueuesAccepted: true,
  commandShownSubstituted: true,
  dependencyFailureReason: 'Dependent Job failed',
  failedDependencyRefused: false,
  stopMarksEndedJobs: false,
  outOfMemoryExitCode: 137,
  eventLatencyMilliseconds: 100,
  scheduleLatenessSeconds: 0,
  timeToLiveSweepSeconds: 21_600,
};

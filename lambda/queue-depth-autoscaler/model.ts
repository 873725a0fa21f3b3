import type { Resources } from '../../lib/capacity/config';

/** Plain data that `decide` takes and gives. Times are milliseconds since the epoch. */

/** What a job holds while it runs, of a consumable resource. */
export interface Token {
  readonly resource: string;
  readonly quantity: number;
}

/** RUNNABLE jobs of one queue that ask the same, next to each other in dispatch order. */
export interface DemandGroup {
  readonly queueArn: string;
  readonly resources: Resources;
  /** What each needs of consumable resources. @default nothing */
  readonly tokens?: readonly Token[];
  readonly count: number;
  /** One of them, to name in a report. */
  readonly jobId: string;
}

export type InstanceLifecycle = 'Pending' | 'InService' | 'Terminating';

export interface InstanceObservation {
  readonly instanceId: string;
  readonly pool: string;
  readonly instanceType: string;
  readonly lifecycle: InstanceLifecycle;
  readonly launchedAt: number;
  /** Whether it was launched from an older version of the pool's launch template. */
  readonly outdated: boolean;
  /** Absent until the ECS agent has registered. */
  readonly container?: ContainerObservation;
}

export interface ContainerObservation {
  readonly containerInstanceArn: string;
  readonly status: 'ACTIVE' | 'DRAINING';
  readonly agentConnected: boolean;
  readonly registered: Resources;
  readonly remaining: Resources;
  /** ECS tasks running or pending, and Batch jobs STARTING or RUNNING there, whichever is more. */
  readonly jobs: number;
}

export interface PoolObservation {
  readonly name: string;
  readonly desired: number;
  /** The group's own maximum, where lower than the configured one. */
  readonly max: number;
  readonly instances: readonly InstanceObservation[];
  /** The newest launch known to have failed. May be told again and again: each is counted once, by its time. */
  readonly launchFailure?: { readonly at: number; readonly reason: string };
}

export interface Observation {
  readonly time: number;
  /** Highest queue priority first, each queue in dispatch order. */
  readonly demand: readonly DemandGroup[];
  /** How many are left of the consumable resources, by the name or ARN that jobs use. @default none of any */
  readonly availability?: ReadonlyMap<string, number>;
  readonly pools: readonly PoolObservation[];
  /** False when a read failed or the budget ended before all jobs were read: nothing may be removed for lack of demand. */
  readonly demandComplete: boolean;
  /** False when the instances could not all be read: nothing may be removed. */
  readonly supplyComplete: boolean;
}

/** What outlives a tick; one DynamoDB item per environment. */
export interface AutoscalerState {
  /** When an instance was first seen idle, by instance id. */
  readonly idleSince: Readonly<Record<string, number>>;
  /**
   * Instances that the autoscaler set to DRAINING, and when. A mark stays until the instance is seen ACTIVE again or gone:
   * whether a drain, its reversal or a termination has happened is only known by looking.
   */
  readonly drains: Readonly<Record<string, number>>;
  /** Since when an instance's agent is disconnected, or somebody else drains it, by instance id. */
  readonly unusableSince: Readonly<Record<string, number>>;
  readonly pools: Readonly<Record<string, PoolState>>;
  /** What instances were seen to register, by instance type. */
  readonly learnedCapacity: Readonly<Record<string, Resources>>;
}

export interface PoolState {
  /** No launch before this time. */
  readonly backOffUntil?: number;
  /** Launch failures in a row; a back-off doubles with each. */
  readonly launchFailures: number;
  /** When the last launch failure that was counted happened. */
  readonly lastLaunchFailureAt?: number;
  /** Since when the group wants more instances than it has. */
  readonly shortSince?: number;
  /** Times in a row that instances did not register; those launched together count once. */
  readonly registrationFailures: number;
  /** When instances were last given up for not registering. */
  readonly lastRegistrationFailureAt?: number;
  /** Set when the pool stopped launching after repeated failures, until `protectedUntil`. */
  readonly protectedUntil?: number;
}

/** A job that no pool can ever hold. */
export interface Misfit {
  readonly jobId: string;
  readonly queueArn: string;
  readonly count: number;
  readonly requested: Resources;
  /** What each dimension lacks on the pool that comes closest; 0 where it is enough. */
  readonly shortBy: Resources;
  readonly nearestPool: string;
}

export interface Launch {
  readonly pool: string;
  readonly count: number;
  /** In words, for the log and `--verbose`. */
  readonly reason: string;
}

export interface InstanceAction {
  readonly instanceId: string;
  readonly pool: string;
  readonly reason: string;
}

/** Lowers a group's desired capacity to what it has: what it still wants could not be launched. */
export interface DesiredReset {
  readonly pool: string;
  readonly desired: number;
  readonly reason: string;
}

export type UnplacedReason =
  'pool-maximum' | 'environment-maximum' | 'back-off' | 'protected' | 'gpu-pools-only' | 'supply-unknown';

/** Jobs that fit an instance of some pool, and for which none is there, on its way or being launched. */
export interface Unplaced {
  readonly jobId: string;
  readonly queueArn: string;
  readonly count: number;
  readonly requested: Resources;
  readonly reason: UnplacedReason;
}

/** A pool that stops launching, because what it launched did not register. */
export interface Protection {
  readonly pool: string;
  /** When it tries again, with one instance. */
  readonly until: number;
  readonly reason: string;
}

export interface Decision {
  readonly launches: readonly Launch[];
  /** To be set to DRAINING. */
  readonly drains: readonly InstanceAction[];
  /** Own drains taken back, because new demand needs them. */
  readonly undrains: readonly InstanceAction[];
  /** To be terminated, with decrement, once a last look has found no job on them. */
  readonly terminations: readonly InstanceAction[];
  /** Comes before the launches: those are added to what is left. */
  readonly resets: readonly DesiredReset[];
  readonly protections: readonly Protection[];
  readonly misfits: readonly Misfit[];
  readonly unplaced: readonly Unplaced[];
  /** What is to be kept, given that every action succeeds. */
  readonly state: AutoscalerState;
}

import type { Resources } from '../../lib/capacity/config';
import type { DemandGroup, Token } from '../queue-depth-autoscaler/model';

/** Plain data that `report` takes and gives. Times are milliseconds since the epoch. */

/** RUNNABLE jobs of one queue that ask the same, next to each other in dispatch order. */
export interface WaitingGroup extends DemandGroup {
  /** What each holds of consumable resources while it runs. */
  readonly tokens: readonly Token[];
  /** Since when the first of them has been submitted, where that is known. */
  readonly submittedAt?: number;
  /** What AWS Batch itself says of one of them. It speaks of the job at the head of a queue only. */
  readonly statusReason?: string;
}

export interface QueueObservation {
  readonly arn: string;
  readonly name: string;
  readonly enabled: boolean;
  /** The environments that it lists, in their order. */
  readonly environmentArns: readonly string[];
}

export type EnvironmentKind = 'unmanaged' | 'managed' | 'fargate';

export interface EnvironmentObservation {
  readonly arn: string;
  readonly name: string;
  readonly kind: EnvironmentKind;
  readonly enabled: boolean;
  /** False for one whose configuration AWS Batch has found to be wrong, or that is being deleted. */
  readonly valid: boolean;
  readonly statusReason?: string;
  readonly spot: boolean;
  /** Of a managed environment or Fargate. */
  readonly maxVcpus?: number;
  /** Of Fargate: vCPUs of tasks that start or run. */
  readonly vcpusInUse: number;
  /** Whether AWS Batch may go over the maximum by one instance. */
  readonly mayExceedMaximum: boolean;
  /** What AWS Batch may launch for a managed environment. */
  readonly types: readonly TypeObservation[];
  /** Auto Scaling groups whose instances join the environment. */
  readonly pools: readonly PoolObservation[];
  /** Registered with the environment's ECS cluster. */
  readonly instances: readonly InstanceObservation[];
}

export interface TypeObservation {
  readonly name: string;
  /** As EC2 lists it. */
  readonly listed: Resources;
  /** The least that an instance of the type has registered, when there is one. */
  readonly registered?: Resources;
}

export interface PoolObservation {
  readonly name: string;
  readonly types: readonly TypeObservation[];
  readonly spot: boolean;
  readonly desired: number;
  readonly max: number;
  /** Instances that are there or on their way, registered or not. */
  readonly live: number;
  /** Launched a short while ago, not registered yet. */
  readonly booting: number;
  /** Ids of those that should have registered long ago. */
  readonly unregistered: readonly string[];
  /** Whether somebody has suspended the group's launches. */
  readonly suspended: boolean;
  /** Whether instances with GPUs are launched for jobs without; absent where nobody says so. */
  readonly opensForCpuJobs?: boolean;
  /** The most vCPUs that all pools of the environment may have together; absent where nobody says so. */
  readonly environmentMaximum?: number;
  /** The newest launch, when it failed and not long ago. */
  readonly launchFailure?: { readonly at: number; readonly reason: string };
}

/** - `ready`: AWS Batch can place jobs there. */
export type InstanceState = 'ready' | 'draining' | 'disconnected';

export interface InstanceObservation {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly state: InstanceState;
  readonly registered: Resources;
  readonly remaining: Resources;
}

export interface ConsumableObservation {
  /** By the name or ARN that jobs use. */
  readonly resource: string;
  readonly available: number;
  /** How many there are in all, those in use among them. */
  readonly total: number;
}

export interface Observation {
  readonly queues: readonly QueueObservation[];
  readonly environments: readonly EnvironmentObservation[];
  readonly consumables: readonly ConsumableObservation[];
  /** Highest queue priority first, each queue in dispatch order. */
  readonly waiting: readonly WaitingGroup[];
  /** False when the budget ended before all waiting jobs were read: amounts are lower bounds then. */
  readonly complete: boolean;
}

/** What a job can lack; a consumable resource by its name. */
export type ResourceName = 'VCPU' | 'MEMORY' | 'GPU' | (string & {});

/** `requested` − `available` = `shortBy`, each of them 0 or more. Memory is in MiB. */
export interface Lack {
  readonly resource: ResourceName;
  /** What the jobs that cannot start ask for, together. */
  readonly requested: number;
  /** What they could have of it at best. */
  readonly available: number;
  readonly shortBy: number;
}

/**
 * - `fragmentation`: there is enough in total, but not on one instance.
 * - `draining`, `unreachable`: it is there, on instances that take no jobs.
 * - `not-launched`: nothing speaks against a launch, and none has come for long.
 * - `gpu-instances-only`: so it is, and only instances with GPUs would hold the job, which asks for none.
 * - `no-pool`: nobody is known to launch instances for the environment.
 * - `consumable-total`: a job asks for more of a consumable resource than there is in all.
 */
export type ReasonCode =
  | 'queue-disabled'
  | 'environment-disabled'
  | 'environment-invalid'
  | 'fragmentation'
  | 'draining'
  | 'unreachable'
  | 'no-instance-type'
  | 'pool-maximum'
  | 'environment-maximum'
  | 'instance-capacity'
  | 'service-quota'
  | 'launch-suspended'
  | 'not-launched'
  | 'gpu-instances-only'
  | 'no-pool'
  | 'consumable-resource'
  | 'consumable-total';

export interface Reason {
  readonly code: ReasonCode;
  /** The environment's name. */
  readonly environment?: string;
  readonly pool?: string;
  /** Instances of the pool, vCPUs of the environment, or how many there are of the consumable resource in all. */
  readonly maximum?: number;
  readonly market?: 'Spot' | 'On-Demand';
  /** Of the first twenty. */
  readonly instanceIds?: readonly string[];
  /** How many there are. */
  readonly instances?: number;
  /** The type that comes closest, of those that are too small. */
  readonly nearestType?: string;
  /** What is free on all instances together. */
  readonly free?: Resources;
  readonly consumableResource?: string;
  /** What AWS says. */
  readonly says?: string;
}

/**
 * - `instances`: there are too few.
 * - `instance-size`: there are none that are large enough.
 * - `launch`: there will be enough once they are launched, which they are not.
 * - `consumable`: a consumable resource is used up.
 * - `queue`: there is room, and the queue that is disabled makes no use of it.
 */
export type ShortageKind = 'instances' | 'instance-size' | 'launch' | 'consumable' | 'queue';

/** Instances that would do, of a pool or of an instance type of a managed environment. */
export interface MissingInstances {
  readonly environment: string;
  readonly pool: string;
  readonly count: number;
}

export interface Shortage {
  readonly queueArn: string;
  readonly kind: ShortageKind;
  /** The environment that should have what is short; nothing for a consumable resource. */
  readonly environmentArn?: string;
  /** How many jobs cannot start. */
  readonly jobs: number;
  /** The first of them, or the first that more instances would help, where there are such. */
  readonly jobId: string;
  /** Only what is short. */
  readonly lacks: readonly Lack[];
  /** What it takes to start all of them that instances of a known kind would help. */
  readonly instances: readonly MissingInstances[];
  /** What holds the jobs: first what is there and cannot be used, then what limits more. */
  readonly reasons: readonly Reason[];
}

import type {
  ContainerDetail,
  EcsTaskDetails,
  JobDependency,
  JobQueueType,
  JobStateTimeLimitAction,
  JobStatus,
  JQState,
  JQStatus,
  KeyValuePair,
  RetryStrategy,
} from '@aws-sdk/client-batch';
import type BTree from 'sorted-btree';
import type { LocalJob } from '../../workload/local-job';
import type { Timer } from '../simulation/clock';
import type { ConsumableClaim } from './consumables/consumable-resource';
import type { JobDefinitionRevision } from './definitions/job-definition';
import type { ComputeEnvironment } from './environments/compute-environment';
import type { SchedulingPolicy } from './queues/scheduling-policy';
import type { NamedResource } from './registry';
import type { Room } from './scheduling/environment-capacity';
import type { FairShareUsage } from './scheduling/fair-share-usage';
import type { PositionHistory } from './scheduling/position-history';
import type { Shape } from './scheduling/shape';

/** Jobs, their attempts and the queues that they are in know each other; so their types are in one place. */

/** What was asked: a definition with a submission's overrides put in. All children of an array share it. */
export interface JobSpec {
  readonly jobName: string;
  readonly queue: JobQueue;
  readonly definition: JobDefinitionRevision;
  readonly shape: Shape;
  /** Of a job with one container. */
  readonly container?: Readonly<ContainerDetail>;
  /** Of a job with several. */
  readonly task?: Readonly<EcsTaskDetails>;
  /** Of those several, the name of the one whose work counts: the first essential one. */
  readonly mainContainer?: string;
  /** The command of the container whose work counts, with its parameters put in. */
  readonly command: readonly string[];
  readonly environment: readonly KeyValuePair[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly retryStrategy: RetryStrategy;
  readonly timeoutSeconds?: number;
  readonly dependsOn: readonly JobDependency[];
  readonly claims: readonly ConsumableClaim[];
  readonly shareIdentifier?: string;
  readonly schedulingPriority: number;
  readonly propagateTags: boolean;
  readonly logGroup: string;
  /** What the job does when it is played. */
  readonly work: LocalJob;
  /** Jobs with the same key wait for the same room and the same consumable resources. */
  readonly groupKey: string;
}

/** What a job that is an array has beside. */
export interface ArrayState {
  readonly size: number;
  /** Empty until they are spawned. */
  children: Job[];
  readonly statusSummary: Record<JobStatus, number>;
  lastUpdatedAt: number;
  /** Arrays whose children wait for children of this one. */
  spawnWaiters: Job[];
}

export interface Job {
  readonly id: string;
  readonly spec: JobSpec;
  /** The order of submission, children of an array by their index. */
  readonly order: number;
  readonly createdAt: number;
  status: JobStatus;
  /** What lists show, which may lag. */
  listedStatus: JobStatus;
  statusReason?: string;
  runnableAt?: number;
  startedAt?: number;
  stoppedAt?: number;
  /** Attempts that have ended. */
  attempts: readonly Attempt[];
  running?: RunningAttempt;
  /** Where the latest attempt was put. */
  environment?: ComputeEnvironment;
  /** The reason given with an accepted `CancelJob`, `TerminateJob`. */
  cancelReason?: string;
  terminateReason?: string;
  /** Whether it holds its consumable resources. */
  holdsClaims: boolean;
  /** Dependencies that have not ended. */
  waitingFor: number;
  /** Jobs that wait for this one. */
  dependents?: Job[];
  /** Of an array parent. */
  readonly array?: ArrayState;
  /** Of an array child. */
  readonly parent?: Job;
  readonly index?: number;
  /** Children have none: tags do not propagate to them. */
  tags?: Record<string, string>;
}

/** One attempt of a job. Kept small: there are hundreds of thousands. */
export interface Attempt {
  readonly taskArn: string;
  /** Absent on Fargate. */
  readonly containerInstanceArn?: string;
  startedAt?: number;
  stoppedAt?: number;
  exitCode?: number;
  /** The container's. */
  reason?: string;
  statusReason?: string;
}

/** The attempt of a job that is placed. */
export interface RunningAttempt {
  readonly room: Room;
  readonly environment: ComputeEnvironment;
  readonly attempt: Attempt;
  process?: RunningJob;
  timeout?: Timer;
  timedOut: boolean;
}

/** What runs the container of an attempt. */
export interface RunningJob {
  /** SIGTERM; what has not ended 30 seconds later is killed. The observer is told of the end. */
  stop(): void;
  /** The host is gone, and the container with it: the observer hears nothing more. */
  abandon(): void;
}

export interface OrderedEnvironment {
  readonly order: number;
  readonly environment: ComputeEnvironment;
}

export interface JobQueue extends NamedResource {
  state: JQState;
  status: JQStatus;
  statusReason: string;
  priority: number;
  policy?: SchedulingPolicy;
  type: JobQueueType;
  /** In ascending order. */
  environments: readonly OrderedEnvironment[];
  timeLimitActions: readonly JobStateTimeLimitAction[];
  tags: Record<string, string>;
  readonly runnable: DispatchOrder;
  readonly positions: PositionHistory;
  /** Of a queue with a fair-share policy. */
  readonly shares?: FairShareUsage;
  /** vCPUs of jobs that are placed. */
  usedVcpus: number;
}

/** RUNNABLE jobs of one queue that wait for the same: when the first has no room, none has. */
export interface JobGroup {
  readonly shape: Shape;
  readonly jobs: BTree<number, Job>;
}

/** What came of offering a job: it started; it has no room; or nothing of its queue may start before it. */
export type Offer = 'started' | 'refused' | 'blocked';

/** The RUNNABLE jobs of a queue, in the order in which it dispatches them. */
export interface DispatchOrder {
  readonly size: number;
  add(job: Job): void;
  remove(job: Job): void;
  /** Offers jobs in their order until none of those that are left can start. A job that starts is removed meanwhile. */
  dispatch(offer: (job: Job) => Offer): void;
  /** The first jobs, as they would be dispatched had they room. */
  front(limit: number): Job[];
  /** Jobs that wait for the same, in the order of their first. */
  groups(): Iterable<JobGroup>;
}

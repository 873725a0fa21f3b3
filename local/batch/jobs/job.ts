import type {
  ContainerDetail,
  EcsTaskDetails,
  JobDependency,
  JobStatus,
  KeyValuePair,
  RetryStrategy,
} from '@aws-sdk/client-batch';
import type { LocalJob } from '../../../workload/local-job';
import type { ConsumableClaim } from '../consumables/consumable-resource';
import type { JobDefinitionRevision } from '../definitions/job-definition';
import type { ComputeEnvironment } from '../environments/compute-environment';
import type { RunningAttempt } from '../execution/attempts';
import type { JobQueue } from '../queues/job-queue';
import type { Shape } from '../scheduling/shape';
import type { Attempt } from './attempt';

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

export const STATUSES: readonly JobStatus[] = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
];

/** Every job is made here, so that all have their members in one order: an engine keeps such objects small and fast. */
export function newJob(
  job: Pick<Job, 'id' | 'spec' | 'order' | 'createdAt' | 'status' | 'array' | 'parent' | 'index' | 'tags'>,
): Job {
  return {
    id: job.id,
    spec: job.spec,
    order: job.order,
    createdAt: job.createdAt,
    status: job.status,
    listedStatus: job.status,
    statusReason: undefined,
    runnableAt: undefined,
    startedAt: undefined,
    stoppedAt: undefined,
    attempts: [],
    running: undefined,
    environment: undefined,
    cancelReason: undefined,
    terminateReason: undefined,
    holdsClaims: false,
    waitingFor: 0,
    dependents: undefined,
    array: job.array,
    parent: job.parent,
    index: job.index,
    tags: job.tags,
  };
}

/** Room for the indexes of an array's children between two submissions. */
const ORDERS_PER_SUBMISSION = 16_384;

export function orderOfSubmission(submission: number): number {
  return submission * ORDERS_PER_SUBMISSION;
}

export function orderOfChild(parent: Job, index: number): number {
  return parent.order + index + 1;
}

export function hasEnded(job: Job): boolean {
  return job.status === 'SUCCEEDED' || job.status === 'FAILED';
}

/** Whether it has been placed: from then on it can be terminated, but not cancelled. */
export function isPlaced(job: Job): boolean {
  return job.status === 'STARTING' || job.status === 'RUNNING';
}

/** The attempt that runs, else the last one. */
export function latestAttempt({ running, attempts }: Job): Attempt | undefined {
  return running?.attempt ?? attempts.at(-1);
}

/** Why somebody has asked for its end; undefined when nobody has. */
export function stopReason(job: Job): string | undefined {
  return job.terminateReason ?? job.cancelReason;
}

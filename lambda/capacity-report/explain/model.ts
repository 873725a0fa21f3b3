import type { Resources } from '../../../lib/capacity/config';
import type { JobShape } from '../../queue-depth-autoscaler/observe/job-shapes';
import type { EnvironmentKind, Lack, MissingInstances, Reason } from '../model';

/** Plain data that `explain` takes and gives. Times are milliseconds since the epoch. */

/** As AWS Batch names them. */
export type JobState = 'SUBMITTED' | 'PENDING' | 'RUNNABLE' | 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** What AWS Batch says of one job, and of what it waits for. */
export interface JobObservation {
  readonly jobId: string;
  readonly name: string;
  readonly state: JobState;
  readonly queueArn: string;
  readonly submittedAt: number;
  /** Of the latest attempt. */
  readonly startedAt?: number;
  readonly statusReason?: string;
  /** Whether somebody has cancelled it. */
  readonly cancelled: boolean;
  /** What it asks for; nothing for jobs that are not one task on one instance (multi-node parallel, EKS). */
  readonly shape?: JobShape;
  readonly dependencies: readonly Dependency[];
  /** How many children are in each state, of an array. */
  readonly children?: Readonly<Partial<Record<JobState, number>>>;
  /** Where it starts, once AWS Batch has chosen. */
  readonly host?: JobHost;
}

export interface Dependency {
  readonly jobId: string;
  /** Absent for one that AWS Batch does not know any more. */
  readonly state?: JobState;
  readonly name?: string;
}

/** The container instance of a job. */
export interface JobHost {
  readonly instanceId: string;
  readonly agentConnected: boolean;
}

/** What one environment of the job's queue has. */
export interface EnvironmentView {
  readonly name: string;
  readonly kind: EnvironmentKind;
  readonly enabled: boolean;
  readonly valid: boolean;
  /** Instances by what can be done with them. Of Fargate there are none. */
  readonly instances: {
    readonly ready: number;
    readonly draining: number;
    readonly disconnected: number;
    readonly booting: number;
  };
  /** What ready instances have registered, and what is free of it now, together. Of Fargate vCPUs only. */
  readonly registered: Resources;
  readonly free: Resources;
  /** Auto Scaling groups, with how many instances each has and may have. */
  readonly pools: readonly { readonly name: string; readonly instances: number; readonly max: number }[];
  /** Of managed environments, Fargate, and where a limit is known of unmanaged ones. */
  readonly maxVcpus?: number;
  /** What the job lacks on the instance there that comes closest, after the jobs that come before it. */
  readonly lacks: readonly Lack[];
  /** What keeps the job from having more. */
  readonly reasons: readonly Reason[];
}

export interface Explanation {
  readonly jobId: string;
  readonly name: string;
  readonly state: JobState;
  readonly jobQueue: string;
  /** What holds it, in a sentence or two. */
  readonly why: string;
  readonly nextStep: string;
  /** What it asks for. */
  readonly requests?: JobShape;
  /** How many jobs come before it: in its queue, and in queues of higher priority on the same environments. */
  readonly ahead?: number;
  /** What is short for it. */
  readonly lacks: readonly Lack[];
  readonly instances: readonly MissingInstances[];
  readonly reasons: readonly Reason[];
  readonly environments: readonly EnvironmentView[];
  readonly dependencies: readonly Dependency[];
  /** What AWS Batch itself says. */
  readonly batchSays?: string;
}

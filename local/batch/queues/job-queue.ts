import type { JobQueueDetail, JobStateTimeLimitAction, JQState, JQStatus, JobQueueType } from '@aws-sdk/client-batch';
import type { ComputeEnvironment } from '../environments/compute-environment';
import type { NamedResource } from '../registry';
import type { DispatchOrder } from '../scheduling/dispatch-order';
import type { FairShareUsage } from '../scheduling/fair-share-usage';
import type { PositionHistory } from '../scheduling/position-history';
import type { SchedulingPolicy } from './scheduling-policies';

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

export function detailOf(queue: JobQueue): JobQueueDetail {
  return {
    jobQueueName: queue.name,
    jobQueueArn: queue.arn,
    state: queue.state,
    schedulingPolicyArn: queue.policy?.arn,
    status: queue.status,
    statusReason: queue.statusReason,
    priority: queue.priority,
    computeEnvironmentOrder: queue.environments.map(({ order, environment }) => ({
      order,
      computeEnvironment: environment.arn,
    })),
    serviceEnvironmentOrder: [],
    jobQueueType: queue.type,
    tags: queue.tags,
    jobStateTimeLimitActions: [...queue.timeLimitActions],
  };
}

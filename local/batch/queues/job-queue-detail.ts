import type { JobQueueDetail } from '@aws-sdk/client-batch';
import type { JobQueue } from '../model';

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

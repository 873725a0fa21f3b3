import type { Duration } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type { Construct } from 'constructs';
import { checkSeconds, ValidationError } from '../validation/validation-error';

/**
 * Why a job at the head of a queue is not placed.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html
 */
export enum WaitingReason {
  /** No environment gets an instance. */
  INSUFFICIENT_INSTANCE_CAPACITY = 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
  /** The job asks for more vCPUs than any environment may have. */
  COMPUTE_ENVIRONMENT_MAX_RESOURCE = 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
  /** No environment has an instance type that is large enough. This shows for a moment while one boots, too. */
  JOB_RESOURCE_REQUIREMENT = 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
}

/** How long a job may be at the head of a queue, in RUNNABLE, for one reason. AWS Batch then cancels it. */
export interface WaitingLimit {
  /** Why it waits. */
  readonly reason: WaitingReason;
  /** From ten minutes to a day. */
  readonly maxTime: Duration;
}

const RANGE = { min: 600, max: 86_400 };

export function timeLimitActions(
  queue: Construct,
  limits: readonly WaitingLimit[],
): batch.CfnJobQueue.JobStateTimeLimitActionProperty[] {
  return limits.map(({ reason, maxTime }, index) => {
    checkSeconds(queue, `waitingLimits[${index}].maxTime`, maxTime, RANGE);
    if (limits.findIndex((other) => other.reason === reason) !== index) {
      const allowed = 'one that no other limit has';
      throw new ValidationError(queue, { property: `waitingLimits[${index}].reason`, value: reason, allowed });
    }
    return { reason, maxTimeSeconds: maxTime.toSeconds(), state: 'RUNNABLE', action: 'CANCEL' };
  });
}

import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import { batchEvents, countOf, JobStatus, onJobStateChange, ruleOnce } from '../events/job-events';

/** What happens to the jobs of a queue, which may be one that was there already. */
export class QueueEvents {
  /**
   * Those of a queue.
   *
   * @param queue made here, by aws-cdk-lib or imported
   */
  static of(queue: batch.IJobQueue): QueueEvents {
    return new QueueEvents(queue);
  }

  private constructor(private readonly queue: batch.IJobQueue) {}

  /**
   * A rule for the changes of the queue's jobs.
   *
   * @param id of the rule
   * @param statuses what they change to; empty for each change. There is no event for SUBMITTED.
   * @param options target and names
   */
  onStateChange(id: string, statuses: JobStatus[], options?: events.OnEventOptions): events.Rule {
    return onJobStateChange(this.queue, id, { jobQueue: [this.queue.jobQueueArn] }, statuses, options);
  }

  /** A rule for jobs that succeed. */
  onSuccess(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onStateChange(id, [JobStatus.SUCCEEDED], options);
  }

  /** A rule for jobs that fail for good. */
  onFailure(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onStateChange(id, [JobStatus.FAILED], options);
  }

  /**
   * A rule for a job at the head of the queue that AWS Batch finds no place for; its `statusReason` says why.
   *
   * @see https://docs.aws.amazon.com/batch/latest/userguide/batch-job-queue-blocked-events.html
   */
  onBlocked(id: string, options?: events.OnEventOptions): events.Rule {
    return batchEvents(this.queue, id, options ?? {}, 'Batch Job Queue Blocked', {
      jobQueue: [this.queue.jobQueueArn],
    });
  }

  /** How many jobs have succeeded, counted by an EventBridge rule of its own. */
  metricSuccess(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.count('SuccessCount', (id) => this.onSuccess(id), options);
  }

  /** How many jobs have failed for good, counted by an EventBridge rule of its own. */
  metricFailure(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.count('FailureCount', (id) => this.onFailure(id), options);
  }

  /** How often the head of the queue was blocked, counted by an EventBridge rule of its own. */
  metricBlocked(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.count('BlockedCount', (id) => this.onBlocked(id), options);
  }

  private count(
    id: string,
    make: (id: string) => events.Rule,
    options: cloudwatch.MetricOptions | undefined,
  ): cloudwatch.Metric {
    return countOf(
      ruleOnce(this.queue, id, () => make(id)),
      options,
    );
  }
}

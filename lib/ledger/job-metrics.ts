import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { METRICS } from './config';
import { JobStatus } from '../events/job-events';
import { countMetric, lookMetric, queueName } from '../metrics/foreman-metric';

/** What a ledger writes of the jobs of a queue, whichever ledger it is. */

export function jobsMetric(
  scope: IConstruct,
  queue: batch.IJobQueue,
  status: JobStatus,
  options?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  const ended = status === JobStatus.SUCCEEDED || status === JobStatus.FAILED;
  return (ended ? countMetric : lookMetric)(scope, METRICS[status], { JobQueue: queueName(queue) }, options);
}

export function waitMetric(
  scope: IConstruct,
  queue: batch.IJobQueue,
  options?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return countMetric(scope, METRICS.wait, { JobQueue: queueName(queue) }, { statistic: 'p50', ...options });
}

export function longestWaitMetric(
  scope: IConstruct,
  queue: batch.IJobQueue,
  options?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return lookMetric(scope, METRICS.longestWait, { JobQueue: queueName(queue) }, options);
}

import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { METRIC_NAMESPACE } from '../events/config';

/** A metric that a function of this library counts with: the sum of five minutes. */
export function countMetric(
  scope: IConstruct,
  metricName: string,
  dimensionsMap: Record<string, string>,
  options?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return foremanMetric(scope, metricName, dimensionsMap, { statistic: cloudwatch.Stats.SUM, ...options });
}

/** A metric that a function of this library writes at each look, once a minute: the greatest value counts. */
export function lookMetric(
  scope: IConstruct,
  metricName: string,
  dimensionsMap: Record<string, string>,
  options?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  const period = Duration.minutes(1);
  return foremanMetric(scope, metricName, dimensionsMap, { statistic: cloudwatch.Stats.MAXIMUM, period, ...options });
}

function foremanMetric(
  scope: IConstruct,
  metricName: string,
  dimensionsMap: Record<string, string>,
  options: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, ...options }).attachTo(scope);
}

/** The value of the dimension `JobQueue`. */
export function queueName(queue: batch.IJobQueue): string {
  return resourceName(queue, queue.jobQueueArn);
}

/** The value of the dimension `ComputeEnvironment`. */
export function environmentName(scope: IConstruct, environment: batch.IComputeEnvironment): string {
  return resourceName(scope, environment.computeEnvironmentArn);
}

/** The name that the functions find in the ARN too: that of an L2 may be the ARN. */
function resourceName(scope: IConstruct, arn: string): string {
  return Stack.of(scope).splitArn(arn, ArnFormat.SLASH_RESOURCE_NAME).resourceName!;
}

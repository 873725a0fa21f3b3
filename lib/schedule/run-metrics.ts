import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** A metric that the function of schedules and triggers writes. */
export function runMetric(
  scope: Construct,
  name: string,
  metricName: string,
  options: cloudwatch.MetricOptions | undefined,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'BatchForeman',
    metricName,
    dimensionsMap: { Schedule: name },
    statistic: cloudwatch.Stats.SUM,
    ...options,
  }).attachTo(scope);
}

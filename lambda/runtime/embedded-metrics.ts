import { METRIC_NAMESPACE } from '../../lib/events/config';

/** CloudWatch embedded metric format: a log line that CloudWatch turns into metrics. */
export interface MetricSet {
  dimensions: Readonly<Record<string, string>>;
  /** value, or up to `MOST_VALUES` of them, and CloudWatch unit by metric name. */
  metrics: Readonly<Record<string, Measured>>;
}

export interface Measured {
  readonly value: number | readonly number[];
  readonly unit: 'Count' | 'Seconds' | 'Megabytes' | 'None';
}

/** How many values of a metric one line may have. */
export const MOST_VALUES = 100;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
export function embeddedMetrics(time: Date, set: MetricSet): string {
  const names = Object.entries(set.metrics);
  return JSON.stringify({
    _aws: {
      Timestamp: time.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [Object.keys(set.dimensions)],
          Metrics: names.map(([Name, { unit }]) => ({ Name, Unit: unit })),
        },
      ],
    },
    ...set.dimensions,
    ...Object.fromEntries(names.map(([name, { value }]) => [name, value])),
  });
}

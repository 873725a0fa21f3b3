import type * as cloudwatch from '@aws-sdk/client-cloudwatch';
import { ServiceError } from '../wire/service';
import type { AlarmCondition } from './alarm';
import type { MetricIdentity } from './metric-series';
import { isStatistic } from './statistics';

const COMPARISONS: Readonly<Record<string, AlarmCondition['breaches']>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

const MISSING_DATA = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

/** What an alarm compares, from the input of `PutMetricAlarm`. @throws ServiceError as it refuses. */
export function alarmCondition(input: cloudwatch.PutMetricAlarmInput): AlarmCondition {
  const { metric, statistic, periodSeconds } = source(input);
  const evaluationPeriods = input.EvaluationPeriods ?? 1;
  const datapointsToAlarm = input.DatapointsToAlarm ?? evaluationPeriods;
  if (datapointsToAlarm > evaluationPeriods) {
    throw invalidAlarm('DatapointsToAlarm must not be larger than EvaluationPeriods');
  }
  const breaches = COMPARISONS[input.ComparisonOperator ?? ''];
  if (breaches === undefined || input.Threshold === undefined) {
    throw invalidAlarm('The local AWS evaluates only alarms that compare a metric with a threshold');
  }
  if (!isStatistic(statistic)) throw invalidAlarm(`The statistic ${statistic} is not known`);
  if (![10, 20, 30].includes(periodSeconds) && periodSeconds % 60 !== 0) {
    throw invalidAlarm('Period must be 10, 20, 30 or a multiple of 60');
  }
  const missingData = MISSING_DATA.find((way) => way === (input.TreatMissingData ?? 'missing'));
  if (missingData === undefined) throw invalidAlarm(`${input.TreatMissingData} is no way to treat missing data`);
  return {
    metric,
    statistic,
    periodSeconds,
    evaluationPeriods,
    datapointsToAlarm,
    threshold: input.Threshold,
    breaches,
    missingData,
  };
}

/** The metric is named by itself or as the only member of `Metrics`. */
function source(input: cloudwatch.PutMetricAlarmInput): Pick<AlarmCondition, 'metric' | 'statistic' | 'periodSeconds'> {
  const [query, ...others] = input.Metrics ?? [];
  if (others.length > 0 || query?.Expression !== undefined) {
    throw invalidAlarm('The local AWS evaluates no metric math');
  }
  const { Metric = input, Period = input.Period, Stat } = query?.MetricStat ?? {};
  const statistic = Stat ?? input.Statistic ?? input.ExtendedStatistic;
  if (
    Metric.Namespace === undefined ||
    Metric.MetricName === undefined ||
    Period === undefined ||
    statistic === undefined
  ) {
    throw invalidAlarm('An alarm needs a metric, a statistic and a period');
  }
  return {
    metric: metricIdentity(Metric.Namespace, Metric.MetricName, Metric.Dimensions),
    statistic,
    periodSeconds: Period,
  };
}

export function metricIdentity(
  namespace: string,
  metric: string,
  dimensions: readonly cloudwatch.Dimension[] = [],
): MetricIdentity {
  return { namespace, metric, dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name!, Value!])) };
}

function invalidAlarm(message: string): ServiceError {
  return new ServiceError('ValidationError', message);
}

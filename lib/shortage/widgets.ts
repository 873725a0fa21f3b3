import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS } from './config';
import { METRIC_NAMESPACE } from '../events/config';

/** A queue, as widgets show it. */
export interface ReportedQueue {
  readonly name: string;
  readonly waiting: cloudwatch.IMetric;
  readonly short: cloudwatch.IMetric;
}

const WHOLE_WIDTH = 24;
const HALF_WIDTH = 12;
const HEIGHT = 6;

/** One row for all queues, and one for each. */
export function shortageWidgets(
  alarms: readonly cloudwatch.IAlarm[],
  queues: readonly ReportedQueue[],
): cloudwatch.IWidget[] {
  return [
    new cloudwatch.AlarmStatusWidget({ title: 'Jobs that cannot start', alarms: [...alarms], width: WHOLE_WIDTH }),
    ...queues.flatMap(queueWidgets),
    new cloudwatch.GraphWidget({
      title: 'Instances that would let the jobs start',
      left: [
        found('', METRICS.missingInstances, 'ComputeEnvironment,Pool'),
        found('', METRICS.missingInstances, 'ComputeEnvironment'),
      ],
      width: WHOLE_WIDTH,
      height: HEIGHT,
    }),
  ];
}

function queueWidgets({ name, waiting, short }: ReportedQueue): cloudwatch.IWidget[] {
  const ofQueue = `JobQueue="${name}"`;
  return [
    new cloudwatch.GraphWidget({
      title: `${name}: jobs`,
      left: [waiting, short],
      width: HALF_WIDTH,
      height: HEIGHT,
    }),
    new cloudwatch.GraphWidget({
      title: `${name}: short by`,
      left: [found(ofQueue, METRICS.shortBy, 'JobQueue,Resource')],
      width: HALF_WIDTH,
      height: HEIGHT,
    }),
  ];
}

/** All metrics of a name: which resources and pools there are is not known here. */
function found(terms: string, metricName: string, dimensions: string): cloudwatch.IMetric {
  const search = [`{${METRIC_NAMESPACE},${dimensions}}`, `MetricName="${metricName}"`, terms].filter(Boolean).join(' ');
  return new cloudwatch.MathExpression({
    expression: `SEARCH('${search}', 'Maximum', 60)`,
    usingMetrics: {},
    label: '',
    period: Duration.minutes(1),
  });
}

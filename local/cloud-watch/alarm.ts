import type { SimulationClock, Timer } from '../simulation/clock';
import type { MetricIdentity } from './metric-series';
import type { MetricStore } from './metric-store';
import { statisticOf } from './statistics';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export interface AlarmCondition {
  readonly metric: MetricIdentity;
  readonly statistic: string;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly breaches: (value: number, threshold: number) => boolean;
  readonly missingData: 'missing' | 'ignore' | 'breaching' | 'notBreaching';
}

export interface Evaluation {
  readonly state: AlarmState;
  readonly reason: string;
}

/**
 * Evaluates one alarm at the end of each period in which the outcome can differ from the last: after new values, until
 * they have left the window. An idle alarm costs nothing.
 */
export class AlarmEvaluator {
  private timer: Timer | undefined;
  private readonly stopWatching: () => void;

  /** @param report told the outcome of each evaluation; undefined leaves the state as it is. */
  constructor(
    private readonly clock: SimulationClock,
    private readonly metrics: MetricStore,
    private readonly condition: AlarmCondition,
    private readonly report: (evaluation: Evaluation | undefined) => void,
  ) {
    this.stopWatching = metrics.watch(condition.metric, () => this.scheduleEvaluation());
    this.scheduleEvaluation();
  }

  stop(): void {
    this.stopWatching();
    this.timer?.cancel();
  }

  private scheduleEvaluation(): void {
    const period = this.condition.periodSeconds * 1000;
    this.timer ??= this.clock.at((Math.floor(this.clock.now() / period) + 1) * period, () => {
      this.timer = undefined;
      const window = this.window();
      this.report(evaluate(this.condition, window));
      if (!this.steady(window)) this.scheduleEvaluation();
    });
  }

  /** The value of each period, oldest first. */
  private window(): (number | undefined)[] {
    const { metric, statistic, periodSeconds, evaluationPeriods } = this.condition;
    const period = periodSeconds * 1000;
    const end = Math.floor(this.clock.now() / period) * period;
    const series = this.metrics.get(metric);
    return Array.from({ length: evaluationPeriods }, (_, index) => {
      const from = end - (evaluationPeriods - index) * period;
      const statistics = series?.statistics(from, from + period);
      return statistics && statisticOf(statistics, statistic);
    });
  }

  /** Whether the window will look the same until a new value comes. */
  private steady(window: readonly (number | undefined)[]): boolean {
    const holds = this.metrics.get(this.condition.metric)?.holds === true;
    return window.every((value) => value === (holds ? window[0] : undefined));
  }
}

/**
 * @param window the value of each period, undefined where there is none.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data
 */
export function evaluate(condition: AlarmCondition, window: readonly (number | undefined)[]): Evaluation | undefined {
  const { threshold, breaches, missingData, datapointsToAlarm: needed } = condition;
  const present = window.filter((value) => value !== undefined);
  const missing = window.length - present.length;
  let breaching = present.filter((value) => breaches(value, threshold)).length;
  let known = present.length;
  if (missingData === 'breaching' || missingData === 'notBreaching') {
    known = window.length;
    if (missingData === 'breaching') breaching += missing;
  }
  const values = present.length === 0 ? 'no datapoints' : `datapoints [${present.join(', ')}]`;
  const reason = `${breaching} out of the last ${window.length} (${values}) breached the threshold (${threshold})`;
  if (known === 0) {
    return missingData === 'ignore'
      ? undefined
      : { state: 'INSUFFICIENT_DATA', reason: `Insufficient Data: ${values} in the last ${window.length} periods` };
  }
  if (missingData === 'ignore') {
    if (breaching >= needed) return { state: 'ALARM', reason };
    return known - breaching > window.length - needed ? { state: 'OK', reason } : undefined;
  }
  return { state: breaching >= Math.min(needed, known) ? 'ALARM' : 'OK', reason };
}

import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type { FunctionInvoker, MetricSink, TopicPublisher } from '../ports';
import type { Service } from '../wire/service';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { AlarmEvaluator } from './alarm';
import type { AlarmState, Evaluation } from './alarm';
import { alarmCondition, metricIdentity } from './alarm-definition';
import { embeddedMetrics } from './embedded-metrics';
import { MetricStore } from './metric-store';
import type { MetricIdentity, MetricSeries } from './metric-series';
import { isStatistic, statisticOf } from './statistics';

export interface CloudWatchPorts {
  /** Whose lines may hold metrics in the embedded format. */
  readonly logs: { onLine(listener: (line: { message: string }) => void): void };
  readonly topics: TopicPublisher;
  readonly functions: FunctionInvoker;
}

interface StoredAlarm {
  readonly input: cloudwatch.PutMetricAlarmInput;
  readonly arn: string;
  readonly evaluator: AlarmEvaluator;
  readonly configuredAt: number;
  state: AlarmState;
  reason: string;
  changedAt: number;
  actionsEnabled: boolean;
}

/** What is known of a metric in one line. */
export interface MetricReport extends MetricIdentity {
  /** Milliseconds since the epoch. */
  readonly lastTime: number;
  readonly sum: number;
  readonly count: number;
  readonly maximum: number;
}

/** Amazon CloudWatch: metrics and alarms. */
export class CloudWatchService implements MetricSink {
  readonly api: Service;
  private readonly metrics: MetricStore;
  private readonly alarms = new Map<string, StoredAlarm>();
  private readonly dashboards = new Map<string, string>();

  constructor(
    private readonly world: World,
    private readonly ports: CloudWatchPorts,
  ) {
    this.metrics = new MetricStore(world.clock);
    ports.logs.onLine(({ message }) => this.readLogLine(message));
    this.api = {
      signingName: 'monitoring',
      protocol: 'json1.0',
      sdk: cloudwatch,
      operations: { ...this.metricOperations(), ...this.alarmOperations(), ...this.dashboardOperations() },
    };
  }

  record(namespace: string, metric: string, dimensions: Readonly<Record<string, string>>, value: number): void {
    this.metrics.record({ namespace, metric, dimensions }, undefined, this.world.clock.now(), [value]);
  }

  gauges(...quantities: Parameters<MetricSink['gauges']>): () => void {
    return this.metrics.gauges(...quantities);
  }

  report(): MetricReport[] {
    return this.metrics.all().map((series) => {
      const { sum, count, maximum } = series.statistics(0, Infinity)!;
      return { ...series.identity, lastTime: series.lastTime()!, sum, count, maximum };
    });
  }

  private readLogLine(line: string): void {
    for (const { identity, unit, time, values } of embeddedMetrics(line)) {
      this.metrics.record(identity, unit, time, values);
    }
  }

  private metricOperations(): Service['operations'] {
    return {
      PutMetricData: (input: cloudwatch.PutMetricDataInput) => this.putMetricData(input),
      ListMetrics: (input: cloudwatch.ListMetricsInput) => this.listMetrics(input),
      GetMetricStatistics: (input: cloudwatch.GetMetricStatisticsInput) => this.getMetricStatistics(input),
      GetMetricData: (input: cloudwatch.GetMetricDataInput) => this.getMetricData(input),
    };
  }

  private putMetricData({ Namespace = '', MetricData = [] }: cloudwatch.PutMetricDataInput): void {
    if (Namespace.startsWith('AWS/')) throw invalidParameter('The value AWS/ for parameter Namespace is invalid.');
    for (const datum of MetricData) {
      const identity = metricIdentity(Namespace, datum.MetricName!, datum.Dimensions);
      const series = this.metrics.recorded(identity, datum.Unit);
      const time = datum.Timestamp?.getTime() ?? this.world.clock.now();
      const { Value, Values = [], Counts = [], StatisticValues: set } = datum;
      if (set !== undefined) {
        const { Sum: sum = 0, SampleCount: count = 0, Minimum: minimum = 0, Maximum: maximum = 0 } = set;
        series.record(time, { sum, count, minimum, maximum, values: new Map() });
      }
      if (Value !== undefined) series.recordValue(time, Value);
      Values.forEach((value, index) => series.recordValue(time, value, Counts[index] ?? 1));
      this.metrics.changed(identity);
    }
  }

  private listMetrics({
    Namespace,
    MetricName,
    Dimensions = [],
  }: cloudwatch.ListMetricsInput): cloudwatch.ListMetricsOutput {
    const found = this.metrics.all().filter(
      ({ identity }) =>
        (Namespace === undefined || identity.namespace === Namespace) &&
        (MetricName === undefined || identity.metric === MetricName) &&
        Dimensions.every(({ Name, Value }) => {
          const own = identity.dimensions[Name!];
          return own !== undefined && (Value === undefined || own === Value);
        }),
    );
    return { Metrics: found.map(({ identity }) => describeMetric(identity)) };
  }

  private getMetricStatistics(input: cloudwatch.GetMetricStatisticsInput): cloudwatch.GetMetricStatisticsOutput {
    const { Statistics = [], ExtendedStatistics = [] } = input;
    const series = this.metrics.get(metricIdentity(input.Namespace!, input.MetricName!, input.Dimensions));
    const points = periods(input.StartTime!, input.EndTime!, input.Period!).flatMap(([from, to]) => {
      const values = series?.statistics(from, to);
      if (values === undefined) return [];
      const point: cloudwatch.Datapoint = {
        Timestamp: new Date(from),
        Unit: (series!.unit ?? 'None') as cloudwatch.StandardUnit,
      };
      for (const name of Statistics) point[name] = statisticOf(values, name);
      if (ExtendedStatistics.length > 0) {
        point.ExtendedStatistics = Object.fromEntries(
          ExtendedStatistics.map((name) => [name, statisticOf(values, requireStatistic(name))]),
        );
      }
      return [point];
    });
    return { Label: input.MetricName, Datapoints: points };
  }

  private getMetricData(input: cloudwatch.GetMetricDataInput): cloudwatch.GetMetricDataOutput {
    const { MetricDataQueries = [], StartTime, EndTime, ScanBy } = input;
    const results = MetricDataQueries.filter(({ ReturnData = true }) => ReturnData).map((query) => {
      if (query.MetricStat === undefined) throw invalidParameter('The local AWS evaluates no metric math');
      const { Metric, Period, Stat } = query.MetricStat;
      const series = this.metrics.get(metricIdentity(Metric!.Namespace!, Metric!.MetricName!, Metric!.Dimensions));
      const points = valuesOf(series, periods(StartTime!, EndTime!, Period!), requireStatistic(Stat!));
      if (ScanBy !== 'TimestampAscending') points.reverse();
      return {
        Id: query.Id,
        Label: query.Label ?? Metric!.MetricName,
        Timestamps: points.map(([time]) => new Date(time)),
        Values: points.map(([, value]) => value),
        StatusCode: 'Complete' as const,
      };
    });
    return { MetricDataResults: results };
  }

  private alarmOperations(): Service['operations'] {
    return {
      PutMetricAlarm: (input: cloudwatch.PutMetricAlarmInput) => this.putAlarm(input),
      DescribeAlarms: (input: cloudwatch.DescribeAlarmsInput): cloudwatch.DescribeAlarmsOutput => {
        const { AlarmNames, AlarmNamePrefix = '', StateValue } = input;
        const found = [...this.alarms.values()].filter(
          ({ input: { AlarmName = '' }, state }) =>
            (AlarmNames === undefined || AlarmNames.includes(AlarmName)) &&
            AlarmName.startsWith(AlarmNamePrefix) &&
            (StateValue === undefined || state === StateValue),
        );
        return { MetricAlarms: found.map(describeAlarm), CompositeAlarms: [] };
      },
      DeleteAlarms: ({ AlarmNames = [] }: cloudwatch.DeleteAlarmsInput) => {
        for (const name of AlarmNames) {
          this.alarms.get(name)?.evaluator.stop();
          this.alarms.delete(name);
        }
      },
      SetAlarmState: ({ AlarmName, StateValue, StateReason }: cloudwatch.SetAlarmStateInput) => {
        const stored = this.alarms.get(AlarmName!);
        if (stored === undefined) throw new ServiceError('ResourceNotFound', 'The alarm does not exist', 404);
        this.apply(stored, { state: StateValue!, reason: StateReason! });
      },
      EnableAlarmActions: ({ AlarmNames }: cloudwatch.EnableAlarmActionsInput) => this.enableActions(AlarmNames, true),
      DisableAlarmActions: ({ AlarmNames }: cloudwatch.DisableAlarmActionsInput) =>
        this.enableActions(AlarmNames, false),
    };
  }

  private putAlarm(input: cloudwatch.PutMetricAlarmInput): void {
    const condition = alarmCondition(input);
    const former = this.alarms.get(input.AlarmName!);
    former?.evaluator.stop();
    const now = this.world.clock.now();
    const stored: StoredAlarm = {
      input,
      arn: arn(this.world, 'cloudwatch', `alarm:${input.AlarmName}`),
      configuredAt: now,
      state: former?.state ?? 'INSUFFICIENT_DATA',
      reason: former?.reason ?? 'Unchecked: Initial alarm creation',
      changedAt: former?.changedAt ?? now,
      actionsEnabled: input.ActionsEnabled ?? true,
      evaluator: new AlarmEvaluator(this.world.clock, this.metrics, condition, (evaluation) => {
        if (evaluation !== undefined) this.apply(stored, evaluation);
      }),
    };
    this.alarms.set(input.AlarmName!, stored);
  }

  private enableActions(names: readonly string[] | undefined, enabled: boolean): void {
    for (const name of names ?? []) {
      const stored = this.alarms.get(name);
      if (stored !== undefined) stored.actionsEnabled = enabled;
    }
  }

  private apply(stored: StoredAlarm, { state, reason }: Evaluation): void {
    const previous = { value: stored.state, reason: stored.reason, timestamp: isoTime(stored.changedAt) };
    stored.reason = reason;
    if (stored.state === state) return;
    stored.state = state;
    stored.changedAt = this.world.clock.now();
    const {
      AlarmName,
      AlarmDescription,
      AlarmActions = [],
      OKActions = [],
      InsufficientDataActions = [],
    } = stored.input;
    const current = { value: state, reason, timestamp: isoTime(stored.changedAt) };
    this.world.events.publish({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [stored.arn],
      detail: {
        alarmName: AlarmName,
        state: current,
        previousState: previous,
        configuration: { description: AlarmDescription },
      },
    });
    if (!stored.actionsEnabled) return;
    const actions = { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions }[state];
    for (const action of actions) this.act(action, stored, previous.value);
  }

  private act(action: string, stored: StoredAlarm, previous: AlarmState): void {
    const { AlarmName, AlarmDescription } = stored.input;
    const service = action.split(':')[2];
    const message = {
      AlarmName,
      AlarmDescription,
      AlarmArn: stored.arn,
      AWSAccountId: this.world.accountId,
      NewStateValue: stored.state,
      NewStateReason: stored.reason,
      StateChangeTime: isoTime(stored.changedAt),
      OldStateValue: previous,
    };
    const subject = `${stored.state}: "${AlarmName}" in ${this.world.region}`;
    try {
      if (service === 'lambda') this.ports.functions.invokeAsync(action, { source: 'aws.cloudwatch', ...message });
      else if (service === 'sns') this.ports.topics.publish(action, JSON.stringify(message), { subject });
    } catch (error) {
      // An action that cannot be taken does not keep the alarm from changing its state.
      if (!(error instanceof ServiceError)) throw error;
    }
  }

  private dashboardOperations(): Service['operations'] {
    return {
      PutDashboard: ({ DashboardName, DashboardBody }: cloudwatch.PutDashboardInput) => {
        this.dashboards.set(DashboardName!, DashboardBody!);
        return { DashboardValidationMessages: [] };
      },
      GetDashboard: ({ DashboardName }: cloudwatch.GetDashboardInput): cloudwatch.GetDashboardOutput => {
        const DashboardBody = this.dashboards.get(DashboardName!);
        if (DashboardBody === undefined)
          throw new ServiceError('ResourceNotFound', 'The dashboard does not exist', 404);
        return {
          DashboardName,
          DashboardBody,
          DashboardArn: arn(this.world, 'cloudwatch', `dashboard/${DashboardName}`),
        };
      },
      DeleteDashboards: ({ DashboardNames = [] }: cloudwatch.DeleteDashboardsInput) => {
        for (const name of DashboardNames) this.dashboards.delete(name);
      },
    };
  }
}

function describeAlarm({
  input,
  arn: AlarmArn,
  configuredAt,
  state,
  reason,
  changedAt,
  actionsEnabled,
}: StoredAlarm): cloudwatch.MetricAlarm {
  const { Tags: _, ...configuration } = input;
  return {
    ...configuration,
    AlarmArn,
    ActionsEnabled: actionsEnabled,
    AlarmConfigurationUpdatedTimestamp: new Date(configuredAt),
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: new Date(changedAt),
  };
}

function describeMetric({ namespace, metric, dimensions }: MetricIdentity): cloudwatch.Metric {
  return {
    Namespace: namespace,
    MetricName: metric,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  };
}

/** The periods that begin between two times, each as [from, to). */
function periods(start: Date, end: Date, seconds: number): [number, number][] {
  const length = seconds * 1000;
  const first = Math.floor(start.getTime() / length) * length;
  const count = Math.ceil((end.getTime() - first) / length);
  if (count > 100_000) throw invalidParameter('More datapoints are asked for than the limit of 100,800');
  return Array.from({ length: Math.max(0, count) }, (_, index) => [
    first + index * length,
    first + (index + 1) * length,
  ]);
}

function valuesOf(
  series: MetricSeries | undefined,
  spans: readonly [number, number][],
  statistic: string,
): [number, number][] {
  return spans.flatMap(([from, to]): [number, number][] => {
    const values = series?.statistics(from, to);
    return values === undefined ? [] : [[from, statisticOf(values, statistic)]];
  });
}

function requireStatistic(name: string): string {
  if (!isStatistic(name)) throw invalidParameter(`The value ${name} for parameter Stat is invalid.`);
  return name;
}

function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterValue', message);
}

function isoTime(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000');
}

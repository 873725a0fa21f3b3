import type { Duration } from 'aws-cdk-lib';
import { Lazy, Names, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ConcurrencyPolicy } from './concurrency-policy';
import type { ScheduleConfig, ScheduleMessage } from './config';
import { RUN_METRICS } from './config';
import type { JobRunOptions } from './job-run-options';
import { MissedRuns } from './missed-runs';
import { runTarget, SCHEDULED } from './run-target';
import { ScheduleRunner } from './schedule-runner';
import { InvalidSchedule, scheduleTimes } from './schedule-times';
import { countMetric } from '../metrics/foreman-metric';
import { checkSeconds, checkWholeNumber, ValidationError } from '../validation/validation-error';

export interface ScheduledJobProps extends JobRunOptions {
  /** When: cron, rate or one time, in a time zone. Days without the time, as clocks are put forward, are left out. */
  readonly schedule: scheduler.ScheduleExpression;

  /**
   * Name of the schedule, with which the names of its jobs begin: up to 64 letters, digits, hyphens and underscores, the
   * first a letter or digit.
   *
   * @default - made of the construct's path
   */
  readonly scheduleName?: string;

  /**
   * Of the schedule.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Within how long after its time a run may start, for EventBridge Scheduler to spread runs; from 1 minute to 24 hours.
   *
   * @default - within the minute
   */
  readonly flexibleWindow?: Duration;

  /**
   * No run is due before. A rate counts from here.
   *
   * @default - from the deployment on
   */
  readonly start?: Date;

  /**
   * No run is due after.
   *
   * @default - without end
   */
  readonly end?: Date;

  /**
   * What happens when a run is due while others are active.
   *
   * @default ConcurrencyPolicy.ALLOW
   */
  readonly concurrencyPolicy?: ConcurrencyPolicy;

  /**
   * How many runs may be active at a time; from 1 to 100. A run is active from its submission until its job, or the last
   * of its retries, has ended.
   *
   * @default - 1 with FORBID and REPLACE, no limit with ALLOW
   */
  readonly maxActiveRuns?: number;

  /**
   * How late a run may be submitted; later it is skipped. At least a minute, which EventBridge Scheduler may take, more
   * than the flexible window.
   *
   * @default - as late as need be
   */
  readonly startingDeadline?: Duration;

  /**
   * Whether the schedule rests. What is due meanwhile is missed.
   *
   * @default false
   */
  readonly suspended?: boolean;

  /**
   * What becomes of times at which nothing could be started.
   *
   * @default MissedRuns.LATEST
   */
  readonly missedRuns?: MissedRuns;
}

/** What EventBridge Scheduler puts in the place of in an input. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';
const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;
const LONGEST_NAME = 64;
/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
const PRECISION_SECONDS = 60;

/**
 * Runs a job, or a workflow, on a clock: exactly one for each time that the policy admits, named `<schedule>-<yyyymmddThhmmssZ>`. It knows
 * its time as the parameter `scheduledTime` and the variable `FOREMAN_SCHEDULED_TIME`.
 *
 * All schedules and triggers of a stack share one function. To run what has not run in a period, invoke it with
 * `{"backfill": {"schedule": "name", "from": "2026-01-01T00:00:00Z", "to": "…", "dryRun": true}}`.
 */
export class ScheduledJob extends Construct {
  readonly schedule: scheduler.Schedule;
  readonly scheduleName: string;
  /** Starts the runs of all schedules and triggers of the stack. */
  readonly function: lambda.IFunction;
  /** Takes runs that could not be started; what is moved back from it is tried again. Shared as the function is. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue. Give it an action. Shared as the function is. */
  readonly deadLetterAlarm: cloudwatch.Alarm;

  /**
   * Within how long after its time a run may start.
   *
   * @internal
   */
  readonly _windowSeconds: number;

  constructor(scope: Construct, id: string, props: ScheduledJobProps) {
    super(scope, id);
    check(this, props);
    this._windowSeconds = secondsOf(props.flexibleWindow);
    const target = runTarget(this, props, SCHEDULED);
    const { concurrencyPolicy = ConcurrencyPolicy.ALLOW, maxActiveRuns, missedRuns = MissedRuns.LATEST } = props;
    const config = (): ScheduleConfig => ({
      concurrencyPolicy,
      maxActiveRuns,
      missedRuns: missedRuns.limit,
      startingDeadlineSeconds: props.startingDeadline?.toSeconds(),
      target: target.config(runner.ledger),
    });
    const runner = ScheduleRunner.of(this, props.ledger ?? props.workflow?.ledger);
    const observe = concurrencyPolicy !== ConcurrencyPolicy.ALLOW || maxActiveRuns !== undefined;
    if (observe) this.node.addValidation({ validate: () => target.problems(runner.ledger) });
    runner.checkKey(this);
    runner.serve(target, {
      observe,
      stop: concurrencyPolicy === ConcurrencyPolicy.REPLACE,
    });
    this.function = runner.function;
    this.deadLetterQueue = runner.deadLetterQueue;
    this.deadLetterAlarm = runner.deadLetterAlarm;
    const scheduleName =
      props.scheduleName ?? Names.uniqueResourceName(this, { maxLength: LONGEST_NAME, separator: '-' });
    const message = (): ScheduleMessage => ({
      schedule: scheduleName,
      scheduledTime: SCHEDULED_TIME,
      config: config(),
    });
    this.schedule = new scheduler.Schedule(this, 'Schedule', {
      schedule: props.schedule,
      scheduleName,
      description: props.description,
      scheduleGroup: runner.group,
      timeWindow: props.flexibleWindow && scheduler.TimeWindow.flexible(props.flexibleWindow),
      start: props.start,
      end: props.end,
      enabled: !props.suspended,
      target: {
        bind: () => ({
          arn: runner.messages.queueArn,
          role: runner.schedulerRole,
          input: scheduler.ScheduleTargetInput.fromText(
            Lazy.string({ produce: () => Stack.of(this).toJsonString(message()) }),
          ),
          deadLetterConfig: { arn: runner.deadLetterQueue.queueArn },
        }),
      },
    });
    // By the property of aws-cdk-lib the role could read whatever is encrypted with the key.
    (this.schedule.node.defaultChild as scheduler.CfnSchedule).kmsKeyArn = runner.encryptionKey?.keyArn;
    // The schedule says the group's name only; and before Scheduler may send, nothing is due.
    this.schedule.node.addDependency(runner.group, runner.schedulerRole);
    this.scheduleName = scheduleName;
  }

  /** How many runs have been started. */
  metricStarted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, RUN_METRICS.started, { Schedule: this.scheduleName }, options);
  }

  /** How many runs have been skipped. With the dimension `Reason`: MISSED, DEADLINE, ACTIVE_RUNS, REPLACED. */
  metricSkipped(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, RUN_METRICS.skipped, { Schedule: this.scheduleName }, options);
  }

  /** How many runs could not be started. */
  metricFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, RUN_METRICS.failed, { Schedule: this.scheduleName }, options);
  }

  /** How many seconds after their time runs have been submitted. */
  metricLateness(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(
      this,
      RUN_METRICS.lateness,
      { Schedule: this.scheduleName },
      {
        statistic: 'Maximum',
        ...options,
      },
    );
  }
}

function check(scope: Construct, props: ScheduledJobProps): void {
  const { scheduleName: name, flexibleWindow, startingDeadline, start, end, missedRuns } = props;
  if (name !== undefined && !Token.isUnresolved(name) && !NAME.test(name)) {
    const allowed = '1 to 64 letters, digits, hyphens and underscores, the first a letter or digit';
    throw new ValidationError(scope, { property: 'scheduleName', value: JSON.stringify(name), allowed });
  }
  if (start && end && end <= start) {
    throw new ValidationError(scope, {
      property: 'end',
      value: end.toISOString(),
      allowed: `later than start, ${start.toISOString()}`,
    });
  }
  checkSchedule(scope, props);
  checkSeconds(scope, 'flexibleWindow', flexibleWindow, { min: 60, max: 86_400 });
  checkWholeMinutes(scope, flexibleWindow);
  checkWholeNumber(scope, 'maxActiveRuns', props.maxActiveRuns, { min: 1, max: 100 });
  checkWholeNumber(scope, 'missedRuns.limit', missedRuns?.limit, { min: 0, max: 500 });
  const min = PRECISION_SECONDS + secondsOf(flexibleWindow);
  checkSeconds(scope, 'startingDeadline', startingDeadline, { min });
}

function secondsOf(window: Duration | undefined): number {
  return window === undefined || window.isUnresolved() ? 0 : window.toSeconds();
}

function checkWholeMinutes(scope: Construct, window: Duration | undefined): void {
  if (window === undefined || window.isUnresolved() || window.toSeconds() % 60 === 0) return;
  const value = `${window.toSeconds()} s`;
  throw new ValidationError(scope, { property: 'flexibleWindow', value, allowed: 'a whole number of minutes' });
}

function checkSchedule(scope: Construct, { schedule, start, end }: ScheduledJobProps): void {
  const { expressionString: expression, timeZone } = schedule;
  const zone = timeZone?.timezoneName ?? 'UTC';
  if (Token.isUnresolved(expression) || Token.isUnresolved(zone)) return;
  try {
    const times = scheduleTimes(expression, zone);
    if (expression.startsWith('rate(')) return;
    const first = times.after((start?.getTime() ?? 0) - 1);
    if (first !== undefined && first <= (end?.getTime() ?? Infinity)) return;
    throw new InvalidSchedule('schedule', 'due at least once between start and end');
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    const { subject, allowed } = error;
    throw new ValidationError(scope, {
      property: subject === 'timeZone' ? 'schedule.timeZone' : 'schedule',
      value: subject === 'timeZone' ? JSON.stringify(zone) : expression,
      allowed,
    });
  }
}

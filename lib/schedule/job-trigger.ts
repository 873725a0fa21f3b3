import { Names, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { TriggerMessage } from './config';
import { RUN_METRICS } from './config';
import { eventTexts } from './event-texts';
import type { JobRunOptions } from './job-run-options';
import { runTarget } from './run-target';
import { ScheduleRunner } from './schedule-runner';
import type { TriggerEvent } from './trigger-event';
import { queueTarget } from '../events/queue-target';
import { countMetric } from '../metrics/foreman-metric';
import { ValidationError } from '../validation/validation-error';

/**
 * Of `parameters`, values of the event are given by `EventField` of `aws-cdk-lib/aws-events`:
 * `{ input: `s3://${EventField.fromPath('$.detail.bucket.name')}/${EventField.fromPath('$.detail.object.key')}` }`.
 * What the event does not have is empty.
 */
export interface JobTriggerProps extends JobRunOptions {
  /** What sets it off. */
  readonly event: TriggerEvent;

  /**
   * Name of the trigger, with which the names of its jobs begin: up to 64 letters, digits, hyphens and underscores, the
   * first a letter or digit.
   *
   * @default - made of the construct's path
   */
  readonly triggerName?: string;

  /**
   * Where the events come by.
   *
   * @default - the account's default bus
   */
  readonly eventBus?: events.IEventBus;

  /**
   * Whether events set it off.
   *
   * @default true
   */
  readonly enabled?: boolean;
}

const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;
const LONGEST_NAME = 64;

/**
 * Runs a job, or a workflow, when an event arrives: one for each event, however often EventBridge delivers it, named
 * `<trigger>-<event id>`. All schedules and triggers of a stack share one function.
 */
export class JobTrigger extends Construct {
  readonly rule: events.Rule;
  readonly triggerName: string;
  /** Starts the runs of all schedules and triggers of the stack. */
  readonly function: lambda.IFunction;
  /** Takes runs that could not be started; what is moved back from it is tried again. Shared as the function is. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue. Give it an action. Shared as the function is. */
  readonly deadLetterAlarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: JobTriggerProps) {
    super(scope, id);
    const { triggerName: name } = props;
    if (name !== undefined && !Token.isUnresolved(name) && !NAME.test(name)) {
      const allowed = '1 to 64 letters, digits, hyphens and underscores, the first a letter or digit';
      throw new ValidationError(this, { property: 'triggerName', value: JSON.stringify(name), allowed });
    }
    this.triggerName = name ?? Names.uniqueResourceName(this, { maxLength: LONGEST_NAME, separator: '-' });
    const target = runTarget(this, props, []);
    const runner = ScheduleRunner.of(this, props.ledger ?? props.workflow?.ledger);
    runner.checkKey(this);
    runner.serve(target, { observe: false, stop: false });
    this.function = runner.function;
    this.deadLetterQueue = runner.deadLetterQueue;
    this.deadLetterAlarm = runner.deadLetterAlarm;
    const { texts, values } = eventTexts(props.parameters ?? {});
    const message: TriggerMessage = {
      trigger: this.triggerName,
      eventId: events.EventField.eventId,
      time: events.EventField.time,
      target: { ...target.config(), parameters: undefined },
      texts,
      values,
    };
    this.rule = new events.Rule(this, 'Rule', {
      eventPattern: props.event.pattern,
      eventBus: props.eventBus,
      enabled: props.enabled,
      targets: [
        queueTarget(runner.messages, {
          message: events.RuleTargetInput.fromObject(message),
          deadLetterQueue: runner.deadLetterQueue,
        }),
      ],
    });
  }

  /** How many runs have been started. */
  metricStarted(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, RUN_METRICS.started, { Schedule: this.triggerName }, options);
  }

  /** How many runs could not be started. */
  metricFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, RUN_METRICS.failed, { Schedule: this.triggerName }, options);
  }
}

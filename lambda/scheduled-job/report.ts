import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { ScheduleMessage, TriggerMessage } from '../../lib/schedule/config';
import { RUN_EVENT, RUN_METRICS } from '../../lib/schedule/config';
import { type PublishedEvent, publishEvents } from '../events/publish';
import { embeddedMetrics, type MetricSet } from '../runtime/embedded-metrics';
import type { Log } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import type { ActiveRun, Schedule, Skip, StartingRun } from './model';
import { isoTime } from './run-names';

export interface ReportTo {
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
  readonly deadLetterQueueUrl: string;
  readonly groupName: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes one line of the function's log. */
  readonly write: (line: string) => void;
}

/** Skipped times that are told of one by one; the metric counts them all. */
const MOST_EVENTS = 10;

/** Says what has become of runs: metrics, an event for each, and a dead letter for what could not be started. */
export class Report {
  constructor(private readonly to: ReportTo) {}

  async started(schedule: Schedule, { time, cause }: StartingRun, id: string): Promise<void> {
    const lateness = Math.max(0, this.now().getTime() - time) / 1000;
    this.measure(schedule.name, {
      [RUN_METRICS.started]: { value: 1, unit: 'Count' },
      // What is made up for, or asked for, says nothing of how late schedules are.
      ...(cause === 'SCHEDULE' && { [RUN_METRICS.lateness]: { value: lateness, unit: 'Seconds' } }),
    });
    await this.publish([this.event(schedule, time, { status: 'STARTED', cause, id })]);
  }

  async skipped(schedule: Schedule, skipped: readonly Skip[]): Promise<void> {
    if (skipped.length === 0) return;
    const { name } = schedule;
    this.measure(name, { [RUN_METRICS.skipped]: { value: skipped.length, unit: 'Count' } });
    for (const reason of new Set(skipped.map((skip) => skip.reason))) {
      const count = skipped.filter((skip) => skip.reason === reason).length;
      this.measure(name, { [RUN_METRICS.skipped]: { value: count, unit: 'Count' } }, { Reason: reason });
      this.to.log.info('skipped', { schedule: name, reason, count });
    }
    const last = skipped.slice(-MOST_EVENTS);
    await this.publish(last.map(({ time, reason }) => this.event(schedule, time, { status: 'SKIPPED', reason })));
  }

  replaced({ name }: Schedule, { time, id }: ActiveRun): void {
    this.to.log.info('replaced', { schedule: name, scheduledTime: isoTime(time), id });
  }

  /** A message that is moved back from the dead-letter queue starts the run once more. */
  async failed(schedule: Schedule, { time, cause }: StartingRun, error: string): Promise<void> {
    const { name, config } = schedule;
    const scheduledTime = isoTime(time);
    this.to.log.error('failed', { schedule: name, scheduledTime, error });
    const letter: ScheduleMessage = { schedule: name, scheduledTime, config, retry: true };
    await this.send({ ...letter, error });
    this.measure(name, { [RUN_METRICS.failed]: { value: 1, unit: 'Count' } });
    await this.publish([this.event(schedule, time, { status: 'FAILED', cause, error })]);
  }

  async triggered(trigger: string, eventId: string, id: string): Promise<void> {
    this.measure(trigger, { [RUN_METRICS.started]: { value: 1, unit: 'Count' } });
    await this.publish([this.triggerEvent(trigger, eventId, { status: 'STARTED', id })]);
  }

  async triggerFailed(message: TriggerMessage, error: string): Promise<void> {
    const { trigger, eventId } = message;
    this.to.log.error('failed', { trigger, eventId, error });
    const letter: TriggerMessage = { ...message, retry: true };
    await this.send({ ...letter, error });
    this.measure(trigger, { [RUN_METRICS.failed]: { value: 1, unit: 'Count' } });
    await this.publish([this.triggerEvent(trigger, eventId, { status: 'FAILED', error })]);
  }

  private event(schedule: Schedule, time: number, detail: object): PublishedEvent {
    const scheduledTime = isoTime(time);
    return {
      detailType: RUN_EVENT,
      resources: [],
      detail: { schedule: schedule.name, scheduleGroup: this.to.groupName, scheduledTime, ...detail },
    };
  }

  private triggerEvent(trigger: string, eventId: string, detail: object): PublishedEvent {
    return { detailType: RUN_EVENT, resources: [], detail: { trigger, eventId, ...detail } };
  }

  private measure(Schedule: string, metrics: MetricSet['metrics'], more: Readonly<Record<string, string>> = {}): void {
    this.to.write(embeddedMetrics(this.now(), { dimensions: { Schedule, ...more }, metrics }));
  }

  private publish(events: readonly PublishedEvent[]): Promise<void> {
    return publishEvents(this.to.events, events);
  }

  private async send(letter: object): Promise<void> {
    const { sqs, deadLetterQueueUrl: QueueUrl } = this.to;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(letter) }));
  }

  private now(): Date {
    return this.to.clock.now();
  }
}

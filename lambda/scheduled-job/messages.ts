import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { ScheduleMessage, TriggerMessage } from '../../lib/schedule/config';

/** What a batch of messages tells, with the ids of the messages that tell it. */
export interface Messages {
  /** By the schedule's name. */
  readonly schedules: ReadonlyMap<string, readonly Told<ScheduleMessage & { readonly time: number }>[]>;
  readonly triggers: readonly Told<TriggerMessage>[];
  /** Those that cannot be read. They go back to the queue, and from there to its dead-letter queue. */
  readonly broken: SQSBatchResponse['batchItemFailures'];
}

export interface Told<M> {
  readonly id: string;
  readonly message: M;
}

export function readMessages({ Records }: SQSEvent): Messages {
  const schedules = new Map<string, Told<ScheduleMessage & { time: number }>[]>();
  const triggers: Told<TriggerMessage>[] = [];
  const broken: { itemIdentifier: string }[] = [];
  for (const record of Records) {
    const { messageId: id } = record;
    const body = parsed(record.body);
    const schedule = scheduleMessage(body, record);
    if (schedule !== undefined) {
      schedules.set(schedule.schedule, [...(schedules.get(schedule.schedule) ?? []), { id, message: schedule }]);
    } else if (isTriggerMessage(body)) triggers.push({ id, message: body });
    else broken.push({ itemIdentifier: id });
  }
  return { schedules, triggers, broken };
}

function scheduleMessage(body: unknown, { messageAttributes }: SQSRecord) {
  const { schedule, scheduledTime, config } = (body ?? {}) as Partial<ScheduleMessage>;
  if (typeof schedule !== 'string' || !isObject(config)) return undefined;
  // Scheduler's own dead letters have the input as it was given, and the time beside it.
  const time = Date.parse(messageAttributes?.['SCHEDULED_TIME']?.stringValue ?? scheduledTime ?? '');
  return Number.isNaN(time) ? undefined : { ...(body as ScheduleMessage), time };
}

function isTriggerMessage(body: unknown): body is TriggerMessage {
  const { trigger, eventId, time = '', target, values } = (body ?? {}) as Partial<TriggerMessage>;
  const isNamed = typeof trigger === 'string' && typeof eventId === 'string';
  return isNamed && !Number.isNaN(Date.parse(time)) && isObject(target) && Array.isArray(values);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

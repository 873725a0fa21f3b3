import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Trigger } from '../../lib/autoscaling/config';

/** The minute's tick, a batch of job events from SQS, or a call by hand. */
export type TriggerEvent = SQSEvent | Trigger | Record<string, never>;

export interface Wakeup {
  /** A tick comes every minute; events only when jobs have become RUNNABLE. */
  readonly kind: 'tick' | 'events';
  /** When what it tells of happened, at the latest. Undefined when no record could be read. */
  readonly time?: number;
  /** Records that cannot be read. They go back to the queue, and from there to its dead-letter queue. */
  readonly broken: SQSBatchResponse['batchItemFailures'];
}

/** Events tell whole seconds, cut off. */
const EVENT_TIME_RESOLUTION = 1000;

/** @param now what a call by hand counts as */
export function readWakeup(event: TriggerEvent, now: number): Wakeup {
  if (!('Records' in event))
    return { kind: 'tick', time: latest(event.time) ?? now + EVENT_TIME_RESOLUTION, broken: [] };
  const times: number[] = [];
  const broken: SQSBatchResponse['batchItemFailures'] = [];
  for (const { body, messageId } of event.Records) {
    const time = bodyTime(body);
    if (time === undefined) broken.push({ itemIdentifier: messageId });
    else times.push(time);
  }
  return { kind: 'events', time: times.length > 0 ? Math.max(...times) : undefined, broken };
}

function bodyTime(body: string): number | undefined {
  try {
    return latest((JSON.parse(body) as Partial<Trigger> | null)?.time);
  } catch {
    return undefined;
  }
}

function latest(time: unknown): number | undefined {
  const parsed = typeof time === 'string' ? Date.parse(time) : NaN;
  return Number.isNaN(parsed) ? undefined : parsed + EVENT_TIME_RESOLUTION;
}

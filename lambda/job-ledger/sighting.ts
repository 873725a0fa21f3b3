import type { JobDetail } from '@aws-sdk/client-batch';
import { entryKey, type LedgerJob, STATUSES, type Status } from './item';

/** A job as an event, or AWS Batch itself, has shown it. */
export interface Sighting {
  readonly job: LedgerJob;
  /** When it entered the state: as an event tells, or at the latest. */
  readonly at: number;
  /** An event tells of an entry; who asks only sees that the job is there. */
  readonly source: 'event' | 'description';
}

/** Tags that features of this library go by. */
const TAG_PREFIX = 'batch-foreman:';

/** @param at when AWS Batch answered */
export function sightingOf(detail: JobDetail, at: number): Sighting {
  return { job: jobOf(detail, 'description'), at, source: 'description' };
}

/**
 * Reads a `Batch Job State Change` event.
 *
 * @throws Error that says what is wrong with it
 */
export function readEvent(body: string): Sighting {
  const event = object(parse(body), 'the message');
  const at = typeof event['time'] === 'string' ? Date.parse(event['time']) : NaN;
  if (Number.isNaN(at)) throw new Error(`time is ${JSON.stringify(event['time'])}, not an ISO 8601 time`);
  const detail = object(event['detail'], 'detail');
  for (const member of ['jobId', 'jobName', 'jobQueue', 'jobDefinition'] as const) {
    if (typeof detail[member] !== 'string' || detail[member] === '') {
      throw new Error(`detail.${member} is ${JSON.stringify(detail[member])}, not a string`);
    }
  }
  if (!STATUSES.includes(detail['status'] as Status)) {
    throw new Error(`detail.status is ${JSON.stringify(detail['status'])}, not one of ${STATUSES.join(', ')}`);
  }
  if (!Number.isFinite(detail['createdAt'])) {
    throw new Error(`detail.createdAt is ${JSON.stringify(detail['createdAt'])}, not a number`);
  }
  for (const member of ['attempts', 'dependsOn'] as const) {
    if (detail[member] !== undefined && !Array.isArray(detail[member])) {
      throw new Error(`detail.${member} is ${JSON.stringify(detail[member])}, not a list`);
    }
  }
  return { job: jobOf(detail as unknown as JobDetail, 'event'), at, source: 'event' };
}

function jobOf(detail: JobDetail, source: Sighting['source']): LedgerJob {
  const status = detail.status as Status;
  const attempts = (detail.attempts ?? []).filter(({ stoppedAt, statusReason }) => stoppedAt ?? statusReason);
  const ended = status === 'SUCCEEDED' || status === 'FAILED';
  const last = attempts.at(-1)?.container ?? detail.container;
  const { size, index } = detail.arrayProperties ?? {};
  const tags = Object.entries(detail.tags ?? {}).filter(([key]) => key.startsWith(TAG_PREFIX));
  const attemptsEnded = attempts.length;
  return {
    jobId: detail.jobId!,
    jobName: detail.jobName!,
    queueArn: detail.jobQueue!,
    definitionArn: detail.jobDefinition!,
    status,
    attemptsEnded,
    entered: {
      // A child is PENDING from the moment that it is made.
      [index === undefined ? '0/SUBMITTED' : '0/PENDING']: detail.createdAt!,
      ...(status === 'RUNNING' &&
        detail.startedAt !== undefined && { [entryKey({ attemptsEnded, status })]: detail.startedAt }),
      ...(ended && detail.stoppedAt !== undefined && { [entryKey({ attemptsEnded, status })]: detail.stoppedAt }),
    },
    createdAt: detail.createdAt!,
    startedAt: detail.startedAt,
    stoppedAt: ended ? detail.stoppedAt : undefined,
    ranMilliseconds: attempts.reduce(
      (sum, { startedAt, stoppedAt }) => sum + (startedAt && stoppedAt ? Math.max(0, stoppedAt - startedAt) : 0),
      0,
    ),
    statusReason: ended ? detail.statusReason : undefined,
    exitCode: ended ? last?.exitCode : undefined,
    containerReason: ended ? last?.reason : undefined,
    isCancelled: detail.isCancelled ?? false,
    isTerminated: detail.isTerminated ?? false,
    tags: Object.fromEntries(tags),
    described: source === 'description',
    dependsOn: (detail.dependsOn ?? []).flatMap(({ jobId }) => jobId ?? []),
    arraySize: size,
    arrayIndex: index,
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Error(`the message is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${what} is ${JSON.stringify(value)}, not an object`);
}

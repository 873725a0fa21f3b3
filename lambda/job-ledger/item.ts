import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** A DynamoDB item, or a part of one. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

export const STATUSES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const;

export type Status = (typeof STATUSES)[number];

export const ACTIVE: readonly Status[] = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'];

/** What the ledger knows of a job. Times are milliseconds since the epoch. */
export interface LedgerJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly queueArn: string;
  readonly definitionArn: string;
  readonly status: Status;
  readonly attemptsEnded: number;
  /** When it entered each state, by `entryKey`. A state that nobody has seen is missing. */
  readonly entered: Readonly<Record<string, number>>;
  readonly createdAt: number;
  /** Of the latest attempt that has run. */
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  /** How long the attempts that have ended ran, all together. */
  readonly ranMilliseconds: number;
  /** Why it ended. */
  readonly statusReason?: string;
  /** Of the last attempt's container. */
  readonly exitCode?: number;
  /** Of the last attempt's container. */
  readonly containerReason?: string;
  readonly isCancelled: boolean;
  readonly isTerminated: boolean;
  /** Those of this library only: an item stays small. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether AWS Batch has been asked for it: events may leave tags out. */
  readonly described: boolean;
  readonly dependsOn: readonly string[];
  /** Of the parent of an array. */
  readonly arraySize?: number;
  /** Of the child of an array. */
  readonly arrayIndex?: number;
}

/** Our own intent to end a job, written down before AWS Batch is called. */
export interface Stop {
  /** The construct that did it. */
  readonly by: string;
  /** Which limit has passed. */
  readonly limit: string;
  readonly action: 'CANCEL' | 'TERMINATE';
  /** Where the job was. What is cancelled ends there, or goes on as if nothing had been. */
  readonly status: Status;
  readonly attemptsEnded: number;
  readonly at: number;
  /** As AWS Batch is told, and as it tells others in the job's status reason. */
  readonly reason: string;
  readonly limitSeconds: number;
  readonly spentSeconds: number;
  /** Whether it was reported while the job had still to end. */
  readonly reported: boolean;
}

/** Where a job's item is found beside its key, and how long it is kept. */
export interface Place {
  /** The partition of the index `open`; nothing when all is over. */
  readonly openIn?: string;
  /** Milliseconds since the epoch. */
  readonly openSince?: number;
  /** Seconds since the epoch. */
  readonly expiresAt?: number;
}

/** A job's item. */
export interface StoredJob {
  readonly job: LedgerJob;
  readonly stop?: Stop;
  /** What was told of the job already, and is not to be told again. */
  readonly noted: readonly string[];
  readonly place: Place;
  /** Counts the writes of what stands above. What was decided on a reading is written only if nobody was faster. */
  readonly version: number;
  /** The whole item: features keep attributes of their own with a job. */
  readonly attributes: Attributes;
}

export function hasEnded({ status }: Pick<LedgerJob, 'status'>): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

export function entryKey({ attemptsEnded, status }: Pick<LedgerJob, 'attemptsEnded' | 'status'>): string {
  return `${attemptsEnded}/${status}`;
}

/** When a job ended, as far as AWS Batch tells: it may not for one that never started. */
export function endedAt(job: LedgerJob): number {
  return job.stoppedAt ?? job.entered[entryKey(job)] ?? job.createdAt;
}

const PREFIX = 'job#';

export function jobKey(jobId: string): string {
  return `${PREFIX}${jobId}`;
}

/** The attributes of a job's item that the ledger writes. */
export function jobAttributes(job: LedgerJob): Attributes {
  const { jobId: _, arraySize, arrayIndex, startedAt, stoppedAt, statusReason, exitCode, containerReason } = job;
  return {
    jobName: text(job.jobName),
    queueArn: text(job.queueArn),
    definitionArn: text(job.definitionArn),
    status: text(job.status),
    attemptsEnded: numeric(job.attemptsEnded),
    entered: map(job.entered, numeric),
    createdAt: numeric(job.createdAt),
    ranMilliseconds: numeric(job.ranMilliseconds),
    ...(startedAt !== undefined && { startedAt: numeric(startedAt) }),
    ...(stoppedAt !== undefined && { stoppedAt: numeric(stoppedAt) }),
    ...(statusReason !== undefined && { statusReason: text(statusReason) }),
    ...(exitCode !== undefined && { exitCode: numeric(exitCode) }),
    ...(containerReason !== undefined && { containerReason: text(containerReason) }),
    ...(job.isCancelled && { isCancelled: { BOOL: true } }),
    ...(job.isTerminated && { isTerminated: { BOOL: true } }),
    ...(Object.keys(job.tags).length > 0 && { tags: map(job.tags, text) }),
    ...(job.described && { described: { BOOL: true } }),
    ...(job.dependsOn.length > 0 && { dependsOn: { L: job.dependsOn.map(text) } }),
    ...(arraySize !== undefined && { arraySize: numeric(arraySize) }),
    ...(arrayIndex !== undefined && { arrayIndex: numeric(arrayIndex) }),
  };
}

export function placeAttributes({ openIn, openSince, expiresAt }: Place): Attributes {
  return {
    ...(openIn !== undefined && { openIn: text(openIn) }),
    ...(openSince !== undefined && { openSince: numeric(openSince) }),
    ...(expiresAt !== undefined && { expiresAt: numeric(expiresAt) }),
  };
}

export function stopAttribute(stop: Stop): AttributeValue {
  return {
    M: {
      by: text(stop.by),
      limit: text(stop.limit),
      action: text(stop.action),
      status: text(stop.status),
      attemptsEnded: numeric(stop.attemptsEnded),
      at: numeric(stop.at),
      reason: text(stop.reason),
      limitSeconds: numeric(stop.limitSeconds),
      spentSeconds: numeric(stop.spentSeconds),
      reported: { BOOL: stop.reported },
    },
  };
}

/** @param notes at least one */
export function notedAttribute(notes: readonly string[]): AttributeValue {
  return { SS: [...new Set(notes)] };
}

export function storedJob(item: Attributes): StoredJob {
  return {
    job: {
      jobId: string(item['id']).slice(PREFIX.length),
      jobName: string(item['jobName']),
      queueArn: string(item['queueArn']),
      definitionArn: string(item['definitionArn']),
      status: string(item['status']) as Status,
      attemptsEnded: number(item['attemptsEnded']) ?? 0,
      entered: unmap(item['entered'], (value) => Number(value.N)),
      createdAt: number(item['createdAt']) ?? 0,
      startedAt: number(item['startedAt']),
      stoppedAt: number(item['stoppedAt']),
      ranMilliseconds: number(item['ranMilliseconds']) ?? 0,
      statusReason: item['statusReason']?.S,
      exitCode: number(item['exitCode']),
      containerReason: item['containerReason']?.S,
      isCancelled: item['isCancelled']?.BOOL ?? false,
      isTerminated: item['isTerminated']?.BOOL ?? false,
      tags: unmap(item['tags'], string),
      described: item['described']?.BOOL ?? false,
      dependsOn: (item['dependsOn']?.L ?? []).map(string),
      arraySize: number(item['arraySize']),
      arrayIndex: number(item['arrayIndex']),
    },
    stop: item['stop']?.M && stopOf(item['stop'].M),
    noted: item['noted']?.SS ?? [],
    place: {
      openIn: item['openIn']?.S,
      openSince: number(item['openSince']),
      expiresAt: number(item['expiresAt']),
    },
    version: number(item['version']) ?? 0,
    attributes: item,
  };
}

function stopOf(attributes: Attributes): Stop {
  return {
    by: string(attributes['by']),
    limit: string(attributes['limit']),
    action: string(attributes['action']) as Stop['action'],
    status: string(attributes['status']) as Status,
    attemptsEnded: number(attributes['attemptsEnded']) ?? 0,
    at: number(attributes['at']) ?? 0,
    reason: string(attributes['reason']),
    limitSeconds: number(attributes['limitSeconds']) ?? 0,
    spentSeconds: number(attributes['spentSeconds']) ?? 0,
    reported: attributes['reported']?.BOOL ?? false,
  };
}

export function text(value: string): AttributeValue {
  return { S: value };
}

export function numeric(value: number): AttributeValue {
  return { N: String(value) };
}

function map<T>(values: Readonly<Record<string, T>>, encode: (value: T) => AttributeValue): AttributeValue {
  return { M: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encode(value)])) };
}

function unmap<T>(value: AttributeValue | undefined, decode: (value: AttributeValue) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(value?.M ?? {}).map(([key, inner]) => [key, decode(inner)]));
}

function string(value: AttributeValue | undefined): string {
  return value?.S ?? '';
}

function number(value: AttributeValue | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}

import { type ConfigShape, parseConfig } from '../handler/config';

/** What the JobLedger construct hands its handler, in the environment variable `CONFIG`. */
export interface LedgerConfig {
  readonly tableName: string;
  /** The queues whose jobs are kept. */
  readonly queueArns: readonly string[];
  /** URLs of the SQS queues that are told of each job's end. */
  readonly subscribers: readonly string[];
  /** How long a job is kept after its end. */
  readonly retentionSeconds: number;
}

/**
 * Reads the variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseLedgerConfig(text: string | undefined): LedgerConfig {
  return parseConfig<LedgerConfig>(text, SHAPE);
}

const SHAPE: ConfigShape = {
  tableName: 'string',
  queueArns: ['string'],
  subscribers: ['string'],
  retentionSeconds: 'number',
};

/** The metrics, by queue: jobs by state, ends, and waits of what has started and of what has not. */
export const METRICS = {
  SUBMITTED: 'JobsSubmitted',
  PENDING: 'JobsPending',
  RUNNABLE: 'JobsRunnable',
  STARTING: 'JobsStarting',
  RUNNING: 'JobsRunning',
  SUCCEEDED: 'JobsSucceeded',
  FAILED: 'JobsFailed',
  wait: 'Wait',
  longestWait: 'LongestWait',
} as const;

/** The table's only key. What it begins with tells what the item is: `job#`, `lineage#`, `run#`, … */
export const KEY = 'id';

/** When DynamoDB may delete an item, in seconds since the epoch. */
export const EXPIRY = 'expiresAt';

/** A sparse index of the table: it has the items that have both attributes. */
export interface LedgerIndex {
  readonly name: string;
  /** A string. */
  readonly partition: string;
  /** Milliseconds since the epoch. */
  readonly sort: string;
}

/** What is to be done for whom, and from when on. It has the items' keys only. */
export const DUE: LedgerIndex = { name: 'due', partition: 'dueFor', sort: 'dueAt' };

/** What is not over: the jobs of a queue, by its ARN; what has ended, until that was announced. It has whole items. */
export const OPEN: LedgerIndex = { name: 'open', partition: 'openIn', sort: 'openSince' };

/** The partition of `open` that has the ended jobs whose end has to be announced. */
export const UNANNOUNCED = 'announcements';

/** The partition of `open` that has the ended arrays of which some child's end may not be known. */
export const ENDED_ARRAYS = 'arrays';

/** The partition of `open` that has the ended jobs that a construct has asked to end, until it has dealt with that. */
export function stoppedBy(construct: string): string {
  return `stopped#${construct}`;
}

/** What a subscriber is told of a job's end, as the body of an SQS message; more than once if it has to be. */
export interface EndAnnouncement {
  readonly jobId: string;
  readonly status: 'SUCCEEDED' | 'FAILED';
  /** ARN. */
  readonly jobQueue: string;
  /** ISO 8601. */
  readonly endedAt: string;
}

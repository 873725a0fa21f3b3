import { type ConfigShape, parseConfig } from '../handler/config';

/** What a job's time is limited in: a state, RUNNING over all its attempts, or its whole life. */
export const LIMITS = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'TOTAL'] as const;

export type Limit = (typeof LIMITS)[number];

/** In seconds; none where one is missing. */
export type Limits = Readonly<Partial<Record<Limit, number>>>;

export interface TimedQueue {
  readonly arn: string;
  /** Whether it is only said what would be done. */
  readonly dryRun: boolean;
}

/** What the JobTimeouts construct hands its handler, in the environment variable `CONFIG`. */
export interface TimeoutsConfig {
  /** Names the construct in the ledger and in the reasons that AWS Batch is given. */
  readonly by: string;
  /** The ledger's. */
  readonly tableName: string;
  readonly queues: readonly TimedQueue[];
  readonly limits: Limits;
  /** How far a job's own tags may loosen a limit; not at all where one is missing. */
  readonly ceilings: Limits;
}

/** The shortest limit: the ledger is looked at once a minute. */
export const SHORTEST_SECONDS = 60;

/** The tag of a job that sets its own limit. */
export function limitTag(limit: Limit): string {
  return `batch-foreman:timeout-${limit.toLowerCase()}`;
}

/** The detail type of the events. */
export const TIMED_OUT_EVENT = 'Batch Job Timed Out';

/** Names of the metrics, by queue. */
export const METRICS = {
  timedOut: 'JobsTimedOut',
  pastLimit: 'JobsPastLimit',
  malformedTags: 'MalformedTags',
} as const;

/**
 * Reads the variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseTimeoutsConfig(text: string | undefined): TimeoutsConfig {
  return parseConfig<TimeoutsConfig>(text, SHAPE);
}

const LIMITS_SHAPE: ConfigShape = {
  'SUBMITTED?': 'number',
  'PENDING?': 'number',
  'RUNNABLE?': 'number',
  'STARTING?': 'number',
  'RUNNING?': 'number',
  'TOTAL?': 'number',
};

const SHAPE: ConfigShape = {
  by: 'string',
  tableName: 'string',
  queues: [{ arn: 'string', dryRun: 'boolean' }],
  limits: LIMITS_SHAPE,
  ceilings: LIMITS_SHAPE,
};

import { type ConfigShape, parseConfig } from '../handler/config';

/** Why a job failed, as rules tell it. */
export type FailureCause = 'OUT_OF_MEMORY' | 'TIMEOUT' | 'INTERRUPTION' | 'FAILURE';

/** Which failures a rule is for; what is given must all hold. */
export interface RuleCondition {
  readonly causes?: readonly FailureCause[];
  readonly exitCodes?: readonly number[];
  /** What the container's reason or the job's status reason is, or begins with when it ends with an asterisk. */
  readonly reason?: string;
}

/** A rule as the handler knows it. */
export interface RuleConfig {
  /** Tells the rules of a construct apart; failures are counted by it. */
  readonly name: string;
  readonly on: RuleCondition;
  /** How often a job that fails so is run in all, the first time included. */
  readonly attempts: number;
  /** The longest pause before the first retry; it doubles with each. */
  readonly delaySeconds: number;
  readonly maxDelaySeconds: number;
  readonly memoryFactor?: number;
  readonly maxMemoryMiB?: number;
  readonly vcpuFactor?: number;
  readonly maxVcpus?: number;
  readonly timeoutFactor?: number;
  readonly maxTimeoutSeconds?: number;
  /** Where the job goes once attempts have failed so as often as `fallbackAfter`. */
  readonly fallbackQueueArn?: string;
  readonly fallbackAfter?: number;
}

/** A queue whose jobs are retried. */
export interface RetriedQueue {
  readonly arn: string;
  /** Whether retries are only told of, not made. */
  readonly dryRun?: boolean;
  /** The largest that jobs can be there, as vCPUs, MiB and GPUs; nothing when it is not known. */
  readonly shapes?: readonly (readonly number[])[];
}

/** What the JobRetries construct hands its handler, as JSON in the environment variable `CONFIG`. */
export interface RetriesConfig {
  /** Names the construct in the ledger: what is due for it bears this name. */
  readonly retriesId: string;
  /** The job ledger's table. */
  readonly tableName: string;
  /** Where the function's own messages go: those that wake it when a pause is over. */
  readonly queueUrl: string;
  readonly scope: 'OWN_DEFINITIONS' | 'ALL_JOBS';
  readonly queues: readonly RetriedQueue[];
  /** The first that matches holds. */
  readonly rules: readonly RuleConfig[];
  /** The most that a job is run by these rules, the first time included. */
  readonly maxSubmissions: number;
}

/** Of the events that are published. */
export const RETRIED_EVENT = 'Batch Job Retried';
export const EXHAUSTED_EVENT = 'Batch Job Retries Exhausted';

/** Tags of jobs. */
export const LINEAGE_TAG = 'batch-foreman:lineage';
export const ATTEMPT_TAG = 'batch-foreman:attempt';
export const OPT_OUT_TAG = 'batch-foreman:opt-out';

/** What a job that was submitted anew finds in its environment. */
export const ATTEMPT_VARIABLE = 'FOREMAN_ATTEMPT';
/** The indexes of the first submission that the children of this one stand for, in the children's order. */
export const ARRAY_INDEX_VARIABLE = 'FOREMAN_ARRAY_INDEX';
/** The size of the first submission. */
export const ARRAY_SIZE_VARIABLE = 'FOREMAN_ARRAY_SIZE';

/** The metrics, by the dimension JobQueue. */
export const METRICS = { retries: 'JobRetries', exhausted: 'JobRetriesExhausted' } as const;

/**
 * Reads the variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseRetriesConfig(text: string | undefined): RetriesConfig {
  return parseConfig<RetriesConfig>(text, SHAPE);
}

const SHAPE: ConfigShape = {
  retriesId: 'string',
  tableName: 'string',
  queueUrl: 'string',
  scope: 'string',
  queues: [{ arn: 'string', 'dryRun?': 'boolean', 'shapes?': [['number']] }],
  rules: [
    {
      name: 'string',
      on: { 'causes?': ['string'], 'exitCodes?': ['number'], 'reason?': 'string' },
      attempts: 'number',
      delaySeconds: 'number',
      maxDelaySeconds: 'number',
      'memoryFactor?': 'number',
      'maxMemoryMiB?': 'number',
      'vcpuFactor?': 'number',
      'maxVcpus?': 'number',
      'timeoutFactor?': 'number',
      'maxTimeoutSeconds?': 'number',
      'fallbackQueueArn?': 'string',
      'fallbackAfter?': 'number',
    },
  ],
  maxSubmissions: 'number',
};

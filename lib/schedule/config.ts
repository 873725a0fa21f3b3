import { type ConfigShape, parseConfig } from '../handler/config';

/** A job of one definition, as its handler submits it. */
export interface JobTargetConfig {
  readonly kind: 'job';
  /** ARN. */
  readonly jobQueue: string;
  /** Name, for the latest revision, or ARN. */
  readonly jobDefinition: string;
  /** The containers of a job that has several: those that the environment is given to. */
  readonly containers?: readonly string[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly arraySize?: number;
  readonly shareIdentifier?: string;
  readonly schedulingPriority?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** Whether JobRetries decides what follows when it has failed. */
  readonly retried?: boolean;
}

/** A workflow, as its function starts it. */
export interface WorkflowTargetConfig {
  readonly kind: 'workflow';
  /** ARN of the function that runs it. */
  readonly function: string;
  readonly workflow: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What a schedule or a trigger runs. */
export type RunTargetConfig = JobTargetConfig | WorkflowTargetConfig;

/** What is to be done at the times of a schedule. The times themselves are kept by EventBridge Scheduler. */
export interface ScheduleConfig {
  readonly concurrencyPolicy: 'ALLOW' | 'FORBID' | 'REPLACE';
  /** No limit when absent. */
  readonly maxActiveRuns?: number;
  /** How many of the missed times are made up for: the last so many. */
  readonly missedRuns: number;
  /** How long after its time a run may start; as late as need be when absent. */
  readonly startingDeadlineSeconds?: number;
  readonly target: RunTargetConfig;
}

/** What Scheduler sends when a schedule is due: the Input of its target. */
export interface ScheduleMessage {
  /** The schedule's name. */
  readonly schedule: string;
  /** ISO 8601. */
  readonly scheduledTime: string;
  readonly config: ScheduleConfig;
  /** Set on what has been given up, to be tried once more. */
  readonly retry?: true;
}

/** A text with the places of values of the event in it: `['s3://', 0, '/', 1]`. */
export type EventText = readonly (string | number)[];

/** What EventBridge sends when a trigger's event comes. */
export interface TriggerMessage {
  /** The trigger's name. */
  readonly trigger: string;
  readonly eventId: string;
  /** When the event happened; ISO 8601. */
  readonly time: string;
  readonly target: RunTargetConfig;
  /** Parameters that have values of the event in them. */
  readonly texts: Readonly<Record<string, EventText>>;
  /** The values, in the order of their numbers. */
  readonly values: readonly unknown[];
  /** Set on what has been given up, to be tried once more. */
  readonly retry?: true;
}

/** The partition of the ledger's index of what is due that has the events of a group's triggers that are not settled. */
export function openEventsOf(groupName: string): string {
  return `triggers#${groupName}`;
}

/**
 * The partition of that index which has the events of a trigger whose runs have been started or given up, by when they
 * happened: for whoever wants to list them. Nothing is due for it.
 */
export function settledEventsOf(groupName: string, trigger: string): string {
  return `trigger-runs#${groupName}/${trigger}`;
}

/** What the keys of a trigger's events begin with in the ledger's table; the event's id follows. */
export function eventKeys(groupName: string, trigger: string): string {
  return `event#${groupName}/${trigger}#`;
}

/** The detail type of the event that tells what has become of a run. */
export const RUN_EVENT = 'Batch Scheduled Run';

/** The metrics of a schedule or a trigger. */
export const RUN_METRICS = {
  started: 'RunsStarted',
  skipped: 'RunsSkipped',
  failed: 'RunsFailed',
  lateness: 'StartLateness',
} as const;

/** What the function of the schedules of a stack is handed, in the environment variable `CONFIG`. */
export interface ScheduledJobsConfig {
  /** The job ledger's table. */
  readonly tableName: string;
  /** The schedule group. */
  readonly groupName: string;
  /** Takes the runs that could not be started. */
  readonly deadLetterQueueUrl: string;
  /** How long it is remembered which times have run. */
  readonly retentionDays: number;
}

/**
 * Reads the variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseScheduledJobsConfig(text: string | undefined): ScheduledJobsConfig {
  return parseConfig(text, SHAPE);
}

const SHAPE: ConfigShape = {
  tableName: 'string',
  groupName: 'string',
  deadLetterQueueUrl: 'string',
  retentionDays: 'number',
};

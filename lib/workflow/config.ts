import { type ConfigShape, parseConfig } from '../handler/config';

/** When a job of a workflow runs, by what became of the one before it. */
export type EdgeCondition = 'SUCCESS' | 'FAILURE' | 'EITHER';

/** What a job of a workflow comes after. */
export interface EdgeConfig {
  /** Name of the job. */
  readonly job: string;
  readonly on: EdgeCondition;
  /** Whether each child of this array waits only for the child of its index. */
  readonly each?: boolean;
}

/** A job of a workflow, as its handler submits it. */
export interface NodeConfig {
  readonly name: string;
  readonly after: readonly EdgeConfig[];
  /** ARN. */
  readonly jobQueue: string;
  /** Name, for the latest revision, or ARN. */
  readonly jobDefinition: string;
  /** The containers of a job whose definition has `ecsProperties`; the main one first. */
  readonly containers?: readonly string[];
  readonly command?: readonly string[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly gpus?: number;
  readonly arraySize?: number;
  /** Whether the children of the array run one after the other. */
  readonly sequential?: boolean;
  readonly attempts?: number;
  readonly timeoutSeconds?: number;
  readonly shareIdentifier?: string;
  readonly schedulingPriority?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** What the run's id is put behind to make the place of the run. */
  readonly place?: string;
  /** Whether JobRetries decides what follows when it has failed. */
  readonly retried?: boolean;
  /** Whether JobRetries submits it again, too, when it has failed for what it waits for. */
  readonly recreated?: boolean;
}

/** What an SSM parameter of a workflow holds. */
export interface GraphPart {
  /** Tells the graph from those of other deployments. */
  readonly graph: string;
  /** How many jobs it has. */
  readonly jobs: number;
  /** Of this one, from 0: behind those that it comes after. */
  readonly position: number;
  readonly job: NodeConfig;
}

/** What the JobWorkflow construct hands its handler, in the environment variable `CONFIG`. */
export interface WorkflowConfig {
  /** Its name, unique in account and Region. */
  readonly workflow: string;
  /** The job ledger's table. */
  readonly tableName: string;
  /** Below it are the SSM parameters that hold its jobs, each as a `GraphPart`. */
  readonly graphPath: string;
  /** Of each run, unless it is started with others. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What each run has to be started with. */
  readonly requiredParameters: readonly string[];
  /** How long a run is kept after its end. */
  readonly retentionDays: number;
}

/** The feature's partition in the ledger's index of what is due. */
export function dueFor(workflow: string): string {
  return `workflow#${workflow}`;
}

/**
 * The partition of that index which has the runs that are over, by their start: for whoever wants to list them. Nothing is
 * due for it.
 */
export function endedRunsOf(workflow: string): string {
  return `workflow-runs#${workflow}`;
}

/** Of the event at a run's end. */
export const RUN_EVENT = 'Batch Workflow Run';

/** The metrics, by the dimension Workflow. */
export const RUN_METRICS = { succeeded: 'WorkflowRunsSucceeded', failed: 'WorkflowRunsFailed' } as const;

/** On each job of a run: its value is the run's id. */
export const RUN_TAG = 'batch-foreman:run';
/** On each job of a run: its name in the workflow. */
export const NODE_TAG = 'batch-foreman:node';

export const RUN_ID_VARIABLE = 'FOREMAN_RUN_ID';
export const SCHEDULED_TIME_VARIABLE = 'FOREMAN_SCHEDULED_TIME';
/** The values of a parameter sweep, by name, as JSON. */
export const SWEEP_VARIABLE = 'FOREMAN_SWEEP';
/** The parameter that has the scheduled time, for commands to refer to as `Ref::scheduledTime`. */
export const TIME_PARAMETER = 'scheduledTime';

/**
 * Reads the variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseWorkflowConfig(text: string | undefined): WorkflowConfig {
  return parseConfig(text, SHAPE);
}

const SHAPE: ConfigShape = {
  workflow: 'string',
  tableName: 'string',
  graphPath: 'string',
  parameters: {},
  requiredParameters: ['string'],
  retentionDays: 'number',
};

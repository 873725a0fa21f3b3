import { type ConfigShape, parseConfig } from '../handler/config';

/** What the CapacityReport construct hands its handler, as JSON in the environment variable `CONFIG`. */
export interface CapacityReportConfig {
  /** Names the report in its table. */
  readonly reportId: string;
  readonly queueArns: readonly string[];
  /** The table that holds the report's one item, keyed by `report`. */
  readonly tableName: string;
  /** How many waiting jobs one look lists at most; the first hundred of each queue are read in any case. */
  readonly jobBudget: number;
}

/** The dimensions of the report's metrics, and their names. */
export const METRICS = {
  waitingJobs: 'WaitingJobs',
  demand: 'Demand',
  shortJobs: 'ShortJobs',
  requested: 'Requested',
  available: 'Available',
  shortBy: 'ShortBy',
  missingInstances: 'MissingInstances',
} as const;

/** The detail type of the report's events. */
export const SHORTAGE_EVENT = 'Batch Capacity Shortage';

/**
 * Reads the variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseCapacityReportConfig(text: string | undefined): CapacityReportConfig {
  return parseConfig<CapacityReportConfig>(text, SHAPE);
}

const SHAPE: ConfigShape = { reportId: 'string', queueArns: ['string'], tableName: 'string', jobBudget: 'number' };

import { parseConfig } from '../handler/config';

/** The environment variable that tells a job the place of its run. */
export const RUN_PLACE_VARIABLE = 'FOREMAN_RUN_PLACE';

/**
 * The place of one run: `s3://bucket/runs/nightly-20260101T030000Z/`.
 *
 * @param base what a `RunPlace` gave for a job; it ends with a slash
 * @param runId what a file name cannot hold is replaced
 */
export function runPlace(base: string, runId: string): string {
  return `${base}${runId.replace(/[^\w.-]/g, '-')}/`;
}

/** What the SnapshotFanOut construct hands its handler, as JSON in the environment variable `CONFIG`. */
export interface SnapshotFanOutConfig {
  /** Names the fan-out in the tags of its snapshots and volumes. */
  readonly fanOutId: string;
  /** The job whose data is multiplied. */
  readonly jobDefinitionName: string;
  /** Where such jobs are submitted to. */
  readonly queueArns: readonly string[];
  /** The device that their instances have the data volume as. */
  readonly deviceName: string;
  readonly parameterName: string;
  /** How many complete snapshots there are at most. */
  readonly keep: number;
}

/** The message about one job that has succeeded. */
export interface SucceededJob {
  readonly jobId: string;
}

/** After a job's end: what it has written and not synced reaches the disk meanwhile. */
export const SETTLE_SECONDS = 30;

/** What the parameter holds before there is a snapshot. */
export const NO_SNAPSHOT = 'none';

/** The tag of a fan-out's snapshots, and of the volumes that are made of them. */
export const FAN_OUT_TAG = 'batch-foreman:fan-out';
/** The tag of instances with data volumes, and of those: the function of a fan-out may take snapshots of them. */
export const DATA_VOLUME_TAG = 'batch-foreman:data-volume';
/** Before a fan-out's id, the tag of instances that may attach its volumes. */
export const MOUNTS_TAG_PREFIX = 'batch-foreman:mounts:';
/** Tags of a snapshot: the job that it is from, and when that had ended, in milliseconds since 1970. */
export const SNAPSHOT_JOB_TAG = 'batch-foreman:job';
export const SNAPSHOT_TIME_TAG = 'batch-foreman:job-stopped-at';

/**
 * Reads the variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseSnapshotFanOutConfig(text: string | undefined): SnapshotFanOutConfig {
  return parseConfig<SnapshotFanOutConfig>(text, {
    fanOutId: 'string',
    jobDefinitionName: 'string',
    queueArns: ['string'],
    deviceName: 'string',
    parameterName: 'string',
    keep: 'number',
  });
}

import type { Stop, StoredJob } from './item';

/** Ends every reason that this library gives AWS Batch: it comes back in the job's status reason, and in its children's. */
const SIGNATURE = 'batch-foreman';

/** @param by the construct that asks for the job's end */
export function signed(reason: string, by: string): string {
  return `${reason} [${SIGNATURE}: ${by}]`;
}

/**
 * Who had a job ended that did not end by itself: this library or somebody else. A retry must not undo what a person did.
 *
 * @returns undefined for a job that nobody has stopped
 */
export function whoStopped({ job, stop }: Pick<StoredJob, 'job' | 'stop'>): 'foreman' | 'person' | undefined {
  if (job.status !== 'FAILED' || !(job.isCancelled || job.isTerminated)) return undefined;
  const { statusReason } = job;
  const ours = statusReason === undefined ? stop !== undefined : isOurs(statusReason, stop);
  return ours ? 'foreman' : 'person';
}

function isOurs(statusReason: string, stop: Stop | undefined): boolean {
  return statusReason === stop?.reason || statusReason.includes(`[${SIGNATURE}: `);
}

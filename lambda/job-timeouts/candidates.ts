import type { TimedQueue, TimeoutsConfig } from '../../lib/timeouts/config';
import { arrayParentId } from '../batch/jobs';
import type { LedgerJob, StoredJob } from '../job-ledger/item';
import { passedLimit } from './decide';
import { type JobLimits, limitsOf } from './limits';

/** A job that may have to be looked after. */
export interface Candidate {
  readonly queue: TimedQueue;
  readonly jobId: string;
  readonly limits: JobLimits;
}

/** Of which malformed tag, or of which limit in a dry run, it was told already: kept with the job. */
export function noteOf(by: string, what: string): string {
  return `${by} ${what}`;
}

/** What a dry run says once of each job: each attempt's limits are limits of their own. */
export function dryRunNote(by: string, limit: string, { attemptsEnded }: Pick<LedgerJob, 'attemptsEnded'>): string {
  return noteOf(by, `${limit} ${attemptsEnded}`);
}

/**
 * The jobs of a queue that seem to have passed a limit, that an earlier run has asked to end, or that have a malformed tag.
 *
 * @param open all that the ledger has open in the queue, as it was a moment ago
 */
export function candidates(
  config: TimeoutsConfig,
  queue: TimedQueue,
  open: readonly StoredJob[],
  now: number,
): Candidate[] {
  const { by } = config;
  const parents = new Map(open.filter(({ job }) => job.arraySize !== undefined).map(({ job }) => [job.jobId, job]));
  // Thousands of jobs have no tag of their own.
  const untagged = limitsOf(config, {});
  return open.flatMap(({ job, stop, noted }): Candidate[] => {
    const parent = parents.get(arrayParentId(job.jobId));
    const tags = { ...(parent !== undefined && parent.tags), ...job.tags };
    const limits = Object.keys(tags).length === 0 ? untagged : limitsOf(config, tags);
    const candidate = { queue, jobId: job.jobId, limits };
    if (stop) return stop.by === by ? [candidate] : [];
    // The tags of an array are told of once, with the array.
    const told = limits.malformed.every(({ tag }) => job.tags[tag] === undefined || noted.includes(noteOf(by, tag)));
    if (!told) return [candidate];
    const passed = passedLimit(job, limits.limits, now);
    if (!passed || (queue.dryRun && noted.includes(dryRunNote(by, passed.limit, job)))) return [];
    return [candidate];
  });
}

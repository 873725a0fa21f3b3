import type { Limit, Limits } from '../../lib/timeouts/config';
import { entryKey, hasEnded, type LedgerJob, type Stop } from '../job-ledger/item';
import { progressOf } from '../job-ledger/progress';
import { whoStopped } from '../job-ledger/stops';

/** A limit that a job has passed. */
export interface Passed {
  readonly limit: Limit;
  readonly limitSeconds: number;
  readonly spentSeconds: number;
  /** What waits is cancelled, which does nothing to a job that has just started. */
  readonly action: Stop['action'];
}

/** Events tell whole seconds, cut off: what they tell of may have been almost a second later. */
const EVENT_TIME_RESOLUTION = 1000;

const CANCELLED: readonly Limit[] = ['SUBMITTED', 'PENDING', 'RUNNABLE'];

/** @returns the limit that a job has passed first, if it has passed any */
export function passedLimit(job: LedgerJob, limits: Limits, now: number): Passed | undefined {
  if (hasEnded(job)) return undefined;
  const passed: (Passed & { over: number })[] = [];
  for (const [limit, limitSeconds] of Object.entries(limits) as [Limit, number][]) {
    const spent = spentIn(limit, job, now);
    const over = spent === undefined ? -1 : spent - limitSeconds * 1000;
    if (over < 0) continue;
    const action = CANCELLED.includes(limit) ? 'CANCEL' : 'TERMINATE';
    passed.push({ limit, limitSeconds, spentSeconds: Math.floor(spent! / 1000), action, over });
  }
  const [first] = passed.sort((a, b) => b.over - a.over);
  if (!first) return undefined;
  const { over: _, ...rest } = first;
  return rest;
}

/** How long a job has spent in what a limit is on, in milliseconds; undefined where the limit does not apply. */
function spentIn(limit: Limit, job: LedgerJob, now: number): number | undefined {
  if (limit === 'TOTAL') return now - job.createdAt;
  const isParent = job.arraySize !== undefined;
  if (limit === 'RUNNING') {
    if (isParent) return undefined;
    const since = job.status === 'RUNNING' ? job.entered[entryKey(job)] : undefined;
    return job.ranMilliseconds + (since === undefined ? 0 : now - since);
  }
  // The parent of an array is PENDING as long as its children are not over: they are timed.
  if (job.status !== limit || (isParent && limit === 'PENDING')) return undefined;
  const since = job.entered[entryKey(job)];
  return since === undefined ? undefined : now - since - EVENT_TIME_RESOLUTION;
}

/** A call may have been lost, and what it did takes a while to show. */
const REPEAT_AFTER = 30_000;
/** What ends within this is reported once, as ended. */
const REPORT_OPEN_AFTER = 90_000;

/**
 * What follows from an earlier intent to end a job:
 * - `wait`: it will end, or its end will be told;
 * - `repeat`: the call never arrived;
 * - `report`: AWS Batch will end it when it can, which may be long: a PENDING job ends with what it depends on;
 * - `drop`: it went on before it could be ended, and is within its limits.
 */
export type FollowUp = 'wait' | 'repeat' | 'report' | 'drop';

/**
 * @param job as AWS Batch has just shown it
 * @param passed the limit that it has passed by now
 */
export function followUp(job: LedgerJob, stop: Stop, passed: Passed | undefined, now: number): FollowUp {
  if (hasEnded(job)) return 'wait';
  const cancels = stop.action === 'CANCEL';
  // Cancelling does nothing to what has started.
  if (cancels && progressOf(job) > progressOf(stop)) return 'drop';
  if (cancels ? job.isCancelled : job.isTerminated) {
    return !stop.reported && now - stop.at >= REPORT_OPEN_AFTER ? 'report' : 'wait';
  }
  if (now - stop.at < REPEAT_AFTER) return 'wait';
  return passed?.limit === stop.limit ? 'repeat' : 'drop';
}

/** Whether a job that has ended ended by the intent that is kept with it. */
export function endedBy(job: LedgerJob, stop: Stop): boolean {
  return whoStopped({ job, stop }) === 'foreman';
}

import { METRICS } from '../../lib/ledger/config';
import { chunks } from '../runtime/chunks';
import { embeddedMetrics, type Measured, MOST_VALUES } from '../runtime/embedded-metrics';
import { ACTIVE, entryKey, hasEnded, type LedgerJob, type Status } from './item';
import type { Listing } from './sweep/suspects';

const KEY = /^(\d+)\/RUNNABLE$/;

/** How long a job waited in RUNNABLE, in milliseconds, before each attempt whose start is known now and was not before. */
export function newWaits(before: LedgerJob | undefined, after: LedgerJob): number[] {
  const known = new Set(waits(before?.entered ?? {}).map(([key]) => key));
  return waits(after.entered).flatMap(([key, wait]) => (known.has(key) ? [] : [wait]));
}

function waits(entered: LedgerJob['entered']): [key: string, wait: number][] {
  return Object.entries(entered).flatMap(([key, runnable]): [string, number][] => {
    const attemptsEnded = Number(KEY.exec(key)?.[1]);
    if (Number.isNaN(attemptsEnded)) return [];
    const starts = (['STARTING', 'RUNNING'] as const)
      .map((status) => entered[entryKey({ attemptsEnded, status })])
      .filter((time) => time !== undefined);
    return starts.length === 0 ? [] : [[key, Math.max(0, Math.min(...starts) - runnable)]];
  });
}

/** How many jobs of a queue are in each state before the end: of an array its children, as AWS Batch counts them. */
export function countByState({ jobs }: Pick<Listing, 'jobs'>): Map<Status, number> {
  const counts = new Map<Status, number>(ACTIVE.map((status) => [status, 0]));
  const add = (status: Status, count: number) => counts.set(status, (counts.get(status) ?? 0) + count);
  for (const { status, arrayProperties } of jobs) {
    if (arrayProperties?.statusSummary === undefined) add(status as Status, 1);
    else for (const state of ACTIVE) add(state, arrayProperties.statusSummary[state] ?? 0);
  }
  return counts;
}

/** How long the job that has waited longest has been in RUNNABLE, in milliseconds; 0 when none is. */
export function longestWait(open: Iterable<LedgerJob>, now: number): number {
  let longest = 0;
  for (const job of open) {
    const since = job.status === 'RUNNABLE' ? job.entered[entryKey(job)] : undefined;
    if (since !== undefined) longest = Math.max(longest, now - since);
  }
  return longest;
}

/** What has become of jobs in one step. */
interface Progress {
  readonly waits: number[];
  succeeded: number;
  failed: number;
}

/** Tells of jobs by metrics. */
export class Measures {
  /** Queues that had jobs when they were last looked at: those that have none go back to zero, once. */
  private readonly busy = new Set<string>();

  /** @param write takes one line of the function's log */
  constructor(private readonly write: (line: string) => void) {}

  /** @param changes what was known of jobs, and what is known now; the parents of arrays do not count */
  progress(changes: readonly (readonly [before: LedgerJob | undefined, after: LedgerJob])[], now: number): void {
    const byQueue = new Map<string, Progress>();
    for (const [before, after] of changes) {
      if (after.arraySize !== undefined) continue;
      const progress = byQueue.get(after.queueArn) ?? { waits: [], succeeded: 0, failed: 0 };
      byQueue.set(after.queueArn, progress);
      progress.waits.push(...newWaits(before, after));
      if (!hasEnded(after) || (before && hasEnded(before))) continue;
      if (after.status === 'SUCCEEDED') progress.succeeded++;
      else progress.failed++;
    }
    for (const [queueArn, { waits, succeeded, failed }] of byQueue) {
      if (succeeded > 0) this.tell(queueArn, now, { [METRICS.SUCCEEDED]: { value: succeeded, unit: 'Count' } });
      if (failed > 0) this.tell(queueArn, now, { [METRICS.FAILED]: { value: failed, unit: 'Count' } });
      for (const some of chunks(waits, MOST_VALUES)) {
        const value = some.map((milliseconds) => milliseconds / 1000);
        this.tell(queueArn, now, { [METRICS.wait]: { value, unit: 'Seconds' } });
      }
    }
  }

  /** What a look has found in a queue. An idle queue is not told of. */
  states(queueArn: string, counts: ReadonlyMap<Status, number>, longest: number, now: number): void {
    const isBusy = [...counts.values()].some((count) => count > 0);
    if (!isBusy && !this.busy.delete(queueArn)) return;
    if (isBusy) this.busy.add(queueArn);
    this.tell(queueArn, now, {
      ...Object.fromEntries(
        [...counts].map(([status, value]): [string, Measured] => [METRICS[status], { value, unit: 'Count' }]),
      ),
      [METRICS.longestWait]: { value: longest / 1000, unit: 'Seconds' },
    });
  }

  private tell(queueArn: string, now: number, metrics: Readonly<Record<string, Measured>>): void {
    const JobQueue = queueArn.slice(queueArn.lastIndexOf('/') + 1);
    this.write(embeddedMetrics(new Date(now), { dimensions: { JobQueue }, metrics }));
  }
}

import type { BatchClient, JobSummary } from '@aws-sdk/client-batch';
import { listJobsPage } from '../../batch/jobs';

/** A list of jobs that demand is read from: array parents stay PENDING while their children wait and run. */
interface Source {
  readonly queueArn: string;
  readonly status: 'RUNNABLE' | 'PENDING';
}

/** A place in the lists; what lies before it was read by earlier ticks. */
export interface ReadCursor extends Source {
  readonly nextToken?: string;
}

export interface QueueScan {
  /** RUNNABLE jobs of the pages read, by queue. */
  readonly runnable: ReadonlyMap<string, readonly JobSummary[]>;
  /** Array parents of the pages read, by queue. */
  readonly arrays: ReadonlyMap<string, readonly JobSummary[]>;
  /** Queues whose RUNNABLE jobs were read from first to last. */
  readonly whole: ReadonlySet<string>;
  /** Whether every list was read from first to last. */
  readonly complete: boolean;
  readonly cursor?: ReadCursor;
  readonly errors: readonly unknown[];
}

/**
 * Reads the lists of waiting jobs from the cursor to their end, or until the budget is used: a tick costs no more calls
 * for a hundred thousand jobs than for the budget, and the ticks together still see every job.
 *
 * @param queueArns highest priority first
 * @param budget jobs listed; the page under way is finished
 */
export async function scanQueues(
  batch: BatchClient,
  queueArns: readonly string[],
  budget: number,
  cursor: ReadCursor | undefined,
): Promise<QueueScan> {
  const sources = queueArns.flatMap((queueArn): Source[] => [
    { queueArn, status: 'RUNNABLE' },
    { queueArn, status: 'PENDING' },
  ]);
  const first = cursor
    ? Math.max(
        0,
        sources.findIndex((source) => same(source, cursor)),
      )
    : 0;
  const runnable = new Map<string, JobSummary[]>(queueArns.map((queueArn) => [queueArn, []]));
  const arrays = new Map<string, JobSummary[]>(queueArns.map((queueArn) => [queueArn, []]));
  const whole = new Set<string>();
  const errors: unknown[] = [];
  let read = 0;
  let resume: ReadCursor | undefined;

  for (const source of sources.slice(first)) {
    if (read >= budget) {
      resume = source;
      break;
    }
    const start = cursor && same(source, cursor) ? cursor.nextToken : undefined;
    let nextToken = start;
    try {
      do {
        const page = await listJobsPage(batch, { jobQueue: source.queueArn }, source.status, nextToken);
        const jobs = source.status === 'RUNNABLE' ? page.jobs : page.jobs.filter(isArrayParent);
        (source.status === 'RUNNABLE' ? runnable : arrays).get(source.queueArn)!.push(...jobs);
        read += page.jobs.length;
        nextToken = page.nextToken;
      } while (nextToken && read < budget);
    } catch (error) {
      // A token may have gone stale: the next tick begins at the top.
      errors.push(error);
      continue;
    }
    if (nextToken) {
      resume = { ...source, nextToken };
      break;
    }
    if (start === undefined && source.status === 'RUNNABLE') whole.add(source.queueArn);
  }
  const complete = first === 0 && cursor?.nextToken === undefined && resume === undefined && errors.length === 0;
  return { runnable, arrays, whole, complete, cursor: errors.length > 0 ? undefined : resume, errors };
}

function same(a: Source, b: Source): boolean {
  return a.queueArn === b.queueArn && a.status === b.status;
}

function isArrayParent(job: JobSummary): boolean {
  return job.arrayProperties?.size !== undefined;
}

export function hasWaitingChildren({ arrayProperties }: JobSummary): boolean {
  return (arrayProperties?.statusSummary?.['RUNNABLE'] ?? 0) > 0;
}

/**
 * Of so many looks at queues in which nothing waits, one reads what a queue's list of RUNNABLE jobs does not show. Ticks
 * come each minute, and what is read less often is either told by events or nothing that jobs wait for.
 */
export const WHOLE_LOOK_EVERY = 5;

/**
 * A look that costs as little as can be.
 *
 * @param withArrays whether the lists of arrays, whose children no list of RUNNABLE jobs shows, are read too
 */
export async function seesNoJobs(
  batch: BatchClient,
  queueArns: readonly string[],
  withArrays: boolean,
): Promise<boolean> {
  const pages = (status: 'RUNNABLE' | 'PENDING') =>
    Promise.all(queueArns.map((jobQueue) => listJobsPage(batch, { jobQueue }, status)));
  const [runnable, pending] = await Promise.all([pages('RUNNABLE'), withArrays ? pages('PENDING') : []]);
  return (
    runnable.every(({ jobs }) => jobs.length === 0) &&
    pending.every(({ jobs, nextToken }) => nextToken === undefined && !jobs.some(hasWaitingChildren))
  );
}

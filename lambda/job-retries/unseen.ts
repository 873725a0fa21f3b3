import type { JobSummary } from '@aws-sdk/client-batch';
import { listJobsPage } from '../batch/jobs';
import type { Context } from './context';

/** A failure that is younger may be under way as an announcement. */
const YOUNGEST = 120_000;
const OLDEST = 3_600_000;
/** Each queue is looked at every so many minutes. */
const TURNS = 5;
const MOST_PAGES = 10;
const MINUTE = 60_000;
const MOST_REMEMBERED = 20_000;

/**
 * Finds failures that nobody has told of: of jobs that were over before the ledger's next sweep, and whose events were all
 * lost.
 */
export class UnseenFailures {
  /** Jobs that have been found to be dealt with; it only saves reads. */
  private readonly known = new Set<string>();

  constructor(private readonly context: Context) {}

  async find(): Promise<string[]> {
    const now = this.context.now();
    const turn = Math.floor(now / MINUTE) % TURNS;
    const queues = this.context.config.queues.filter((_, index) => index % TURNS === turn);
    const found: string[] = [];
    for (const { arn } of queues) found.push(...(await this.inQueue(arn, now)));
    return found;
  }

  private async inQueue(jobQueue: string, now: number): Promise<string[]> {
    const recent: string[] = [];
    let nextToken: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await listJobsPage(this.context.batch, { jobQueue }, 'FAILED', nextToken);
      recent.push(...page.jobs.filter((job) => isRecent(job, now)).map(({ jobId }) => jobId!));
      nextToken = page.nextToken;
      if (!nextToken) break;
    }
    const unknown = recent.filter((jobId) => !this.known.has(jobId) && !jobId.includes(':'));
    const kept = await this.context.ledger.getMany(unknown);
    if (this.known.size > MOST_REMEMBERED) this.known.clear();
    return unknown.filter((jobId) => {
      const dealtWith = kept.get(jobId)?.attributes['retry'] !== undefined;
      if (dealtWith) this.known.add(jobId);
      return !dealtWith;
    });
  }
}

function isRecent({ stoppedAt, createdAt }: JobSummary, now: number): boolean {
  const age = now - (stoppedAt ?? createdAt ?? 0);
  return age > YOUNGEST && age < OLDEST;
}

import type { BatchClient, JobSummary } from '@aws-sdk/client-batch';
import type { LedgerConfig } from '../../../lib/ledger/config';
import { ENDED_ARRAYS, UNANNOUNCED } from '../../../lib/ledger/config';
import { describeJobs, listJobsPage, type JobSource } from '../../batch/jobs';
import type { Attempts } from '../../runtime/attempts';
import type { Log } from '../../runtime/log';
import type { Clock } from '../../runtime/runtime';
import type { Announcer } from '../announcer';
import { ACTIVE, endedAt, hasEnded, type LedgerJob, type Status } from '../item';
import { countByState, longestWait, type Measures } from '../measures';
import { afterChildren } from '../places';
import type { Recorder } from '../recorder';
import { sightingOf } from '../sighting';
import type { JobStore } from '../store';
import type { LedgerTable } from '../table';
import { LookBack } from './look-back';
import { differingArrays, type Listing, suspectChildren, suspects } from './suspects';

/** The most jobs that one sweep asks AWS Batch for; the next one goes on. */
const MOST_DESCRIBED = 5000;
/** The most that a list of one state is read, of 1000 jobs each. */
const MOST_PAGES = 50;
/** An announcement that is younger may be under way. */
const ANNOUNCEMENT_AGE = 30_000;
/** AWS Batch forgets a job that long after its end, or a little later. */
const KEPT_BY_BATCH = 8 * 86_400_000;
/** An array that ends while it still waits for other jobs may have no children: AWS Batch knows none that long after. */
const NEVER_MADE_AFTER = 2 * 60_000;
const MINUTE = 60_000;

export interface SweepContext {
  readonly config: LedgerConfig;
  readonly batch: BatchClient;
  readonly table: LedgerTable;
  readonly store: JobStore;
  readonly recorder: Recorder;
  readonly announcer: Announcer;
  readonly measures: Measures;
  readonly clock: Clock;
  readonly log: Log;
}

/** Compares what the ledger has open with what AWS Batch lists, and asks for the jobs that are not the same. */
export class Sweep {
  private described = 0;

  constructor(
    private readonly context: SweepContext,
    private readonly attempts: Attempts,
  ) {}

  async run(): Promise<void> {
    await this.attempts.attempt('announce', {}, () => this.announce());
    await this.attempts.attempt('count children', {}, () => this.countChildren());
    const queueArns = this.startingElsewhere(this.context.config.queueArns);
    for (const queueArn of queueArns) {
      await this.attempts.attempt('sweep', { queueArn }, () => this.sweepQueue(queueArn));
    }
    const lookBack = new LookBack(this.context, this.attempts.timeIsLeft);
    const check = (jobIds: readonly string[]) => this.check(jobIds, new Map());
    for (const queueArn of queueArns) {
      await this.attempts.attempt('look back', { queueArn }, () => lookBack.run(queueArn, check));
    }
  }

  private async announce(): Promise<void> {
    const { store, announcer, clock } = this.context;
    for await (const page of store.open(UNANNOUNCED, clock.now().getTime() - ANNOUNCEMENT_AGE)) {
      const jobs = await store.getMany(page.map(({ job }) => job.jobId));
      await announcer.announce([...jobs.values()].filter(({ place }) => place.openIn === UNANNOUNCED));
    }
  }

  /** Events of children may not come at all, and one that started and ended since the last sweep was in no list. */
  private async countChildren(): Promise<void> {
    for await (const page of this.context.store.open(ENDED_ARRAYS)) {
      for (const { job } of page) {
        await this.attempts.attempt('count children', { jobId: job.jobId }, () => this.countChildrenOf(job));
      }
    }
  }

  private async countChildrenOf({ jobId, arraySize = 0 }: LedgerJob): Promise<void> {
    const { store, clock } = this.context;
    const ids = Array.from({ length: arraySize }, (_, index) => `${jobId}:${index}`);
    const open = async () => {
      const known = await store.getMany(ids);
      return {
        known: ids.filter((id) => known.has(id) && !hasEnded(known.get(id)!.job)),
        unknown: ids.filter((id) => !known.has(id)),
      };
    };
    let left = await open();
    let asked = true;
    if (left.known.length + left.unknown.length > 0) {
      asked = await this.check([...left.known, ...left.unknown], new Map());
      left = await open();
    }
    const array = await store.get(jobId);
    if (array?.place.openIn !== ENDED_ARRAYS) return;
    const sinceEnd = clock.now().getTime() - endedAt(array.job);
    const isOver = left.known.length === 0 && (left.unknown.length === 0 || (asked && sinceEnd > NEVER_MADE_AFTER));
    if (isOver || sinceEnd > KEPT_BY_BATCH) await store.pass(array, afterChildren(array));
  }

  private async sweepQueue(queueArn: string): Promise<void> {
    const { store, measures, clock } = this.context;
    const open = new Map<string, LedgerJob>();
    for await (const page of store.open(queueArn)) for (const { job } of page) open.set(job.jobId, job);
    const listing = await this.list({ jobQueue: queueArn }, ACTIVE);
    if (listing.complete) {
      const now = clock.now().getTime();
      measures.states(queueArn, countByState(listing), longestWait(open.values(), now), now);
    }
    await this.check(suspects(open, listing), open);
    for (const array of this.startingElsewhere(differingArrays(open, listing))) {
      const { arrayJobId, differ } = array;
      await this.attempts.attempt('sweep array', { arrayJobId }, async () => {
        const { jobs, complete } = await this.list({ arrayJobId }, differ);
        if (complete) await this.check(suspectChildren(array, jobs), open);
      });
    }
  }

  private async list(source: JobSource, statuses: readonly Status[]): Promise<Listing> {
    const lists = await Promise.all(statuses.map((status) => this.listOne(source, status)));
    return { jobs: lists.flatMap(({ jobs }) => jobs), complete: lists.every(({ complete }) => complete) };
  }

  private async listOne(source: JobSource, status: Status): Promise<Listing> {
    const jobs: JobSummary[] = [];
    let nextToken: string | undefined;
    for (let pages = 0; pages < MOST_PAGES && this.attempts.timeIsLeft(); pages++) {
      const page = await listJobsPage(this.context.batch, source, status, nextToken);
      jobs.push(...page.jobs);
      nextToken = page.nextToken;
      if (!nextToken) return { jobs, complete: true };
    }
    this.context.log.warn('a list was not read to its end', { ...source, status, jobs: jobs.length });
    return { jobs, complete: false };
  }

  /** Asks AWS Batch for jobs, and records what it says. @returns whether all were asked for and recorded */
  private async check(jobIds: readonly string[], open: ReadonlyMap<string, LedgerJob>): Promise<boolean> {
    const { batch, recorder, clock } = this.context;
    const some = jobIds.slice(0, MOST_DESCRIBED - this.described);
    this.described += some.length;
    const details = await describeJobs(batch, some);
    const now = clock.now().getTime();
    const failed = await recorder.record(details.map((detail) => sightingOf(detail, now)));
    for (const [jobId, error] of failed) this.attempts.failed('record', { jobId }, error);
    const found = new Set(details.map(({ jobId }) => jobId));
    const forgotten = some.flatMap((jobId) => (found.has(jobId) ? [] : (open.get(jobId) ?? [])));
    for (const job of forgotten) if (lastSeen(job) < now - KEPT_BY_BATCH) await this.forget(job);
    return some.length === jobIds.length && failed.size === 0;
  }

  /** AWS Batch does not know the job any more: it has ended, and nobody will learn how. */
  private async forget({ jobId }: LedgerJob): Promise<void> {
    const { store, clock, log, config } = this.context;
    const stored = await store.get(jobId);
    if (!stored) return;
    const expiresAt = Math.ceil(clock.now().getTime() / 1000) + config.retentionSeconds;
    if (await store.keep(stored, stored.job, { expiresAt })) log.warn('AWS Batch has forgotten an open job', { jobId });
  }

  /** Where the time or the calls do not suffice for all, it is not always the same that are left out. */
  private startingElsewhere<T>(list: readonly T[]): T[] {
    const start = list.length === 0 ? 0 : Math.floor(this.context.clock.now().getTime() / MINUTE) % list.length;
    return [...list.slice(start), ...list.slice(0, start)];
  }
}

function lastSeen(job: LedgerJob): number {
  return Math.max(job.createdAt, ...Object.values(job.entered));
}

import type { BatchClient } from '@aws-sdk/client-batch';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { stoppedBy } from '../../lib/ledger/config';
import { METRICS, type TimedQueue, type TimeoutsConfig } from '../../lib/timeouts/config';
import { describeJobs } from '../batch/jobs';
import { publishEvents } from '../events/publish';
import { hasEnded, type LedgerJob, notedAttribute, type Stop, stopAttribute, type StoredJob } from '../job-ledger/item';
import { merge } from '../job-ledger/progress';
import { sightingOf } from '../job-ledger/sighting';
import type { JobStore } from '../job-ledger/store';
import type { Attempts } from '../runtime/attempts';
import { chunks } from '../runtime/chunks';
import type { Log } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import { type Candidate, candidates, dryRunNote, noteOf } from './candidates';
import { endedBy, followUp, type Passed, passedLimit } from './decide';
import { countLines, eventOf, metricLines, type Report } from './report';
import { stopJobs } from './stop-jobs';
import { reasonOf } from './words';

export interface TickContext {
  readonly config: TimeoutsConfig;
  readonly batch: BatchClient;
  readonly events: EventBridgeClient;
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes lines from which CloudWatch makes metrics. */
  readonly write: (line: string) => void;
}

const JOBS_AT_A_TIME = 100;
/** So many times as many: for each, AWS Batch is called thrice, and it takes 50 calls a second in an account and Region. */
const AT_THE_SAME_TIME = 3;

/** A job as it is now: what the ledger has, and what AWS Batch has just said. */
interface Present {
  readonly candidate: Candidate;
  readonly stored: StoredJob;
  readonly job: LedgerJob;
}

/** Ends the jobs that have passed a limit, follows up those that it has asked to end, and tells of them. */
export class Tick {
  constructor(
    private readonly context: TickContext,
    private readonly attempts: Attempts,
  ) {}

  async run(): Promise<void> {
    const { config, store } = this.context;
    for (const queue of config.queues) {
      await this.attempts.attempt('look', { queueArn: queue.arn }, () => this.lookAt(queue));
    }
    // Thousands of reports take a while, and can wait.
    for await (const page of store.open(stoppedBy(config.by))) {
      for (const some of chunks(page, JOBS_AT_A_TIME))
        await this.attempts.attempt('settle', {}, () => this.settle(some));
    }
  }

  private async lookAt(queue: TimedQueue): Promise<void> {
    const { config, store } = this.context;
    const open: StoredJob[] = [];
    for await (const page of store.open(queue.arn)) open.push(...page);
    const found = candidates(config, queue, open, this.now());
    const waiting = chunks(found, JOBS_AT_A_TIME);
    const work = async () => {
      for (let some = waiting.shift(); some; some = waiting.shift()) await this.attempt(queue, some);
    };
    await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, work));
  }

  private attempt({ arn }: TimedQueue, some: readonly Candidate[]): Promise<void> {
    return this.attempts.attempt('time out', { queueArn: arn }, () => this.timeOut(some));
  }

  /** Reads them consistently, asks AWS Batch, and only then decides. */
  private async timeOut(some: readonly Candidate[]): Promise<void> {
    const { store, batch } = this.context;
    const ids = some.map(({ jobId }) => jobId);
    const [stored, details] = await Promise.all([store.getMany(ids), describeJobs(batch, ids)]);
    const now = this.now();
    const described = new Map(details.map((detail) => [detail.jobId!, detail]));
    const present = some.flatMap((candidate): Present[] => {
      const kept = stored.get(candidate.jobId);
      const detail = described.get(candidate.jobId);
      // What is not there, or is over, is left to the ledger's sweep.
      if (!kept || !detail || hasEnded(kept.job)) return [];
      return [{ candidate, stored: kept, job: merge(kept.job, sightingOf(detail, now)) }];
    });
    await this.noteMalformed(present);
    const passed = present.flatMap((one) => {
      const limit = passedLimit(one.job, one.candidate.limits.limits, now);
      return limit && !one.stored.stop ? [{ ...one, stop: this.stopOf(one.job, limit, now) }] : [];
    });
    await this.sayOnly(passed.filter(({ candidate }) => candidate.queue.dryRun));
    await this.stop(passed.filter(({ candidate }) => !candidate.queue.dryRun));
    await this.followUp(
      present.filter(({ stored: { stop } }) => stop?.by === this.context.config.by),
      now,
    );
  }

  private stopOf(job: LedgerJob, passed: Passed, at: number): Stop {
    const { by } = this.context.config;
    const { status, attemptsEnded } = job;
    return { ...passed, by, status, attemptsEnded, at, reason: reasonOf(passed, by), reported: false };
  }

  /** The intents are written before AWS Batch is called: a retry must know that it was not a person. */
  private async stop(jobs: readonly (Present & { readonly stop: Stop })[]): Promise<void> {
    const { store, batch, log } = this.context;
    const orders = await Promise.all(
      jobs.map(async ({ stored, stop }) => {
        const { jobId } = stored.job;
        // Where something has happened to the job meanwhile, the next tick decides anew.
        if (!(await store.change(stored, { stop: stopAttribute(stop) }))) return [];
        log.info('time out', { jobId, action: stop.action, reason: stop.reason });
        return [{ jobId, stop }];
      }),
    );
    await stopJobs(batch, orders.flat());
  }

  private async followUp(jobs: readonly Present[], now: number): Promise<void> {
    const { store, batch, log } = this.context;
    const followed = jobs.map(({ stored, job, candidate }) => {
      const stop = stored.stop!;
      return { stored, job, stop, what: followUp(job, stop, passedLimit(job, candidate.limits.limits, now), now) };
    });
    const of = (what: string) => followed.filter((one) => one.what === what);
    await stopJobs(
      batch,
      of('repeat').map(({ job: { jobId }, stop }) => ({ jobId, stop })),
    );
    await this.publish(of('report').map(({ job, stop }) => ({ job, stop, dryRun: false, ended: false })));
    await Promise.all([
      ...of('report').map(({ stored, stop }) =>
        store.change(stored, { stop: stopAttribute({ ...stop, reported: true }) }),
      ),
      ...of('drop').map(async ({ stored, job, stop }) => {
        log.info('went on before it could be ended', { jobId: job.jobId, limit: stop.limit, status: job.status });
        await store.change(stored, { stop: undefined });
      }),
    ]);
  }

  /** Tells of jobs that have ended after they were asked to, and lets go of them. */
  private async settle(page: readonly StoredJob[]): Promise<void> {
    const { store, log, config } = this.context;
    const jobs = await store.getMany(page.map(({ job }) => job.jobId));
    const stopped = [...jobs.values()].filter(({ place, stop }) => stop && place.openIn === stoppedBy(config.by));
    const reports = stopped
      .filter(({ job, stop }) => endedBy(job, stop!))
      .map(({ job, stop }) => ({ job, stop: stop!, dryRun: false, ended: true }));
    await this.publish(reports);
    await Promise.all(
      stopped.map(async (stored) => {
        const { job, stop } = stored;
        if (!endedBy(job, stop!)) log.info('ended by itself', { jobId: job.jobId, limit: stop!.limit });
        await store.pass(stored, undefined);
      }),
    );
  }

  private async sayOnly(jobs: readonly (Present & { readonly stop: Stop })[]): Promise<void> {
    const { config, log } = this.context;
    const fresh = jobs.filter(({ stored, stop }) => !stored.noted.includes(dryRunNote(config.by, stop.limit, stop)));
    for (const { job, stop } of fresh) {
      log.info('would time out', { jobId: job.jobId, action: stop.action, reason: stop.reason });
    }
    await this.publish(fresh.map(({ job, stop }) => ({ job, stop, dryRun: true, ended: false })));
    await Promise.all(fresh.map(({ stored, stop }) => this.note(stored, [dryRunNote(config.by, stop.limit, stop)])));
  }

  private async noteMalformed(jobs: readonly Present[]): Promise<void> {
    const { config, log, write } = this.context;
    const found = jobs.flatMap(({ candidate, stored }) => {
      const tags = candidate.limits.malformed.filter(
        ({ tag }) => stored.job.tags[tag] !== undefined && !stored.noted.includes(noteOf(config.by, tag)),
      );
      return tags.length > 0 ? [{ stored, tags }] : [];
    });
    for (const { stored, tags } of found) {
      for (const tag of tags) log.warn('malformed tag; the default applies', { jobId: stored.job.jobId, ...tag });
    }
    for (const line of countLines(
      METRICS.malformedTags,
      found.map(({ stored }) => stored.job),
      this.now(),
    ))
      write(line);
    await Promise.all(
      found.map(({ stored, tags }) =>
        this.note(
          stored,
          tags.map(({ tag }) => noteOf(config.by, tag)),
        ),
      ),
    );
  }

  private async note(stored: StoredJob, notes: readonly string[]): Promise<void> {
    await this.context.store.change(stored, { noted: notedAttribute([...stored.noted, ...notes]) });
  }

  private async publish(reports: readonly Report[]): Promise<void> {
    if (reports.length === 0) return;
    await publishEvents(this.context.events, reports.map(eventOf));
    for (const line of metricLines(reports, this.now())) this.context.write(line);
  }

  private now(): number {
    return this.context.clock.now().getTime();
  }
}

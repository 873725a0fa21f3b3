import { UNANNOUNCED } from '../../lib/ledger/config';
import { chunks } from '../runtime/chunks';
import { errorFields, type Log } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import type { Announcer } from './announcer';
import { endedAt, hasEnded, type LedgerJob, type Place, type StoredJob } from './item';
import type { Measures } from './measures';
import { whereEnded } from './places';
import { merge } from './progress';
import type { Sighting } from './sighting';
import { type JobStore, sameJob } from './store';

const JOBS_AT_A_TIME = 100;
/** Several invocations may write to one job at the same time; each of them comes through once. */
const MOST_TRIES = 10;

/** A job as it was, and as it was written. */
interface Change {
  readonly before: StoredJob | undefined;
  readonly after: StoredJob;
}

/** Writes sightings of jobs into the ledger, and has the ends announced. */
export class Recorder {
  constructor(
    private readonly store: JobStore,
    private readonly announcer: Announcer,
    private readonly measures: Measures,
    private readonly retentionSeconds: number,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @returns what could not be written, by job id, with its error */
  async record(sightings: readonly Sighting[]): Promise<Map<string, unknown>> {
    const byJob = new Map<string, Sighting[]>();
    for (const sighting of sightings) {
      const { jobId } = sighting.job;
      byJob.set(jobId, [...(byJob.get(jobId) ?? []), sighting]);
    }
    const failed = new Map<string, unknown>();
    for (const jobs of chunks([...byJob], JOBS_AT_A_TIME)) {
      const changes = await this.recordSome(new Map(jobs), failed);
      this.measures.progress(
        changes.map(({ before, after }) => [before?.job, after.job]),
        this.clock.now().getTime(),
      );
      const ended = changes.filter(({ before, after }) => hasEnded(after.job) && !(before && hasEnded(before.job)));
      // The ledger knows of them, and the sweep announces what is not announced now.
      const unannounced = ended.map(({ after }) => after).filter(({ place }) => place.openIn === UNANNOUNCED);
      await this.announcer.announce(unannounced).catch((error: unknown) => {
        this.log.error('announcements failed', { jobs: unannounced.length, ...errorFields(error) });
      });
    }
    return failed;
  }

  /** @returns what was new and is written */
  private async recordSome(
    byJob: ReadonlyMap<string, readonly Sighting[]>,
    failed: Map<string, unknown>,
  ): Promise<Change[]> {
    let stored: Map<string, StoredJob>;
    try {
      stored = await this.store.getMany([...byJob.keys()]);
    } catch (error) {
      for (const jobId of byJob.keys()) failed.set(jobId, error);
      return [];
    }
    const changes = await Promise.all(
      [...byJob].map(([jobId, sightings]) =>
        this.recordJob(jobId, sightings, stored.get(jobId)).catch((error: unknown) => void failed.set(jobId, error)),
      ),
    );
    return changes.filter((change) => change !== undefined);
  }

  /** @returns nothing when nothing was new */
  private async recordJob(
    jobId: string,
    sightings: readonly Sighting[],
    first: StoredJob | undefined,
  ): Promise<Change | undefined> {
    let before = first;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const job = sightings.reduce<LedgerJob | undefined>(merge, before?.job)!;
      if (before && sameJob(before.job, job)) return undefined;
      const after = await this.store.keep(before, job, this.placeOf(before, job));
      if (after) return { before, after };
      before = await this.store.get(jobId);
    }
    throw new Error(`Job ${jobId} was written ${MOST_TRIES} times by others`);
  }

  private placeOf(before: StoredJob | undefined, job: LedgerJob): Place {
    if (!hasEnded(job)) return { openIn: job.queueArn, openSince: job.createdAt };
    if (before && hasEnded(before.job)) return before.place;
    const openIn = whereEnded({ job, stop: before?.stop }, this.announcer.hasSubscribers);
    return {
      openIn,
      openSince: openIn === undefined ? undefined : this.clock.now().getTime(),
      expiresAt: Math.ceil(endedAt(job) / 1000) + this.retentionSeconds,
    };
  }
}

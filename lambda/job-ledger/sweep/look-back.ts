import type { BatchClient } from '@aws-sdk/client-batch';
import { listJobsSince } from '../../batch/jobs';
import type { Log } from '../../runtime/log';
import type { Clock } from '../../runtime/runtime';
import { numeric } from '../item';
import type { JobStore } from '../store';
import type { LedgerTable } from '../table';

const MINUTE = 60_000;
/** A sweep that is a little early does not wait for the next. */
const EVERY = 4.5 * MINUTE;
/** Lists lag by a minute, and the clocks of AWS Batch and of the function may differ by two. */
const OVERLAP = 4 * MINUTE;
/** What is younger is left to its events, to the next sweep, and to the next look back. */
const YOUNGEST = MINUTE;
/** The first time: a deployment takes some minutes, and events come before it is through. */
const AT_FIRST = 15 * MINUTE;
/** A queue that has been away for long does not bring its past along. */
const FARTHEST = 86_400_000;
/** Of 100 jobs each: more than can be submitted between two looks. */
const MOST_PAGES = 300;
const PREFIX = 'queue#';
const LOOKED_BACK_AT = 'lookedBackAt';

export interface LookBackContext {
  readonly batch: BatchClient;
  readonly table: LedgerTable;
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Finds the jobs that nobody has told of, and that no sweep has seen: they came and went between two sweeps, and all of
 * their events were lost. Every five minutes it lists what was submitted since it last did.
 */
export class LookBack {
  constructor(
    private readonly context: LookBackContext,
    private readonly timeIsLeft: () => boolean,
  ) {}

  /** @param check has AWS Batch asked for jobs, and tells whether the ledger now has all of them */
  async run(queueArn: string, check: (jobIds: readonly string[]) => Promise<boolean>): Promise<void> {
    const { batch, table, store, clock, log } = this.context;
    const now = clock.now().getTime();
    const item = await table.get(`${PREFIX}${queueArn}`);
    const last = item === undefined ? now - AT_FIRST : Number(item[LOOKED_BACK_AT]!.N);
    if (now - last < EVERY) return;
    const since = Math.max(last - OVERLAP, now - FARTHEST);
    let pages = 0;
    let all = true;
    for await (const page of listJobsSince(batch, queueArn, since)) {
      if (!this.timeIsLeft()) return;
      const ids = page.filter(({ createdAt }) => createdAt! <= now - YOUNGEST).map(({ jobId }) => jobId!);
      const kept = await store.getMany(ids);
      // Features may have written of a job that the ledger itself has never seen.
      const unknown = ids.filter((jobId) => (kept.get(jobId)?.version ?? 0) === 0);
      if (unknown.length > 0) all = (await check(unknown)) && all;
      if (++pages < MOST_PAGES) continue;
      log.warn('a look back was not read to its end', { queueArn, since, pages });
      break;
    }
    // What is not known is looked for again by the next sweep.
    if (all) await table.update(`${PREFIX}${queueArn}`, { set: { [LOOKED_BACK_AT]: numeric(now) } });
  }
}

import type { BatchClient } from '@aws-sdk/client-batch';
import { describeJobs } from '../../lambda/batch/jobs';
import { endedAt, hasEnded, jobKey } from '../../lambda/job-ledger/item';
import { JobStore } from '../../lambda/job-ledger/store';
import type { LedgerTable } from '../../lambda/job-ledger/table';
import { followingIn } from '../../lambda/job-retries/following';
import { isoTime } from '../../lambda/scheduled-job/run-names';
import type { ShownRun } from './model';

/** What has become of jobs, and of those that retries have put in their place. */
export class Jobs {
  private readonly store: JobStore;

  constructor(
    private readonly table: LedgerTable,
    private readonly batch: BatchClient,
  ) {
    this.store = new JobStore(table);
  }

  async status(first: string): Promise<Partial<ShownRun>> {
    const id = await this.latest(first);
    const kept = (await this.store.get(id))?.job;
    if (kept && hasEnded(kept)) {
      return {
        id,
        status: kept.status,
        ...(kept.startedAt !== undefined && { startedAt: isoTime(kept.startedAt) }),
        endedAt: isoTime(endedAt(kept)),
        ...(kept.status === 'FAILED' && kept.statusReason && { reason: kept.statusReason }),
      };
    }
    const [job] = await describeJobs(this.batch, [id]);
    if (!job) return { id, ...(kept && { status: kept.status }) };
    const { status, startedAt, stoppedAt, statusReason } = job;
    return {
      id,
      status: status!,
      ...(startedAt && { startedAt: isoTime(startedAt) }),
      ...(stoppedAt && { endedAt: isoTime(stoppedAt) }),
      ...(status === 'FAILED' && statusReason && { reason: statusReason }),
    };
  }

  private async latest(first: string): Promise<string> {
    let id = first;
    for (;;) {
      const following = followingIn(await this.table.get(jobKey(id)));
      if (following === undefined || typeof following === 'string') return id;
      id = following.successor;
    }
  }
}

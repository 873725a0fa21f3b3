import { EXPIRY } from '../../lib/ledger/config';
import { jobKey } from '../job-ledger/item';
import type { LedgerTable } from '../job-ledger/table';

/**
 * What other features read of a failed job in the ledger: PENDING, it will be submitted again if nothing comes between;
 * RESUBMITTED, its successor leads on; FINAL, nothing follows.
 */
export type Retry = 'PENDING' | 'RESUBMITTED' | 'FINAL';

export interface Mark {
  readonly retry: Retry;
  readonly lineage?: string;
  readonly successor?: string;
}

/** How long a job is kept that the ledger has never seen. */
const RETENTION_SECONDS = 30 * 86_400;

/** Writes into the items of failed jobs what becomes of them. A decision that has been carried out is never taken back. */
export class Marks {
  constructor(
    private readonly table: LedgerTable,
    private readonly now: () => number,
  ) {}

  async mark(jobId: string, { retry, lineage, successor }: Mark): Promise<void> {
    const key = jobKey(jobId);
    const isKnown = (await this.table.get(key)) !== undefined;
    await this.table.update(key, {
      set: {
        retry: { S: retry },
        ...(lineage !== undefined && { lineage: { S: lineage } }),
        ...(successor !== undefined && { successor: { S: successor } }),
        // Its event was lost: nobody else will see to it that the item goes.
        ...(!isKnown && { [EXPIRY]: { N: String(Math.ceil(this.now() / 1000) + RETENTION_SECONDS) } }),
      },
      // Who is late must not take back what has been carried out.
      expect: retry === 'PENDING' ? { retry: undefined } : {},
    });
  }
}

import { jobKey } from '../job-ledger/item';
import type { LedgerTable } from '../job-ledger/table';

/**
 * What the ledger knows of a job that has failed: the job that a retry has put in its place, or that there may come one.
 */
export function retriedAs(table: LedgerTable): (jobId: string) => Promise<string | 'pending' | undefined> {
  return async (jobId) => {
    const item = await table.get(jobKey(jobId));
    const successor = item?.['successor']?.S;
    if (successor !== undefined) return successor;
    return item?.['retry']?.S === 'PENDING' ? 'pending' : undefined;
  };
}

import { ENDED_ARRAYS, stoppedBy, UNANNOUNCED } from '../../lib/ledger/config';
import type { LedgerJob, StoredJob } from './item';

type Ended = Pick<StoredJob, 'stop'> & { readonly job: Pick<LedgerJob, 'arraySize'> };

/**
 * Where a job that has ended is found in the index `open`, one place after the other: while its end has to be announced;
 * then, of an array, while its children have to be looked after; then with the construct that asked for its end, if one did.
 */
export function whereEnded(ended: Ended, hasSubscribers: boolean): string | undefined {
  return hasSubscribers ? UNANNOUNCED : afterAnnouncement(ended);
}

export function afterAnnouncement(ended: Ended): string | undefined {
  return ended.job.arraySize === undefined ? afterChildren(ended) : ENDED_ARRAYS;
}

export function afterChildren({ stop }: Pick<StoredJob, 'stop'>): string | undefined {
  return stop && stoppedBy(stop.by);
}

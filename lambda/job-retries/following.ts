import type { Attributes } from '../job-ledger/item';

/** A failure that JobRetries has not decided on by then is taken to be final. */
const UNDECIDED = 7_200_000;

/** What follows the failure of a job, as the features see it that have started the job. */
export type Following = { readonly successor: string } | 'undecided' | 'nothing';

/**
 * What the ledger tells of it. Between the failure and the first mark of JobRetries it tells nothing.
 *
 * @param kept the job's item in the ledger
 * @param retried whether JobRetries decides on it
 */
export function followingOf(kept: Attributes | undefined, retried: boolean, failedAt: number, now: number): Following {
  const successor = kept?.['successor']?.S;
  if (successor !== undefined) return { successor };
  const retry = kept?.['retry']?.S;
  if (retry === 'PENDING') return 'undecided';
  return retried && retry !== 'FINAL' && now - failedAt < UNDECIDED ? 'undecided' : 'nothing';
}

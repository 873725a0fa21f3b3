import type { Attributes } from '../job-ledger/item';

/** A failure that JobRetries has not decided on by then is taken to be final. */
const UNDECIDED = 7_200_000;

/** What follows the failure of a job. */
export type Following = { readonly successor: string } | 'undecided' | 'nothing';

/**
 * What the ledger tells of it.
 *
 * @param kept the job's item in the ledger
 * @returns undefined when JobRetries has not said anything: not yet, or it never will
 */
export function followingIn(kept: Attributes | undefined): Following | undefined {
  const successor = kept?.['successor']?.S;
  if (successor !== undefined) return { successor };
  const retry = kept?.['retry']?.S;
  if (retry === 'PENDING') return 'undecided';
  return retry === 'FINAL' ? 'nothing' : undefined;
}

/**
 * What is to be taken to follow, between the failure and the first word of JobRetries, too.
 *
 * @param retried whether JobRetries decides on it
 */
export function followingOf(kept: Attributes | undefined, retried: boolean, failedAt: number, now: number): Following {
  return followingIn(kept) ?? (retried && now - failedAt < UNDECIDED ? 'undecided' : 'nothing');
}

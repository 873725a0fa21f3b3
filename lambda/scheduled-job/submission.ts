import type { Submission } from './model';

/**
 * How stale a list of jobs may be, and a little for calls that are still under way when their caller is stopped: what is
 * looked for no sooner than this after it can last have been submitted is found if it is there.
 */
export const LIST_LAG = 75_000;
/** After so many attempts a run is given up. */
export const MOST_ATTEMPTS = 6;
const FIRST_BACK_OFF = 60_000;

export function untried(now: number): Submission {
  return { next: 'submit', at: now, attempts: 0 };
}

/** What came of an attempt, or of looking for what an earlier one may have submitted. */
export type Result =
  | { readonly kind: 'started'; readonly id: string }
  /** Nothing was submitted. */
  | { readonly kind: 'refused'; readonly error: string }
  /** It may have been submitted. */
  | { readonly kind: 'unknown'; readonly error: string }
  /** No attempt has submitted it. */
  | { readonly kind: 'not found' }
  /** There was no time left to try. */
  | { readonly kind: 'not begun' };

/**
 * To be written down before the call.
 *
 * @param deadline when the one who calls is stopped at the latest
 */
export function intended({ attempts, error }: Submission, deadline: number): Submission {
  return { next: 'look up', at: deadline + LIST_LAG, attempts: attempts + 1, ...(error !== undefined && { error }) };
}

/**
 * How it goes on.
 *
 * @param submission as it was written down before the call
 */
export function afterwards(
  { attempts, error }: Submission,
  result: Exclude<Result, { kind: 'started' }>,
  now: number,
): Submission | 'given up' {
  const submitAt = (at: number, tried = attempts): Submission => ({ next: 'submit', at, attempts: tried });
  if (result.kind === 'unknown') return { next: 'look up', at: now + LIST_LAG, attempts, error: result.error };
  if (result.kind === 'not begun') return submitAt(now, attempts - 1);
  if (attempts >= MOST_ATTEMPTS) return 'given up';
  if (result.kind === 'not found') return { ...submitAt(now), ...(error !== undefined && { error }) };
  return { ...submitAt(now + FIRST_BACK_OFF * 2 ** (attempts - 1)), error: result.error };
}

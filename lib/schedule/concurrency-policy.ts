/** What happens when a run is due while others are active. */
export enum ConcurrencyPolicy {
  /** Runs go side by side; beyond `maxActiveRuns` they wait for room. */
  ALLOW = 'ALLOW',
  /** The run that is due is skipped. */
  FORBID = 'FORBID',
  /** The oldest active run is cancelled, or terminated if it has started; the one that is due starts once that has ended. */
  REPLACE = 'REPLACE',
}

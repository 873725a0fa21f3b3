/** A run of a schedule, a trigger or a workflow, as it is shown. Times are ISO 8601. */
export interface ShownRun {
  /** The time that it is for, when the event happened that it is for, or when it was started. */
  readonly time: string;
  /**
   * The job's or the workflow run's own status, or what became of a time that has no job: WAITING for room, STARTING,
   * SKIPPED, FAILED to be submitted, UNKNOWN when nothing is kept of it.
   */
  readonly status: string;
  /** The job, the latest of its retries; or the workflow's run. */
  readonly id?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Why it is as it is, where there is something to be said. */
  readonly reason?: string;
}

export interface ShownRuns {
  readonly kind: 'schedule' | 'trigger' | 'workflow';
  readonly name: string;
  /** The newest first. */
  readonly runs: readonly ShownRun[];
  /** When a schedule is due next; nothing while it is suspended. */
  readonly next?: string;
  readonly suspended?: boolean;
}

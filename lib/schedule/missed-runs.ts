/**
 * What becomes of times at which nothing could be started: the schedule was suspended, or what starts the runs was out of
 * order. A run that is made up for starts as soon as the schedule goes on; under every concurrency policy it waits for
 * room, and the starting deadline holds for it too.
 */
export class MissedRuns {
  /** They are skipped. */
  static readonly NONE = new MissedRuns(0);

  /** The latest is made up for. */
  static readonly LATEST = new MissedRuns(1);

  /**
   * All are made up for, the oldest first.
   *
   * @param limit how many at the most, of which the latest are taken; from 1 to 500
   */
  static all(limit: number): MissedRuns {
    return new MissedRuns(limit);
  }

  /** @param limit how many of the latest are made up for */
  private constructor(readonly limit: number) {}
}

import type { SimulationClock } from './clock';

/**
 * Knows when the code that runs in the simulation (Lambda invocations) has done all that it can do at this instant, so
 * that a virtual clock may move on: each activity has ended, was abandoned, or waits for the clock.
 */
export class Activities {
  private readonly open = new Set<Activity>();
  /** Counts whatever happens, so that quiet can be told from work in progress. */
  private pulse = 0;
  private busy = 0;

  begin(name: string): Activity {
    const activity = new Activity(
      name,
      () => this.pulse++,
      (ended) => void this.open.delete(ended),
    );
    this.open.add(activity);
    return activity;
  }

  /** Wraps asynchronous work of the local AWS itself (a database call): while it runs, nothing is settled. */
  async working<T>(work: Promise<T>): Promise<T> {
    this.busy++;
    try {
      return await work;
    } finally {
      this.busy--;
      this.pulse++;
    }
  }

  unsettled(): boolean {
    return this.open.size > 0 || this.busy > 0;
  }

  /** Resolves once everything open waits for the clock. */
  async settle(): Promise<void> {
    let quiet = 0;
    while (this.unsettled() && quiet < 3) {
      const before = this.pulse;
      await new Promise((resolve) => setImmediate(resolve));
      const idle = this.busy === 0 && this.pulse === before && [...this.open].every((activity) => activity.waits());
      quiet = idle ? quiet + 1 : 0;
    }
  }
}

/** One invocation, as the clock sees it. */
export class Activity {
  private waiting = 0;
  private over = false;

  constructor(
    readonly name: string,
    private readonly beat: () => void,
    private readonly onEnd: (activity: Activity) => void,
  ) {}

  /** Whether something of it waits for the clock. */
  waits(): boolean {
    return this.waiting > 0;
  }

  /** Waits on the simulation's clock. */
  sleep(clock: SimulationClock, milliseconds: number): Promise<void> {
    this.waiting++;
    this.beat();
    return new Promise((resolve) => {
      clock.after(milliseconds, () => {
        this.waiting--;
        this.beat();
        // An abandoned activity never continues: its caller has crashed.
        if (!this.over) resolve();
      });
    });
  }

  /** It has returned, failed, or crashed; what it still waits for never comes. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.beat();
    this.onEnd(this);
  }

  ended(): boolean {
    return this.over;
  }
}

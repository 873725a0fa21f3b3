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

  /** @param onCrash is told when the activity crashes, as a fault may have it do. */
  begin(name: string, onCrash: () => void = () => {}): Activity {
    const activity = new Activity(
      name,
      () => this.pulse++,
      (ended) => void this.open.delete(ended),
      onCrash,
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
    private readonly onCrash: () => void,
  ) {}

  /** Whether something of it waits for the simulation. */
  waits(): boolean {
    return this.waiting > 0;
  }

  /**
   * Waits for what the simulation brings about, now or once its clock has moved on: the answer to an API call. Without
   * it, a call that is answered at a later time (a long poll, another function's outcome) would hold the clock for ever.
   */
  awaiting<T>(answer: Promise<T>): Promise<T> {
    this.waiting++;
    this.beat();
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void): void => {
        this.waiting--;
        this.beat();
        // An activity that is over never continues: its code has crashed, timed out, or was frozen after it returned.
        if (!this.over) settled();
      };
      answer.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error as Error)),
      );
    });
  }

  /** Waits on the simulation's clock. */
  sleep(clock: SimulationClock, milliseconds: number): Promise<void> {
    return this.awaiting(new Promise((resolve) => void clock.after(milliseconds, resolve)));
  }

  /** It has returned or failed, or its time is up; what it still waits for never comes. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.beat();
    this.onEnd(this);
  }

  /** The code dies here: it never continues, and who runs it is told. */
  crash(): void {
    if (this.over) return;
    this.end();
    this.onCrash();
  }

  ended(): boolean {
    return this.over;
  }
}

import type { SimulationClock } from './clock';

/** After so many idle turns of the event loop, code that neither ends nor waits is taken to wait for something that never comes. */
const PATIENCE_TURNS = 20_000;

/**
 * Knows when the code that runs in the simulation (Lambda invocations) has done all that it can do at this instant, so
 * that a virtual clock may move on: each activity has ended, was abandoned, or waits for the clock.
 */
export class Activities {
  private readonly open = new Set<Activity>();
  /** Counts whatever happens, so that quiet can be told from work in progress. */
  private pulse = 0;
  /** The pulse up to which all consequences are known to have happened. */
  private settledPulse = 0;
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

  /** Has the clock wait until whoever awaits a promise that has just been settled has acted on it. */
  stir(): void {
    this.pulse++;
  }

  /** Something that has just ended counts too: whoever awaits its outcome has yet to act on it at this instant. */
  unsettled(): boolean {
    return this.open.size > 0 || this.busy > 0 || this.pulse !== this.settledPulse;
  }

  /** Resolves once everything open waits for the clock. */
  async settle(): Promise<void> {
    let quiet = 0;
    let idleTurns = 0;
    while (this.unsettled() && quiet < 3) {
      const before = this.pulse;
      await new Promise((resolve) => setImmediate(resolve));
      const idle = this.busy === 0 && this.pulse === before;
      idleTurns = idle ? idleTurns + 1 : 0;
      if (idleTurns === PATIENCE_TURNS) for (const activity of this.open) activity.presumeStuck();
      quiet = idle && [...this.open].every((activity) => activity.waits()) ? quiet + 1 : 0;
    }
    this.settledPulse = this.pulse;
  }
}

/** One invocation, as the clock sees it. */
export class Activity {
  private waiting = 0;
  private over = false;
  private stuck = false;

  constructor(
    readonly name: string,
    private readonly onBeat: () => void,
    private readonly onEnd: (activity: Activity) => void,
    private readonly onCrash: () => void,
  ) {}

  /** Whether something of it waits for the simulation. */
  waits(): boolean {
    return this.waiting > 0 || this.stuck;
  }

  /** It will never come to wait, and must not hold the clock: the function's timeout is to end it. */
  presumeStuck(): void {
    this.stuck = true;
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
        // An activity that is over never continues: its code has crashed, timed out, or was frozen after it returned.
        if (this.over) return;
        this.waiting--;
        this.beat();
        settled();
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

  private beat(): void {
    this.stuck = false;
    this.onBeat();
  }
}

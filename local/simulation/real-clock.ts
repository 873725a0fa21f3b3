import type { Action, SimulationClock, Timer } from './clock';

const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The wall clock, or one that was set by it once and has gone faster since. */
export class RealClock implements SimulationClock {
  private readonly start = wallClock();

  /**
   * @param onError is told of an action that failed; nobody awaits it.
   * @param speed how many seconds pass in one
   */
  constructor(
    private readonly onError: (error: unknown) => void,
    private readonly speed = 1,
  ) {}

  now(): number {
    return this.start + (wallClock() - this.start) * this.speed;
  }

  at(time: number, action: Action): Timer {
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const wait = Math.ceil((time - this.now()) / this.speed);
      handle = setTimeout(wait > LONGEST_TIMEOUT ? arm : run, Math.min(Math.max(wait, 0), LONGEST_TIMEOUT));
    };
    const run = (): void => {
      void (async () => action())().catch(this.onError);
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  }

  after(milliseconds: number, action: Action): Timer {
    return this.at(this.now() + milliseconds, action);
  }
}

function wallClock(): number {
  return Date.now(); // eslint-disable-line no-restricted-properties -- the edge where real time enters
}

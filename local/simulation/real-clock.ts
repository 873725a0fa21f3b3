import type { Action, SimulationClock, Timer } from './clock';

const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The wall clock. */
export class RealClock implements SimulationClock {
  /** @param onError is told of an action that failed; nobody awaits it. */
  constructor(private readonly onError: (error: unknown) => void) {}

  now(): number {
    return Date.now(); // eslint-disable-line no-restricted-properties -- the edge where real time enters
  }

  at(time: number, action: Action): Timer {
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const wait = time - this.now();
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

import type { Action, SimulationClock, Timer } from './clock';
import type { Activities } from './activities';

interface Entry {
  time: number;
  sequence: number;
  action: Action;
  cancelled: boolean;
}

/** A clock that stands still until it is told to run; everything due happens in order of time, then of scheduling. */
export class VirtualClock implements SimulationClock {
  private readonly heap: Entry[] = [];
  private sequence = 0;
  private running = false;

  /** @param start milliseconds since the epoch. */
  constructor(
    private time: number,
    private readonly activities: Activities,
  ) {}

  now(): number {
    return this.time;
  }

  at(time: number, action: Action): Timer {
    const entry: Entry = { time: Math.max(time, this.time), sequence: this.sequence++, action, cancelled: false };
    this.push(entry);
    return { cancel: () => void (entry.cancelled = true) };
  }

  after(milliseconds: number, action: Action): Timer {
    return this.at(this.time + milliseconds, action);
  }

  /** When the next thing is due; undefined when nothing is. */
  next(): number | undefined {
    while (this.heap.length > 0 && this.heap[0]!.cancelled) this.pop();
    return this.heap[0]?.time;
  }

  /** Runs everything due up to and including `time`, and leaves the clock there. */
  async runUntil(time: number): Promise<void> {
    if (this.running) throw new Error('The virtual clock is already running');
    this.running = true;
    try {
      await this.activities.settle();
      for (let due = this.next(); due !== undefined && due <= time; due = this.next()) {
        const entry = this.pop();
        this.time = entry.time;
        const result = entry.action();
        if (result !== undefined) await result;
        if (this.activities.unsettled()) await this.activities.settle();
      }
      this.time = Math.max(this.time, time);
    } finally {
      this.running = false;
    }
  }

  async advance(milliseconds: number): Promise<void> {
    await this.runUntil(this.time + milliseconds);
  }

  /**
   * Runs until the condition holds, looking each time the clock has moved on.
   * @returns whether it came to hold by `deadline`.
   */
  async runUntilHolds(condition: () => boolean, deadline: number): Promise<boolean> {
    await this.activities.settle();
    for (;;) {
      // Whoever waits outside of the simulation for what has just happened acts on it first.
      await new Promise((resolve) => setImmediate(resolve));
      if (condition()) return true;
      const due = this.next();
      if (due === undefined || due > deadline) {
        await this.runUntil(deadline);
        return condition();
      }
      await this.runUntil(due);
    }
  }

  private push(entry: Entry): void {
    const heap = this.heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  private pop(): Entry {
    const heap = this.heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
        if (!before(heap[child]!, last)) break;
        heap[index] = heap[child]!;
        index = child;
      }
      heap[index] = last;
    }
    return first;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

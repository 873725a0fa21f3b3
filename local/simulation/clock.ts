/** Time of the local AWS, in milliseconds since the epoch. */
export interface Timer {
  cancel(): void;
}

export type Action = () => void | Promise<void>;

export interface SimulationClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs the action when the clock reaches `time`; equal times run in the order they were scheduled. */
  at(time: number, action: Action): Timer;
  after(milliseconds: number, action: Action): Timer;
}

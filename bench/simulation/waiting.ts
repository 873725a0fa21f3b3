import type { Amounts } from '../../workload/job';

/** RUNNABLE jobs that ask the same, first come first. */
export class WaitingShape {
  private readonly jobs: number[] = [];
  private first = 0;

  constructor(readonly request: Amounts) {}

  get count(): number {
    return this.jobs.length - this.first;
  }

  /** The job that came first. */
  head(): number {
    return this.jobs[this.first]!;
  }

  /** A killed job goes back to its place. */
  add(job: number): void {
    let place = this.jobs.length;
    while (place > this.first && this.jobs[place - 1]! > job) place--;
    this.jobs.splice(place, 0, job);
  }

  /** Takes the head away. */
  shift(): number {
    const job = this.jobs[this.first++]!;
    if (this.first > 1024 && this.first * 2 > this.jobs.length) {
      this.jobs.splice(0, this.first);
      this.first = 0;
    }
    return job;
  }

  [Symbol.iterator](): Iterator<number> {
    return this.jobs.slice(this.first)[Symbol.iterator]();
  }
}

/** RUNNABLE jobs of one kind. Jobs are numbers in the order of arrival, so the lower number is ahead in the queue. */
export class Waiting {
  /** By shape number; only shapes that have jobs waiting. */
  readonly shapes = new Map<number, WaitingShape>();
  count = 0;

  constructor(
    private readonly requests: readonly Amounts[],
    private readonly shapeOf: Int32Array,
  ) {}

  add(job: number): void {
    const number = this.shapeOf[job]!;
    let shape = this.shapes.get(number);
    if (shape === undefined) this.shapes.set(number, (shape = new WaitingShape(this.requests[number]!)));
    shape.add(job);
    this.count++;
  }

  /** Takes away the first job of the shape. */
  shift(shape: WaitingShape): number {
    const job = shape.shift();
    this.count--;
    if (shape.count === 0) this.shapes.delete(this.shapeOf[job]!);
    return job;
  }

  /** The job that came first of all. */
  head(): WaitingShape | undefined {
    let first: WaitingShape | undefined;
    for (const shape of this.shapes.values()) {
      if (first === undefined || shape.head() < first.head()) first = shape;
    }
    return first;
  }

  inOrder(): number[] {
    const jobs: number[] = [];
    for (const shape of this.shapes.values()) jobs.push(...shape);
    return jobs.sort((a, b) => a - b);
  }
}

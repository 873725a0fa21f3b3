import type { End, JobPlan, Rules } from './history';

/** What becomes of a job that nobody lays hands on, once all that it depends on has succeeded. */
export interface Prospect {
  readonly succeeds: boolean;
  /** How often it is submitted and runs. */
  readonly runs: number;
}

const INTERRUPTION_ATTEMPTS = 3;

/** Reckoned from the rules alone, without any of the library's code. */
export function prospectOf(plan: JobPlan, { failureAttempts, maxSubmissions }: Rules): Prospect {
  const children = plan.ends.map((ends) => new Child(ends, plan.nativeAttempts));
  const failures = { 'is interrupted': 0, fails: 0 };
  const limits = { 'is interrupted': INTERRUPTION_ATTEMPTS, fails: failureAttempts };
  for (let runs = 1; ; runs++) {
    const ends = new Set(children.flatMap((child) => child.run() ?? []));
    if (ends.size === 0) return { succeeds: true, runs };
    if (plan.owner !== 'ours' || ends.has('exits with 7') || runs === maxSubmissions) return { succeeds: false, runs };
    for (const end of ends) if (++failures[end as 'fails'] >= limits[end as 'fails']) return { succeeds: false, runs };
  }
}

class Child {
  private succeeded = false;
  private made = 0;

  constructor(
    private readonly ends: readonly End[],
    private readonly nativeAttempts: number,
  ) {}

  /** @returns how it failed in the end */
  run(): End | undefined {
    if (this.succeeded) return undefined;
    let end: End = 'succeeds';
    for (let attempt = 0; attempt < this.nativeAttempts; attempt++) {
      end = this.ends[this.made++] ?? 'succeeds';
      if (end === 'succeeds') break;
    }
    this.succeeded = end === 'succeeds';
    return this.succeeded ? undefined : end;
  }
}

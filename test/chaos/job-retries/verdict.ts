import type { JobAftermath } from './aftermath';
import { dependenciesOf, type History, type JobPlan } from './history';
import { prospectOf } from './oracle';
import type { Outcome } from './play';

/** Everything that is wrong with what came of a history. */
export function violations(history: History, outcome: Outcome): string[] {
  return new Verdict(history, outcome).violations();
}

class Verdict {
  /** All submissions of each lineage by their number, without clones of people. */
  private readonly lineages = new Map<string, JobAftermath[]>();
  private readonly found: string[] = [];

  constructor(
    private readonly history: History,
    private readonly outcome: Outcome,
  ) {
    for (const job of outcome.jobs) {
      if (job.name === 'clone') continue;
      this.lineages.set(job.lineage, [...(this.lineages.get(job.lineage) ?? []), job]);
    }
    for (const jobs of this.lineages.values()) jobs.sort((a, b) => a.attempt - b.attempt);
  }

  violations(): string[] {
    if (!this.outcome.isOver) this.found.push(`It is not over: ${this.unfinished()}`);
    for (const [root, jobs] of this.lineages) this.checkLineage(root, jobs);
    this.history.jobs.forEach((plan, index) => this.checkPlan(plan, index));
    for (const job of this.outcome.jobs) if (job.name === 'clone') this.expect(job.attempt >= 1, 'a clone has no tags');
    return this.found;
  }

  private expect(holds: boolean, message: string): void {
    if (!holds) this.found.push(message);
  }

  private unfinished(): string {
    const open = Object.values(this.outcome.lineages).filter(
      ({ status }) => status !== 'SUCCEEDED' && status !== 'FINAL',
    );
    const undecided = this.outcome.jobs.filter(
      ({ id, status }) =>
        status === 'FAILED' && !['FINAL', 'RESUBMITTED'].includes(this.outcome.marks[id]?.retry ?? ''),
    );
    return JSON.stringify({
      open: open.map(({ root, status }) => [root, status]),
      undecided: undecided.map(({ id }) => id),
    });
  }

  private checkLineage(root: string, jobs: readonly JobAftermath[]): void {
    jobs.forEach(({ id, attempt }, index) => {
      this.expect(
        attempt === index + 1,
        `Lineage ${root}: submission ${index + 1}, ${id}, says that it is number ${attempt}`,
      );
    });
    jobs.forEach((job, index) => {
      const next = jobs[index + 1];
      const { retry, successor } = this.outcome.marks[job.id] ?? {};
      // Who comes when it is over may come too late.
      const late = this.outcome.touched[job.id]?.endsWith('over') ?? false;
      this.expect(!next || !job.stopped || late, `Somebody ended ${job.id}, and it was submitted again as ${next?.id}`);
      this.expect(
        !next || job.status === 'FAILED',
        `${job.id} is ${job.status}, and it was submitted again as ${next?.id}`,
      );
      if (next) {
        this.expect(
          successor === next.id,
          `The ledger has ${successor} for the successor of ${job.id}, not ${next.id}`,
        );
        this.expect(job.stoppedAt! <= next.createdAt, `${next.id} was submitted before ${job.id} ended`);
      } else if (job.status === 'FAILED') {
        this.expect(retry === 'FINAL', `The ledger says ${retry} of ${job.id}, which nothing follows`);
      }
    });
    const runs = jobs.filter(({ ran }) => ran).length;
    const { maxSubmissions } = this.history.rules;
    this.expect(runs <= maxSubmissions, `Lineage ${root} ran ${runs} times, of ${maxSubmissions}`);
  }

  private checkPlan(plan: JobPlan, index: number): void {
    const root = this.outcome.ids[index];
    if (root === undefined) return;
    const jobs = this.lineages.get(root)!;
    const last = jobs.at(-1)!;
    this.expect(
      plan.owner === 'ours' || jobs.length === 1,
      `Job ${index} is not in scope, and was submitted ${jobs.length} times`,
    );
    const successes = jobs.filter(({ status }) => status === 'SUCCEEDED');
    this.expect(successes.length <= 1, `Job ${index} succeeded ${successes.length} times`);
    if (plan.arraySize !== undefined) this.checkChildren(plan, index, jobs);
    const before = dependenciesOf(plan, index)
      .filter((other) => !this.goesOnChildForChild(plan, other))
      .flatMap((other) => this.outcome.ids[other] ?? []);
    const ends = before.map((other) => this.lineages.get(other)!.at(-1)!);
    this.checkOrder(index, jobs, ends);
    if (jobs.some((job) => job.stopped || this.outcome.touched[job.id] !== undefined)) return;
    // Who is not in scope fails with the first submission of what it depends on.
    const waits = plan.owner === 'ours' ? ends : before.map((other) => this.lineages.get(other)![0]!);
    if (waits.some(({ status }) => status !== 'SUCCEEDED')) {
      this.expect(last.status === 'FAILED', `Job ${index} depends on what failed, and is ${last.status}`);
      return;
    }
    const waitedForMore = plan.arraySize !== undefined && (plan.sequential || plan.childForChild);
    if (waitedForMore) return;
    const { succeeds, runs } = prospectOf(plan, this.history.rules);
    const expected = succeeds ? 'SUCCEEDED' : 'FAILED';
    this.expect(last.status === expected, `Job ${index} is ${last.status} in the end, not ${expected}`);
    const ran = jobs.filter((job) => job.ran).length;
    this.expect(ran === runs, `Job ${index} ran ${ran} times, not ${runs}`);
  }

  /** An array that is cancelled while its children run fails, though all may succeed; who waits for each of them goes on. */
  private goesOnChildForChild(plan: JobPlan, other: number): boolean {
    const { arraySize, childForChild } = plan;
    if (!childForChild || arraySize === undefined || arraySize !== this.history.jobs[other]!.arraySize) return false;
    return this.lineages.get(this.outcome.ids[other]!)?.some(({ stopped }) => stopped) ?? false;
  }

  /** Each child succeeds at most once, and all have when the lineage has. */
  private checkChildren({ arraySize }: JobPlan, index: number, jobs: readonly JobAftermath[]): void {
    const counts = Array.from({ length: arraySize! }, () => 0);
    for (const job of jobs) {
      // A single child is no array; it stands for one that has not succeeded.
      if (job.arraySize === undefined && job.status === 'SUCCEEDED') counts[counts.indexOf(0)]!++;
      for (const child of job.succeeded ?? []) counts[child]!++;
    }
    this.expect(Math.max(...counts) <= 1, `Children of job ${index} succeeded ${counts.join(', ')} times`);
    if (jobs.at(-1)!.status === 'SUCCEEDED') {
      this.expect(Math.min(...counts) === 1, `Job ${index} succeeded, and its children ${counts.join(', ')} times`);
    }
  }

  private checkOrder(index: number, jobs: readonly JobAftermath[], ends: readonly JobAftermath[]): void {
    const success = jobs.find(({ status }) => status === 'SUCCEEDED');
    for (const end of ends) {
      if (!success) continue;
      this.expect(end.status === 'SUCCEEDED', `Job ${index} succeeded, and ${end.id}, which it depends on, did not`);
      this.expect(
        success.stoppedAt! >= (end.stoppedAt ?? Infinity),
        `Job ${index} was over before ${end.id}, which it depends on`,
      );
    }
  }
}

/** Graphs, and an AWS Batch with retries that plays them, for property tests of what a workflow decides. */
import fc from 'fast-check';
import type { Outcome, Run, Seen, Submission } from '../../../lambda/job-workflow/model';
import type { EdgeCondition, NodeConfig } from '../../../lib/workflow/config';

export interface PlannedNode {
  readonly name: string;
  readonly after: readonly { readonly job: string; readonly on: EdgeCondition }[];
  /** How often it fails before it succeeds. */
  readonly failures: number;
  /** How often a retry follows its failures; nothing where nobody retries it, not even for the sake of what it waits for. */
  readonly retries?: number;
  /** Whether it is in a queue of JobRetries all the same, which then says that nothing follows. */
  readonly watched?: boolean;
}

export function graphs(most = 9): fc.Arbitrary<PlannedNode[]> {
  const on = fc.constantFrom<EdgeCondition>('SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILURE', 'EITHER');
  const node = fc.record({
    edges: fc.array(fc.record({ back: fc.integer({ min: 1, max: most }), on }), { maxLength: 3 }),
    failures: fc.constantFrom(0, 0, 0, 1, 1, 2, 9),
    retries: fc.constantFrom(undefined, undefined, 0, 1, 2),
    watched: fc.boolean(),
  });
  return fc.noBias(
    fc.array(node, { minLength: 1, maxLength: most, size: 'max' }).map((nodes) =>
      nodes.map(({ edges, ...node }, index) => {
        const before = new Map(edges.map((edge) => [`n${index - edge.back}`, edge.on]));
        const after = [...before]
          .filter(([job]) => !job.includes('-'))
          .map(([job, condition]) => ({ job, on: condition }));
        return { name: `n${index}`, after, ...node };
      }),
    ),
  );
}

export function newRun(plan: readonly PlannedNode[]): Run {
  const graph = plan.map(({ name, after, retries, watched }): NodeConfig => ({
    name,
    after,
    jobQueue: 'queue',
    jobDefinition: 'job',
    retried: retries !== undefined || watched,
    recreated: retries !== undefined,
  }));
  return { id: 'run', workflow: 'flow', startedAt: 0, parameters: {}, graph, nodes: {}, status: 'RUNNING' };
}

/** What has to become of each node in the end, worked out from what its job does. */
export function expectedOutcomes(plan: readonly PlannedNode[]): Record<string, Outcome> {
  const outcomes: Record<string, Outcome> = {};
  for (const { name, after, failures, retries = 0 } of plan) {
    const failed = (job: string) => outcomes[job] === 'FAILED' || outcomes[job] === 'UPSTREAM_FAILED';
    const onSuccess = after.filter(({ on }) => on === 'SUCCESS');
    const onFailure = after.filter(({ on }) => on === 'FAILURE');
    if (onSuccess.some(({ job }) => failed(job))) outcomes[name] = 'UPSTREAM_FAILED';
    else if (onSuccess.some(({ job }) => outcomes[job] === 'SKIPPED')) outcomes[name] = 'SKIPPED';
    else if (onFailure.length > 0 && !onFailure.some(({ job }) => failed(job))) outcomes[name] = 'SKIPPED';
    else outcomes[name] = failures > retries ? 'FAILED' : 'SUCCEEDED';
  }
  return outcomes;
}

type Stage = 'waiting' | 'running' | 'retrying' | 'succeeded' | 'failed';

interface Job {
  id: string;
  stage: Stage;
  ran: boolean;
  tries: number;
  readonly dependsOn: readonly string[];
}

/** AWS Batch, and JobRetries beside it. */
export class World {
  readonly jobs = new Map<string, Job>();
  /** What is wrong with what happened here. */
  readonly complaints: string[] = [];
  private ids = 0;
  /** What was shown the last time. */
  private readonly shown = new Map<string, Seen>();

  constructor(
    private readonly plan: readonly PlannedNode[],
    private readonly choose: (below: number) => number,
  ) {}

  submit({ node, dependsOn }: Submission): string {
    if (this.jobs.has(node)) this.complaints.push(`${node} is submitted twice`);
    const job: Job = {
      id: this.newId(),
      stage: 'waiting',
      ran: false,
      tries: 0,
      dependsOn: dependsOn.map((one) => one.node),
    };
    for (const before of job.dependsOn) {
      if (!this.jobs.has(before)) this.complaints.push(`${node} depends on ${before}, which has no job`);
    }
    this.jobs.set(node, job);
    // What depends on a job that has failed fails at once.
    if (job.dependsOn.some((one) => this.jobs.get(one)?.stage === 'failed')) job.stage = 'failed';
    if (job.dependsOn.some((one) => this.jobs.get(one)?.stage === 'retrying'))
      job.stage = this.failedFor(node, 'retrying');
    return job.id;
  }

  /** Something happens. @returns false when nothing can */
  step(): boolean {
    const possible = [...this.jobs].filter(([, job]) => this.canMove(job));
    if (possible.length === 0) return false;
    this.move(...possible[this.choose(possible.length)]!);
    return true;
  }

  /** @param stale whether some of it may be as it was shown before */
  seen(run: Run, stale: boolean): Map<string, Seen> {
    const seen = new Map<string, Seen>();
    for (const [node, job] of this.jobs) {
      const { jobId, outcome } = run.nodes[node] ?? {};
      if (jobId === undefined || outcome !== undefined) continue;
      const before = this.shown.get(node);
      const now = stale && before && this.choose(3) === 0 ? before : shownAs(job);
      this.shown.set(node, now);
      if (!(stale && this.choose(10) === 0)) seen.set(node, now);
    }
    return seen;
  }

  private canMove({ stage, dependsOn, ran }: Job): boolean {
    if (stage === 'running') return true;
    const stages = dependsOn.map((one) => this.jobs.get(one)!.stage);
    if (stage === 'waiting') return stages.every((one) => one === 'succeeded');
    // A job that only waited for another comes back after that.
    if (stage === 'retrying') return ran || stages.every((one) => one !== 'retrying');
    return false;
  }

  private move(node: string, job: Job): void {
    const { failures, retries = 0 } = this.planOf(node);
    if (job.stage === 'waiting') {
      job.stage = 'running';
      job.ran = true;
      this.checkOrder(node);
    } else if (job.stage === 'retrying') {
      const lost = job.dependsOn.some((one) => this.jobs.get(one)!.stage === 'failed');
      job.id = this.newId();
      job.stage = lost ? 'failed' : 'waiting';
      job.ran = false;
    } else if (job.tries < failures) {
      job.tries++;
      this.fail(node, job, job.tries <= retries ? 'retrying' : 'failed');
    } else job.stage = 'succeeded';
  }

  private fail(node: string, job: Job, stage: 'retrying' | 'failed'): void {
    job.stage = stage;
    for (const [other, dependent] of this.jobs) {
      if (dependent.stage === 'waiting' && dependent.dependsOn.includes(node)) {
        this.fail(other, dependent, this.failedFor(other, stage));
      }
      if (
        stage === 'failed' &&
        dependent.stage === 'retrying' &&
        !dependent.ran &&
        dependent.dependsOn.includes(node)
      ) {
        this.fail(other, dependent, stage);
      }
    }
  }

  /** What becomes of a job that has failed for another: retries bring back those that they cover. */
  private failedFor(node: string, stage: 'retrying' | 'failed'): 'retrying' | 'failed' {
    return this.planOf(node).retries === undefined ? 'failed' : stage;
  }

  private planOf(node: string): PlannedNode {
    return this.plan.find(({ name }) => name === node)!;
  }

  private checkOrder(node: string): void {
    for (const { job, on } of this.planOf(node).after) {
      const stage = this.jobs.get(job)?.stage;
      const over = stage === undefined || stage === 'succeeded' || stage === 'failed';
      if (on === 'SUCCESS' ? stage !== 'succeeded' : !over) {
        this.complaints.push(`${node} runs on ${on} of ${job} while that is ${stage}`);
      }
    }
  }

  private newId(): string {
    return `job${this.ids++}`;
  }
}

function shownAs({ id: jobId, stage, ran }: Job): Seen {
  if (stage === 'waiting' || stage === 'running') return { kind: 'open', jobId };
  if (stage === 'retrying') return { kind: 'retrying', jobId };
  return { kind: 'ended', jobId, succeeded: stage === 'succeeded', ran };
}

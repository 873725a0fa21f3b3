import { type BatchClient, type JobDependency, TerminateJobCommand } from '@aws-sdk/client-batch';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { NodeConfig } from '../../lib/workflow/config';
import { findSubmitted, submitOnce } from '../batch/submit-once';
import type { Attempts } from '../runtime/attempts';
import type { Log } from '../runtime/log';
import { errorFields } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import { decide } from './decide';
import type { Decision, Run, Submission } from './model';
import type { RunObserver } from './observe';
import { intending, recorded, type Submitted, takingOver } from './progress';
import { jobName, jobRequest, jobTags } from './request';
import type { RunStore, StoredRun } from './run-store';
import { tellOfEnd } from './tell';

export interface RunsOn {
  readonly store: RunStore;
  readonly observer: RunObserver;
  readonly batch: BatchClient;
  /** Repeats nothing that may have been done. */
  readonly submit: BatchClient;
  readonly events: EventBridgeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly write: (line: string) => void;
}

/** How long one invocation lasts, and what it may begin. */
export interface Invocation {
  /** When the function is stopped. */
  readonly deadline: number;
  readonly attempts: Attempts;
}

/** Somebody else may be at the same run. */
const MOST_LOOKS = 4;
const MOST_WRITES = 20;
/** Lists lag up to a minute, a call may be under way when its caller is stopped, and clocks differ. */
const RECOVERY = 90_000;

/** Brings runs forward. */
export class Runs {
  constructor(private readonly on: RunsOn) {}

  /** Looks at a run, decides and acts until there is nothing to do for now. */
  async advance(runId: string, invocation: Invocation): Promise<void> {
    const { store, observer } = this.on;
    for (let looks = 0; looks < MOST_LOOKS && invocation.attempts.timeIsLeft(); looks++) {
      const before = await store.read(runId);
      if (!before || (before.run.status !== 'RUNNING' && before.run.told)) return;
      if (before.run.status !== 'RUNNING') return this.tell(before);
      const decision = decide(before.run, await observer.look(before.run, this.now()), this.now());
      const again = await this.act(before, decision, invocation);
      if (!again) return;
    }
  }

  /** @returns whether the run has to be looked at again at once */
  private async act(before: StoredRun, decision: Decision, invocation: Invocation): Promise<boolean> {
    const { run, submit, recover, stop } = decision;
    const by = this.token();
    const intent = { by, since: this.now(), recoverAt: invocation.deadline + RECOVERY };
    const kept = await this.on.store.write(
      before,
      takingOver(intending(run, submit, intent), recover, by, intent.recoverAt),
    );
    if (!kept) return true;
    if (kept.run.status !== 'RUNNING') return true;
    await this.stop(stop, run.cancelled?.reason ?? '', invocation);
    if (submit.length === 0 && recover.length === 0) return false;
    const results = new Map<string, Submitted>();
    for (const node of recover) results.set(node, await this.recover(kept.run, node));
    for (const submission of submit)
      results.set(submission.node, await this.submit(run, submission, results, invocation));
    await this.record(run.id, results, by);
    // What was not found has to be submitted; the rest is under way.
    return recover.length > 0;
  }

  private async submit(
    run: Run,
    { node: name, dependsOn }: Submission,
    before: ReadonlyMap<string, Submitted>,
    { attempts }: Invocation,
  ): Promise<Submitted> {
    if (!attempts.timeIsLeft()) return { kind: 'not submitted' };
    const dependencies = dependsOn.map(({ node, each }) => dependency(run, node, each, before.get(node)));
    if (!dependencies.every((one) => one !== undefined)) return { kind: 'not submitted' };
    const submitted = await submitOnce(this.on.submit, jobRequest(run, nodeOf(run, name), dependencies));
    const fields = { runId: run.id, job: name };
    switch (submitted.kind) {
      case 'submitted':
        this.on.log.info('submitted', { ...fields, jobId: submitted.jobId });
        return submitted;
      case 'throttled':
        return { kind: 'not submitted' };
      case 'refused':
        this.on.log.error('submission refused', { ...fields, error: submitted.message });
        return submitted;
      case 'unknown':
        this.on.log.error('submission uncertain', { ...fields, ...errorFields(submitted.error) });
        return { kind: 'unknown' };
    }
  }

  /** Looks for what somebody may have submitted. */
  private async recover(run: Run, name: string): Promise<Submitted> {
    const { jobQueue } = nodeOf(run, name);
    const { since } = run.nodes[name]!.intent!;
    const trace = { jobQueue, jobName: jobName(run.id, name), since, tags: jobTags(run.id, name) };
    const found = await findSubmitted(this.on.batch, trace);
    this.on.log.warn('submission looked for', { runId: run.id, job: name, found: found?.jobId });
    return found ? { kind: 'submitted', jobId: found.jobId! } : { kind: 'not submitted' };
  }

  private async record(runId: string, results: ReadonlyMap<string, Submitted>, by: string): Promise<void> {
    for (let writes = 0; writes < MOST_WRITES; writes++) {
      const stored = await this.on.store.read(runId);
      if (!stored) return;
      if (await this.on.store.write(stored, recorded(stored.run, results, by, this.now()))) return;
    }
    throw new Error(`Run ${runId} was written ${MOST_WRITES} times by others`);
  }

  private async stop(jobIds: readonly string[], reason: string, { attempts }: Invocation): Promise<void> {
    for (const jobId of jobIds) {
      await attempts.attempt('terminate', { jobId }, async () => {
        await this.on.batch.send(new TerminateJobCommand({ jobId, reason }));
      });
    }
  }

  /** The event is published before it is written down that it was: it may come twice, and never not at all. */
  private async tell(stored: StoredRun): Promise<void> {
    await tellOfEnd(this.on.events, stored.run, this.on.write);
    await this.on.store.write(stored, { ...stored.run, told: true });
  }

  private token(): string {
    return Math.floor(this.on.random() * 2 ** 48).toString(36);
  }

  private now(): number {
    return this.on.clock.now().getTime();
  }
}

function nodeOf({ graph }: Run, name: string): NodeConfig {
  return graph.find((node) => node.name === name)!;
}

/** @returns nothing when the job that it would depend on is not there */
function dependency(
  run: Run,
  node: string,
  each: boolean,
  submitted: Submitted | undefined,
): JobDependency | undefined {
  if (submitted) return submitted.kind === 'submitted' ? { jobId: submitted.jobId, ...(each && N_TO_N) } : undefined;
  const { jobId, firstJobId } = run.nodes[node]!;
  // A retry has only those children that failed: their indexes are not those of before.
  return { jobId, ...(each && jobId === firstJobId && N_TO_N) };
}

const N_TO_N = { type: 'N_TO_N' as const };

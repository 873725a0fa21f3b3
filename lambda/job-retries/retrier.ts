import type { JobDetail } from '@aws-sdk/client-batch';
import { ATTEMPT_TAG, LINEAGE_TAG } from '../../lib/retries/config';
import type { StoredJob } from '../job-ledger/item';
import { Advancer } from './advance';
import { exhausted, isWorthTelling, retried } from './announce';
import { type Context, coveredQueue } from './context';
import { decide, ended, firstLineage, type FailedJob } from './decide';
import type { Effect, Lineage } from './lineage';
import type { Kept } from './lineage-store';
import { lookAgain } from './messages';
import { isOptedOut } from './observe';
import { predecessorsOf } from './predecessors';

/** Then what AWS Batch shows is taken as it is, or is for a person to look at. */
const MOST_LOOKS = 5;
/** By how much the clocks of AWS Batch and of the function may differ. */
const CLOCK_SKEW = 120_000;

/** Deals with jobs that have ended, and with lineages that are due. Everything may be told more than once. */
export class Retrier {
  private readonly advancer: Advancer;

  /** @param deadline when the function is stopped */
  constructor(
    private readonly context: Context,
    private readonly deadline: number,
  ) {
    this.advancer = new Advancer(context, (jobId) => this.jobEnded(jobId));
  }

  async wake(root: string): Promise<void> {
    const kept = await this.context.lineages.read(root);
    if (kept) await this.advancer.advance(kept, this.deadline);
  }

  /** @param looks how often it was not clear how it ended */
  async jobEnded(jobId: string, looks = 0): Promise<void> {
    const { ledger, observer } = this.context;
    // A child of an array is dealt with when the array has ended.
    if (jobId.includes(':')) return;
    const stored = await ledger.get(jobId);
    const retry = stored?.attributes['retry']?.S;
    if (retry === 'RESUBMITTED' || retry === 'FINAL') return;
    if (stored?.job.status === 'SUCCEEDED' && isFirst(stored)) return;
    const job = await observer.describe(jobId);
    if (!job) return this.forgotten(jobId, stored);
    if (job.status !== 'FAILED' && job.status !== 'SUCCEEDED') return this.look(jobId, looks);
    const kept = await this.lineageOf(job);
    if (job.status === 'FAILED') return this.failed(job, stored, kept, looks);
    if (kept?.lineage.jobId !== jobId || kept.lineage.status !== 'OPEN') return;
    await this.context.lineages.write(kept, { ...kept.lineage, status: 'SUCCEEDED', watchAt: undefined });
  }

  private async failed(
    job: JobDetail,
    stored: StoredJob | undefined,
    kept: Kept | undefined,
    looks: number,
  ): Promise<void> {
    const { marks, observer } = this.context;
    const jobId = job.jobId!;
    if (kept && (kept.lineage.jobId !== jobId || kept.lineage.status !== 'OPEN')) {
      return this.advancer.advance(kept, this.deadline);
    }
    const queue = coveredQueue(this.context, job.jobQueue!);
    if (!queue || !(kept || (await observer.isInScope(job)))) return marks.mark(jobId, { retry: 'FINAL' });
    if (kept && isOptedOut(job)) {
      return this.advancer.close(kept, { why: 'OPTED_OUT', message: 'it has been opted out' });
    }
    const failure = await observer.failed(job, stored?.stop, looks < MOST_LOOKS);
    if (!failure) return this.look(jobId, looks);
    await this.decideOn(failure, kept, queue.dryRun ?? false);
  }

  private async decideOn(failure: FailedJob, kept: Kept | undefined, dryRun: boolean): Promise<void> {
    const { config, lineages, marks, now, random } = this.context;
    const { job } = failure;
    const before = kept?.lineage ?? firstLineage(job);
    const decided = decide(before, failure, config, now(), random());
    const isPointless = !kept && (await this.isPointless(decided));
    if (isPointless) return marks.mark(job.jobId!, { retry: 'FINAL' });
    const next = dryRun ? rehearsed(decided) : { ...decided, watchAt: undefined, effects: effectsOf(decided) };
    const lineage = { ...next, effects: [...before.effects, ...next.effects] };
    const written = await lineages.write(kept, lineage);
    if (written) await this.advancer.advance(written, this.deadline);
  }

  /** Whether nothing follows from a job's first failure, so that nothing has to be remembered. */
  private async isPointless(lineage: Lineage): Promise<boolean> {
    const { final, plan } = lineage;
    if (final) return !isWorthTelling(lineage, final);
    if (!plan!.recreation) return false;
    const predecessors = await predecessorsOf(this.context, plan!.dependsOn, (jobId) => this.jobEnded(jobId));
    return [...predecessors.values()].some(({ kind }) => kind === 'failed');
  }

  /** The lineage that a job is of; nothing for a job that has never been dealt with. */
  private async lineageOf(job: JobDetail): Promise<Kept | undefined> {
    const { lineages } = this.context;
    const jobId = job.jobId!;
    const root = job.tags?.[LINEAGE_TAG];
    const kept = root === undefined ? undefined : await lineages.read(root);
    if (kept) {
      // Whoever submitted it may not have come to write that down, and it has ended already.
      const current = isExpected(kept.lineage, job) ? await this.advancer.adoptFirst(kept, job) : kept;
      if (current?.lineage.history.some((submission) => submission.jobId === jobId)) return current;
      // Somebody has cloned a job, with its tags: it is the first of a lineage of its own.
      this.context.log.warn('a job has the tags of another', { jobId, lineage: root });
    }
    return lineages.read(jobId);
  }

  private async look(jobId: string, looks: number): Promise<void> {
    if (looks >= MOST_LOOKS) throw new Error(`What AWS Batch shows of job ${jobId} does not fit together`);
    await lookAgain(this.context, jobId, looks);
  }

  /** AWS Batch has forgotten how a job ended, so that it cannot be submitted again. */
  private async forgotten(jobId: string, stored: StoredJob | undefined): Promise<void> {
    const root = stored?.job.tags[LINEAGE_TAG] ?? jobId;
    const kept = await this.context.lineages.read(root);
    if (kept?.lineage.jobId !== jobId || kept.lineage.status !== 'OPEN') {
      if (stored?.job.status === 'FAILED' && !kept) await this.context.marks.mark(jobId, { retry: 'FINAL' });
      return;
    }
    if (stored?.job.status === 'SUCCEEDED') {
      await this.context.lineages.write(kept, { ...kept.lineage, status: 'SUCCEEDED', watchAt: undefined });
      return;
    }
    await this.advancer.close(kept, { why: 'NOT_RESTORABLE', message: 'AWS Batch has forgotten the job' });
  }
}

/** Whether it may be the job that was about to be submitted when the lineage was written. */
function isExpected({ status, attempt, plan, intent }: Lineage, { jobName, tags, createdAt }: JobDetail): boolean {
  return (
    status === 'SUBMITTING' &&
    Number(tags?.[ATTEMPT_TAG]) === attempt + 1 &&
    jobName === plan!.request.jobName &&
    createdAt! >= intent!.since - CLOCK_SKEW
  );
}

/** Whether it was never submitted again. Events may leave tags out. */
function isFirst({ job }: StoredJob): boolean {
  return job.described && job.tags[LINEAGE_TAG] === undefined;
}

function effectsOf(lineage: Lineage): readonly Effect[] {
  const { jobId, final } = lineage;
  if (!final) return [{ kind: 'mark', jobId, retry: 'PENDING' }];
  return [{ kind: 'mark', jobId, retry: 'FINAL' }, ...exhausted(lineage, final)];
}

/** A dry run tells what would be submitted, and ends there. */
function rehearsed(lineage: Lineage): Lineage {
  const { plan, jobId } = lineage;
  const mark: Effect = { kind: 'mark', jobId, retry: 'FINAL' };
  if (!plan) return { ...lineage, watchAt: undefined, effects: [mark] };
  const closed = ended(lineage, { why: 'DRY_RUN', message: 'retries of this queue are a dry run' });
  return { ...closed, effects: [mark, ...(plan.recreation ? [] : [retried(lineage, plan, undefined, true)])] };
}

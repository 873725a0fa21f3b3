import type { JobDependency, JobDetail } from '@aws-sdk/client-batch';
import { ATTEMPT_TAG, LINEAGE_TAG } from '../../lib/retries/config';
import { findSubmitted, submitOnce } from '../batch/submit-once';
import { hasEnded } from '../job-ledger/item';
import { errorFields } from '../runtime/log';
import { exhausted, retried } from './announce';
import type { Context } from './context';
import { ended, isStopped } from './decide';
import { resolve } from './dependencies';
import { settle } from './effects';
import { type Final, type Lineage, withSubmission } from './lineage';
import type { Kept } from './lineage-store';
import { wakeAt } from './messages';
import { isOptedOut } from './observe';
import { predecessorsOf } from './predecessors';

/**
 * From the end of whoever wrote down his intent until it can be told whether he submitted the job: lists lag up to 60 s,
 * a call may be under way for as long when its caller dies, and clocks differ.
 */
const RECOVERY_MILLISECONDS = 180_000;
/** Until the ledger has seen a new job, by an event or a sweep. */
const WATCH_MILLISECONDS = 120_000;
const THROTTLED_MILLISECONDS = 10_000;
/** Of what is to be waited for, something may have happened already. */
const LEAST_WAIT_MILLISECONDS = 2_000;
/** A job may be refused for what it depends on, which AWS Batch still shows as it was before. */
const REFUSED_MILLISECONDS = 60_000;
const MOST_REFUSALS = 5;

/** Brings lineages forward that are due. */
export class Advancer {
  /** @param decide deals with a job that has ended, if that has not been done */
  constructor(
    private readonly context: Context,
    private readonly decide: (jobId: string) => Promise<void>,
  ) {}

  /** @param deadline when the function is stopped */
  async advance(before: Kept, deadline: number): Promise<void> {
    const kept = await settle(this.context, before);
    if (!kept) return;
    const { status, plan, intent, watchAt } = kept.lineage;
    const now = this.context.now();
    if (status === 'WAITING' && plan!.notBefore <= now) return this.resubmit(kept, deadline);
    if (status === 'WAITING') return wakeAt(this.context, kept.lineage.root, plan!.notBefore);
    if (status === 'SUBMITTING' && intent!.recoverAt <= now) return this.recover(kept, deadline);
    if (status === 'OPEN' && watchAt !== undefined && watchAt <= now) return this.watch(kept);
  }

  /** Takes a submitted job as the latest of its lineage. @returns undefined when somebody has written since */
  async adopt(before: Kept, jobId: string, submittedAt: number): Promise<Kept | undefined> {
    const { plan, jobId: from, ...lineage } = before.lineage;
    const adopted: Lineage = {
      ...lineage,
      status: 'OPEN',
      jobId,
      attempt: lineage.attempt + 1,
      runs: lineage.runs + (plan!.recreation ? 0 : 1),
      children: plan!.children,
      intent: undefined,
      watchAt: this.context.now() + WATCH_MILLISECONDS,
      history: withSubmission(lineage.history, {
        attempt: lineage.attempt + 1,
        jobId,
        jobQueue: plan!.request.jobQueue!,
        submittedAt,
        resources: plan!.resources,
        children: plan!.children?.indexes.length,
      }),
    };
    const effects = [
      ...lineage.effects,
      { kind: 'mark' as const, jobId: from, retry: 'RESUBMITTED' as const, successor: jobId },
      retried(adopted, plan!, jobId),
    ];
    const kept = await this.context.lineages.write(before, { ...adopted, effects });
    return kept && settle(this.context, kept);
  }

  /**
   * Takes the job of a call whose outcome was not written down. A clone of it has the same tags: the first of them counts.
   *
   * @param job one that may be it
   * @returns the lineage as it is then
   */
  async adoptFirst(kept: Kept, job: JobDetail): Promise<Kept | undefined> {
    const found = await this.findSubmitted(kept.lineage);
    const first = found && found.createdAt! < job.createdAt! ? found : job;
    const adopted = await this.adopt(kept, first.jobId!, first.createdAt!);
    return adopted ?? this.context.lineages.read(kept.lineage.root);
  }

  /** Closes a lineage. */
  async close(before: Kept, final: Final): Promise<void> {
    const { lineage } = before;
    const mark = { kind: 'mark' as const, jobId: lineage.jobId, retry: 'FINAL' as const };
    const closed = { ...ended(lineage, final), effects: [...lineage.effects, mark, ...exhausted(lineage, final)] };
    const kept = await this.context.lineages.write(before, closed);
    if (kept) await settle(this.context, kept);
  }

  private async resubmit(kept: Kept, deadline: number): Promise<void> {
    const { observer, now } = this.context;
    const { lineage } = kept;
    const plan = lineage.plan!;
    const job = await observer.describe(lineage.jobId);
    if (job && isOptedOut(job)) return this.close(kept, { why: 'OPTED_OUT', message: 'it has been opted out' });
    if (job && isStopped(job) && !plan.wasStopped) {
      return this.close(kept, { why: 'STOPPED', message: 'somebody cancelled or terminated it' });
    }
    const predecessors = await predecessorsOf(this.context, plan.dependsOn, this.decide);
    const resolution = resolve(plan.dependsOn, predecessors, {
      size: plan.request.arrayProperties?.size,
      children: plan.children,
    });
    switch (resolution.kind) {
      case 'failed':
        return this.close(kept, { why: 'DEPENDENCY', message: `job ${resolution.jobId} failed for good` });
      case 'waiting':
        return this.wait(kept, Math.max(resolution.until, now() + LEAST_WAIT_MILLISECONDS));
      case 'ready':
        return this.submit(kept, resolution.dependsOn, deadline);
    }
  }

  private async wait(kept: Kept, until: number): Promise<void> {
    const { lineage } = kept;
    const waiting = { ...lineage, status: 'WAITING' as const, intent: undefined };
    const written = await this.context.lineages.write(kept, {
      ...waiting,
      plan: { ...lineage.plan!, notBefore: until },
    });
    if (written) await wakeAt(this.context, lineage.root, until);
  }

  private async submit(before: Kept, dependsOn: readonly JobDependency[], deadline: number): Promise<void> {
    const { lineages, batchOnce, now, random, log } = this.context;
    const { lineage } = before;
    const intent = { since: now(), recoverAt: deadline + RECOVERY_MILLISECONDS, dependsOn };
    const kept = await lineages.write(before, { ...lineage, status: 'SUBMITTING', intent });
    if (!kept) return;
    const submitted = await submitOnce(batchOnce, {
      ...lineage.plan!.request,
      ...(dependsOn.length > 0 && { dependsOn: [...dependsOn] }),
    });
    switch (submitted.kind) {
      case 'submitted':
        await this.adopt(kept, submitted.jobId, now());
        return;
      case 'throttled':
        return this.wait(kept, now() + Math.ceil(random() * THROTTLED_MILLISECONDS));
      case 'refused':
        return this.refused(kept, submitted.message);
      case 'unknown':
        log.error('submission uncertain', { lineage: lineage.root, ...errorFields(submitted.error) });
    }
  }

  private async refused(kept: Kept, message: string): Promise<void> {
    const { observer, now, log } = this.context;
    const { lineage } = kept;
    const { intent, jobDefinition } = lineage;
    const { refusals = 0, ...plan } = lineage.plan!;
    log.warn('submission refused', { lineage: lineage.root, error: message });
    const definition = await observer.definition(jobDefinition, true);
    if (!definition || definition.status === 'INACTIVE') {
      return this.close(kept, { why: 'DEFINITION_GONE', message: `${jobDefinition} has been deregistered` });
    }
    if (intent!.dependsOn.length === 0 || refusals >= MOST_REFUSALS) {
      return this.close(kept, { why: 'REFUSED', message });
    }
    const again = { ...lineage, plan: { ...plan, refusals: refusals + 1 } };
    return this.wait({ ...kept, lineage: again }, now() + REFUSED_MILLISECONDS);
  }

  private async recover(kept: Kept, deadline: number): Promise<void> {
    const { log, now } = this.context;
    const { root, attempt, plan } = kept.lineage;
    const found = await this.findSubmitted(kept.lineage);
    log.warn('submission recovered', { lineage: root, attempt: attempt + 1, jobId: found?.jobId });
    if (found) return void (await this.adopt(kept, found.jobId!, found.createdAt!));
    const waiting = { ...kept.lineage, status: 'WAITING' as const, intent: undefined };
    const written = await this.context.lineages.write(kept, { ...waiting, plan: { ...plan!, notBefore: now() } });
    if (written) await this.advance(written, deadline);
  }

  private findSubmitted({ root, attempt, plan, intent }: Lineage): Promise<JobDetail | undefined> {
    return findSubmitted(this.context.batch, {
      jobQueue: plan!.request.jobQueue!,
      jobName: plan!.request.jobName!,
      since: intent!.since,
      tags: { [LINEAGE_TAG]: root, [ATTEMPT_TAG]: String(attempt + 1) },
    });
  }

  /** Once the ledger knows a job, it tells of its end. A short one whose events were lost it may never have seen. */
  private async watch(kept: Kept): Promise<void> {
    const { ledger, lineages, observer, now } = this.context;
    const { lineage } = kept;
    const stored = await ledger.get(lineage.jobId);
    if (stored && !hasEnded(stored.job)) {
      await lineages.write(kept, { ...lineage, watchAt: undefined });
      return;
    }
    const job = await observer.describe(lineage.jobId);
    if (job?.status === 'SUCCEEDED' || job?.status === 'FAILED') return this.decide(lineage.jobId);
    await lineages.write(kept, { ...lineage, watchAt: now() + WATCH_MILLISECONDS });
  }
}

import { EXHAUSTED_EVENT, METRICS, RETRIED_EVENT } from '../../lib/retries/config';
import type { PublishedEvent } from '../events/publish';
import { embeddedMetrics } from '../runtime/embedded-metrics';
import type { Effect, Final, Lineage, Plan, Submission } from './lineage';

/** Reasons for which a job that was never submitted again should have been. */
const SHOULD_HAVE_BEEN: readonly Final['why'][] = ['CEILING', 'DEFINITION_GONE', 'NOT_RESTORABLE', 'REFUSED'];

/** What is said of a lineage that was submitted again. */
export function retried(lineage: Lineage, plan: Plan, to: string | undefined, dryRun = false): Effect {
  const last = lineage.history.findLast(({ jobId }) => jobId !== to)!;
  return {
    kind: 'retried',
    jobIds: to === undefined ? [last.jobId] : [last.jobId, to],
    jobQueue: last.jobQueue,
    detail: {
      ...summary(lineage),
      from: last.jobId,
      to,
      attempt: last.attempt + 1,
      cause: last.cause,
      rule: last.rule,
      exitCode: last.exitCode,
      reason: last.reason,
      delaySeconds: plan.delaySeconds,
      changes: plan.changes,
      dryRun,
    },
  };
}

/** Whether it is worth an event that nothing follows: not of a job that nobody wanted submitted again. */
export function isWorthTelling({ attempt }: Pick<Lineage, 'attempt'>, { why }: Final): boolean {
  return attempt > 1 || SHOULD_HAVE_BEEN.includes(why);
}

/** What is said of a lineage that has ended without success. */
export function exhausted(lineage: Lineage, final: Final): readonly Effect[] {
  if (!isWorthTelling(lineage, final)) return [];
  const last = lineage.history.at(-1)!;
  return [
    {
      kind: 'exhausted',
      jobId: lineage.jobId,
      jobQueue: last.jobQueue,
      detail: {
        ...summary(lineage),
        jobId: lineage.jobId,
        attempts: lineage.attempt,
        why: final.why,
        message: final.message,
        history: lineage.history.map(entry),
      },
    },
  ];
}

function summary({ root, jobName, jobDefinition, history }: Lineage): object {
  return { lineage: root, jobName, jobDefinition, jobQueue: history.at(-1)!.jobQueue };
}

function entry({ submittedAt, endedAt, ...rest }: Submission): object {
  return {
    ...rest,
    submittedAt: new Date(submittedAt).toISOString(),
    ...(endedAt !== undefined && { endedAt: new Date(endedAt).toISOString() }),
  };
}

/** @param jobArn of a job's id */
export function eventOf(
  effect: Extract<Effect, { kind: 'retried' | 'exhausted' }>,
  jobArn: (jobId: string) => string,
): PublishedEvent {
  const jobIds = effect.kind === 'retried' ? effect.jobIds : [effect.jobId];
  return {
    detailType: effect.kind === 'retried' ? RETRIED_EVENT : EXHAUSTED_EVENT,
    resources: [...jobIds.map(jobArn), effect.jobQueue],
    detail: effect.detail,
  };
}

export function metricLine({ kind, jobQueue }: Extract<Effect, { kind: 'retried' | 'exhausted' }>, now: Date): string {
  const JobQueue = jobQueue.slice(jobQueue.lastIndexOf('/') + 1);
  const name = kind === 'retried' ? METRICS.retries : METRICS.exhausted;
  return embeddedMetrics(now, { dimensions: { JobQueue }, metrics: { [name]: { value: 1, unit: 'Count' } } });
}

import { METRICS, TIMED_OUT_EVENT } from '../../lib/timeouts/config';
import type { PublishedEvent } from '../events/publish';
import type { LedgerJob, Stop } from '../job-ledger/item';
import { embeddedMetrics } from '../runtime/embedded-metrics';

/** A job that has passed a limit, and what became of it. */
export interface Report {
  readonly job: LedgerJob;
  readonly stop: Omit<Stop, 'reported'>;
  /** Whether it was only looked at. */
  readonly dryRun: boolean;
  /** Whether the job is over: a PENDING one ends when what it depends on has. */
  readonly ended: boolean;
}

export function eventOf({ job, stop, dryRun, ended }: Report): PublishedEvent {
  return {
    detailType: TIMED_OUT_EVENT,
    resources: [jobArn(job)],
    detail: {
      jobId: job.jobId,
      jobName: job.jobName,
      jobQueue: job.queueArn,
      jobDefinition: job.definitionArn,
      limit: stop.limit,
      limitSeconds: stop.limitSeconds,
      spentSeconds: stop.spentSeconds,
      status: stop.status,
      action: stop.action,
      reason: stop.reason,
      by: stop.by,
      at: new Date(stop.at).toISOString(),
      ended,
      dryRun,
    },
  };
}

/** Log lines from which CloudWatch makes metrics. Each job counts once: when it has ended, or in a dry run. */
export function metricLines(reports: readonly Report[], now: number): string[] {
  const timedOut = reports.filter(({ ended, dryRun }) => ended && !dryRun);
  const pastLimit = reports.filter(({ dryRun }) => dryRun);
  return [
    ...countLines(
      METRICS.timedOut,
      timedOut.map(({ job }) => job),
      now,
    ),
    ...countLines(
      METRICS.pastLimit,
      pastLimit.map(({ job }) => job),
      now,
    ),
  ];
}

export function countLines(metric: string, jobs: readonly LedgerJob[], now: number): string[] {
  const counts = new Map<string, number>();
  for (const { queueArn } of jobs) counts.set(queueArn, (counts.get(queueArn) ?? 0) + 1);
  return [...counts].map(([queueArn, value]) =>
    embeddedMetrics(new Date(now), {
      dimensions: { JobQueue: queueArn.slice(queueArn.lastIndexOf('/') + 1) },
      metrics: { [metric]: { value, unit: 'Count' } },
    }),
  );
}

/** A job's ARN is like that of its queue. */
function jobArn({ queueArn, jobId }: LedgerJob): string {
  return queueArn.replace(/:job-queue\/.*$/, `:job/${jobId}`);
}

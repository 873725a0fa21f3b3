import { duration } from '../demo/units';
import type { PlayedJob } from '../play/play';
import type { JobSpan, JobTimeline } from './model';

/** The job that took the most attempts, retries included; where none took two, the one that waited longest. */
export function timelineOf(jobs: readonly PlayedJob[]): JobTimeline | undefined {
  const lineages = new Map<string, PlayedJob[]>();
  for (const job of jobs) {
    if (!job.isArray) lineages.set(job.lineage, [...(lineages.get(job.lineage) ?? []), job]);
  }
  let most: { lineage: readonly PlayedJob[]; attempts: number; wait: number } | undefined;
  for (const lineage of lineages.values()) {
    const attempts = lineage.reduce((sum, job) => sum + job.attempts.length, 0);
    const wait = lineage[0]!.startedAt === undefined ? -1 : lineage[0]!.startedAt - lineage[0]!.createdAt;
    const isMore = most === undefined || attempts > most.attempts || (attempts === most.attempts && wait > most.wait);
    if (wait >= 0 && isMore) most = { lineage, attempts, wait };
  }
  if (!most) return undefined;
  const { lineage, attempts, wait } = most;
  const { name, queue } = lineage[0]!;
  const title =
    attempts > 1
      ? `${name} of the ${queue} queue: ${attempts} attempts in ${lineage.length} ${lineage.length === 1 ? 'submission' : 'submissions'}.`
      : `The job of the ${queue} queue that waited longest: ${duration(wait / 1000)} before it ran.`;
  return { title, spans: lineage.flatMap((job, index) => spansOf(job, lineage.length > 1 ? `${index + 1}. ` : '')) };
}

function spansOf({ status, createdAt, startedAt, stoppedAt, attempts }: PlayedJob, prefix: string): JobSpan[] {
  // While a job runs, AWS Batch shows the attempts before.
  const running = stoppedAt === undefined && startedAt !== undefined ? [{ startedAt, stoppedAt: startedAt }] : [];
  let since = createdAt;
  return [...attempts, ...running].flatMap(({ startedAt: start, stoppedAt: end }, index, all): JobSpan[] => {
    const row = `${prefix}${all.length > 1 || prefix !== '' ? `attempt ${index + 1}` : 'job'}`;
    const waiting: JobSpan = { row, state: 'waiting', from: since, to: start ?? end };
    since = end;
    if (start === undefined || stoppedAt === undefined) return [waiting];
    const last = index === attempts.length - 1;
    return [waiting, { row, state: last && status === 'SUCCEEDED' ? 'succeeded' : 'failed', from: start, to: end }];
  });
}

import { percentile } from '../../bench/simulation/statistics';
import type { Life } from './timeline';
import { peak } from './timeline';

/** A job as it ended. Times are milliseconds since the epoch. */
export interface JobOutcome {
  readonly queue: string;
  readonly status: string;
  readonly createdAt: number;
  /** Of its last attempt; absent when it never ran. */
  readonly startedAt?: number;
  /** Absent while it has not ended. */
  readonly stoppedAt?: number;
}

export interface InstanceLife extends Life {
  readonly pool: string;
}

/** What a run left behind. */
export interface RunRecord {
  readonly from: number;
  readonly to: number;
  readonly jobs: readonly JobOutcome[];
  readonly instances: readonly InstanceLife[];
  /** Attempts of jobs that ended because scale-in took their instance. */
  readonly killedByScaleIn: number;
  /** By service and operation. */
  readonly apiCalls: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Waits {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What `--json` prints; waits and times are seconds. */
export interface Summary {
  readonly submitted: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly launched: number;
  readonly peakInstances: number;
  readonly finalInstances: number;
  readonly killedByScaleIn: number;
  readonly wait: Waits;
  readonly virtualSeconds: number;
  /** How long the command took, really. */
  readonly seconds: number;
  readonly apiCalls: RunRecord['apiCalls'];
}

export function summarize(
  { from, to, jobs, instances, killedByScaleIn, apiCalls }: RunRecord,
  seconds: number,
): Summary {
  return {
    submitted: jobs.length,
    succeeded: count(jobs, 'SUCCEEDED'),
    failed: count(jobs, 'FAILED'),
    launched: instances.length,
    peakInstances: peak(instances),
    finalInstances: instances.filter((instance) => instance.to === undefined).length,
    killedByScaleIn,
    wait: waits(jobs),
    virtualSeconds: (to - from) / 1000,
    seconds,
    apiCalls,
  };
}

export function count(jobs: readonly JobOutcome[], status: string): number {
  return jobs.filter((job) => job.status === status).length;
}

/** From submission to the last start, of the jobs that ran. */
export function waits(jobs: readonly JobOutcome[]): Waits {
  const seconds = jobs.flatMap(({ createdAt, startedAt }) =>
    startedAt === undefined ? [] : [(startedAt - createdAt) / 1000],
  );
  seconds.sort((a, b) => a - b);
  return { p50: rounded(seconds, 0.5), p95: rounded(seconds, 0.95), p99: rounded(seconds, 0.99) };
}

/** To the millisecond, as the times are known. */
function rounded(sortedSeconds: readonly number[], part: number): number {
  return Math.round(percentile(sortedSeconds, part) * 1000) / 1000;
}

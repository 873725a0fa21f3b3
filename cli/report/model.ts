import type { Amounts } from '../../workload/job';

/** The states of a job before its end, in their order. */
export const ACTIVE_STATES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const;
export type ActiveState = (typeof ACTIVE_STATES)[number];

/** What a cluster looked like at one moment. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly jobs: Readonly<Record<ActiveState, number>>;
  /** Instances by pool, launched and not yet terminated. */
  readonly instances: Readonly<Record<string, number>>;
  /** What the registered instances offer to jobs. */
  readonly offered: Amounts;
  /** What jobs on them have. */
  readonly used: Amounts;
  /** What the jobs that wait for room ask for, beyond what is free. */
  readonly short: Amounts;
}

/** What one job did and waited for. */
export interface JobTimeline {
  readonly title: string;
  readonly spans: readonly JobSpan[];
}

export interface JobSpan {
  /** Of one attempt or one submission: `attempt 1`. */
  readonly row: string;
  readonly state: 'waiting' | 'running' | 'failed' | 'succeeded';
  readonly from: number;
  readonly to: number;
}

/** What costs are in: dollars, whatever the `cost` of pools is in, or hours of vCPUs where nobody has said what they cost. */
export type CostUnit = 'dollars' | 'cost' | 'vCPU hours';

export function costInWords(cost: number, unit: CostUnit): string {
  const digits = cost < 100 ? 2 : 0;
  const amount = cost.toLocaleString('en-US', {
    // Cents are two digits.
    minimumFractionDigits: unit === 'dollars' ? digits : 0,
    maximumFractionDigits: digits,
  });
  return unit === 'dollars' ? `$${amount}` : unit === 'cost' ? amount : `${amount} vCPU hours`;
}

export interface CostComparison {
  readonly unit: CostUnit;
  /** `zeroWait` where it is known. */
  readonly bounds: { readonly work: number; readonly zeroWait?: number };
  readonly costs: readonly { readonly name: string; readonly cost: number; readonly own: boolean }[];
}

export interface WaitPercentiles {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** A number that matters, said in words. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly bad?: boolean;
}

/** All that a report shows. What is left out has no chart. */
export interface ReportContent {
  readonly title: string;
  readonly subtitle: string;
  readonly facts: readonly Fact[];
  readonly samples?: readonly Sample[];
  /** Seconds from submission to the last start, by series. */
  readonly waits?: readonly { readonly name: string; readonly seconds: readonly number[] }[];
  /** Seconds, of several policies. */
  readonly waitPercentiles?: readonly WaitPercentiles[];
  readonly costs?: CostComparison;
  readonly timeline?: JobTimeline;
}

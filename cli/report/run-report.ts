import type { Comparison } from '../../bench/compare';
import type { JobOutcome, RunRecord, Summary } from '../demo/summary';
import { amount, duration } from '../demo/units';
import type { CostComparison, Fact, JobTimeline, ReportContent, Sample } from './model';

/** A pool's price. */
export interface PricedPool {
  readonly name: string;
  /** Dollars an hour for one instance. */
  readonly cost: number;
}

export interface RunReport {
  readonly title: string;
  readonly record: RunRecord;
  readonly summary: Summary;
  readonly samples: readonly Sample[];
  readonly pools: readonly PricedPool[];
  /** What others would cost on the same jobs. */
  readonly comparison?: Comparison;
}

/** The report of a run on the local AWS. */
export function runReport({ title, record, summary, samples, pools, comparison }: RunReport): ReportContent {
  const cost = instanceCost(record, pools);
  return {
    title: 'What happened to the workload',
    subtitle: title,
    facts: facts(summary, cost),
    samples,
    waits: waitsByQueue(record.jobs),
    costs: comparison && costs(cost, comparison),
    timeline: longestWait(record.jobs),
  };
}

/** Dollars from launch to termination, at least a minute for each instance, as EC2 counts. */
export function instanceCost({ instances, to }: RunRecord, pools: readonly PricedPool[]): number {
  const price = new Map(pools.map((pool) => [pool.name, pool.cost]));
  return instances.reduce((sum, life) => {
    const seconds = Math.max(60, ((life.to ?? to) - life.from) / 1000);
    return sum + ((price.get(life.pool) ?? 0) * seconds) / 3600;
  }, 0);
}

function facts(summary: Summary, cost: number): Fact[] {
  const { submitted, succeeded, failed, launched, peakInstances, finalInstances, killedByScaleIn, wait } = summary;
  return [
    { name: 'Jobs', value: `${amount(succeeded)} of ${amount(submitted)} succeeded` },
    { name: 'Failed', value: amount(failed), bad: failed > 0 },
    { name: 'Waits', value: `p50 ${duration(wait.p50)}` },
    { name: 'Waits of the slowest', value: `p99 ${duration(wait.p99)}` },
    { name: 'Instances', value: `${amount(launched)} launched, ${amount(peakInstances)} at once` },
    { name: 'Left at the end', value: amount(finalInstances), bad: finalInstances > 0 },
    { name: 'Killed by scale-in', value: amount(killedByScaleIn), bad: killedByScaleIn > 0 },
    { name: 'Instance time', value: `$${cost.toFixed(2)}` },
    { name: 'Virtual time', value: duration(summary.virtualSeconds) },
  ];
}

function waitsByQueue(jobs: readonly JobOutcome[]): { name: string; seconds: number[] }[] {
  const queues = [...new Set(jobs.map(({ queue }) => queue))].sort();
  return queues.map((name) => ({
    name,
    seconds: jobs.flatMap(({ queue, createdAt, startedAt }) =>
      queue === name && startedAt !== undefined ? [(startedAt - createdAt) / 1000] : [],
    ),
  }));
}

function costs(cost: number, { bounds, policies }: Comparison): CostComparison {
  const others = Object.entries(policies).map(([name, figures]) => ({ name, cost: figures.cost, own: false }));
  return { bounds, costs: [{ name: 'this run', cost, own: true }, ...others] };
}

/** The job that waited longest, of those that ran. */
function longestWait(jobs: readonly JobOutcome[]): JobTimeline | undefined {
  let longest: { job: JobOutcome; wait: number } | undefined;
  for (const job of jobs) {
    const wait = job.startedAt === undefined ? -1 : job.startedAt - job.createdAt;
    if (wait > (longest?.wait ?? -1)) longest = { job, wait };
  }
  if (!longest) return undefined;
  const { createdAt, startedAt, stoppedAt, status, queue } = longest.job;
  return {
    title: `The job of the ${queue} queue that waited longest: ${duration(longest.wait / 1000)} before it ran.`,
    spans: [
      { row: 'job', state: 'waiting', from: createdAt, to: startedAt! },
      ...(stoppedAt === undefined
        ? []
        : [
            {
              row: 'job',
              state: status === 'SUCCEEDED' ? ('succeeded' as const) : ('failed' as const),
              from: startedAt!,
              to: stoppedAt,
            },
          ]),
    ],
  };
}

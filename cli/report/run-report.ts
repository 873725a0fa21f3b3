import type { Comparison } from '../../bench/compare';
import type { JobOutcome, RunRecord, Summary } from '../demo/summary';
import { amount, duration } from '../demo/units';
import type { Played } from '../play/play';
import { type CostComparison, type CostUnit, costInWords, type Fact, type ReportContent, type Sample } from './model';
import { timelineOf } from './timeline';

/** What a run's cost is seen beside. */
export interface Beside {
  readonly bounds: CostComparison['bounds'];
  readonly policies: Comparison['policies'];
}

/** A pool's price. */
export interface PricedPool {
  readonly name: string;
  /** Dollars an hour for one instance. */
  readonly cost: number;
}

export interface RunReport {
  readonly title: string;
  readonly record: Played;
  readonly summary: Summary;
  readonly samples: readonly Sample[];
  readonly pools: readonly PricedPool[];
  /** What others would cost on the same jobs. */
  readonly comparison?: Beside;
  /** What prices are in. @default dollars */
  readonly unit?: CostUnit;
  /** What else is to be said, in words. */
  readonly more?: readonly Fact[];
}

/** The report of a run on the local AWS. */
export function runReport(report: RunReport): ReportContent {
  const { title, record, summary, samples, pools, comparison, unit = 'dollars', more = [] } = report;
  const cost = instanceCost(record, pools);
  return {
    title: 'What happened to the workload',
    subtitle: title,
    facts: [...facts(summary), ...costFacts(cost, unit, comparison), ...more],
    samples,
    waits: waitsByQueue(record.jobs),
    costs: comparison && costs(cost, comparison, unit),
    timeline: timelineOf(record.jobs),
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

function facts(summary: Summary): Fact[] {
  const { submitted, succeeded, failed, launched, peakInstances, finalInstances, killedByScaleIn, wait } = summary;
  return [
    { name: 'Jobs', value: `${amount(succeeded)} of ${amount(submitted)} succeeded` },
    { name: 'Failed', value: amount(failed), bad: failed > 0 },
    { name: 'Half waited at most', value: duration(wait.p50) },
    { name: '99 in 100 at most', value: duration(wait.p99) },
    { name: 'Instances', value: `${amount(launched)} launched, ${amount(peakInstances)} at once` },
    { name: 'Left at the end', value: amount(finalInstances), bad: finalInstances > 0 },
    { name: 'Killed by scale-in', value: amount(killedByScaleIn), bad: killedByScaleIn > 0 },
    { name: 'Virtual time', value: duration(summary.virtualSeconds) },
  ];
}

/** What instances cost, and how that compares; nothing where there were none. */
export function costFacts(cost: number, unit: CostUnit, comparison: Beside | undefined): Fact[] {
  if (cost === 0) return [];
  const of = unit === 'cost' ? " in the unit of the pools' cost" : '';
  const bound = comparison?.bounds.work ?? 0;
  const beside = bound > 0 ? `, ${(cost / bound).toFixed(2)} × what the work alone would cost` : '';
  return [{ name: 'Cost', value: `${costInWords(cost, unit)}${of}${beside}` }];
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

function costs(cost: number, { bounds, policies }: Beside, unit: CostUnit): CostComparison {
  const others = Object.entries(policies).map(([name, figures]) => ({ name, cost: figures.cost, own: false }));
  return { unit, bounds, costs: [{ name: 'this run', cost, own: true }, ...others] };
}

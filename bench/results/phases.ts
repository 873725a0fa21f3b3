import type { PolicyFactory } from '../simulation/policy';
import type { Kind } from '../simulation/pool';
import type { Scheduler } from '../simulation/simulate';
import { simulate, TICK_SECONDS } from '../simulation/simulate';
import { mean, waitStatistics } from '../simulation/statistics';
import type { Scenario } from './traces';

const PHASES = 6;

/** One policy on one trace, at several phases of the tick: what differs between them is chance. */
export interface Phases {
  /** Dollars: mean, and the range that the phases span. */
  readonly cost: number;
  readonly least: number;
  readonly most: number;
  /** Seconds: mean of the mean waits, and the worst 95th and 99th percentiles. */
  readonly meanWait: number;
  readonly p95: number;
  readonly p99: number;
  readonly launches: number;
  readonly kills: number;
}

export function runPhases(
  { jobs }: Scenario,
  kinds: readonly Kind[],
  policyOf: PolicyFactory,
  scheduler: Scheduler = 'backfill',
): Phases {
  const runs = Array.from({ length: PHASES }, (_, index) => {
    const phase = (index * TICK_SECONDS) / PHASES;
    const { cost, waits, launches, kills } = simulate(jobs, kinds, policyOf, { scheduler, phase });
    return { cost, launches, kills, wait: waitStatistics(waits) };
  });
  const costs = runs.map(({ cost }) => cost);
  return {
    cost: mean(costs),
    least: Math.min(...costs),
    most: Math.max(...costs),
    meanWait: mean(runs.map(({ wait }) => wait.mean)),
    p95: Math.max(...runs.map(({ wait }) => wait.p95)),
    p99: Math.max(...runs.map(({ wait }) => wait.p99)),
    launches: mean(runs.map(({ launches }) => launches)),
    kills: runs.reduce((sum, { kills }) => sum + kills, 0),
  };
}

/** Whether the two differ by more than either does between phases. */
export function differ(a: Phases, b: Phases): boolean {
  return Math.abs(a.cost - b.cost) > Math.max(a.most - a.least, b.most - b.least);
}

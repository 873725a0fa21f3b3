import { performance } from 'node:perf_hooks';
import type { WorkloadJob } from '../workload/job';
import type { PolicyName, PolicyOptions } from './policies/policies';
import { policyFactory } from './policies/policies';
import type { Bounds } from './simulation/bounds';
import { boundsOf } from './simulation/bounds';
import type { Kind } from './simulation/pool';
import type { SimulationOptions } from './simulation/simulate';
import { simulate } from './simulation/simulate';
import type { WaitStatistics } from './simulation/statistics';
import { boundedSlowdown, waitStatistics } from './simulation/statistics';

export interface PolicyFigures {
  /** Dollars. */
  readonly cost: number;
  readonly costOverWork: number;
  readonly costOverZeroWait: number;
  /** Seconds from arrival to the last start. */
  readonly wait: WaitStatistics;
  readonly boundedSlowdown: number;
  readonly launches: number;
  /** Launches that ran no job. */
  readonly emptyLaunches: number;
  readonly kills: number;
  /** Seconds from the first arrival to the last end. */
  readonly makespan: number;
  /** Seconds that the simulation took. */
  readonly seconds: number;
}

export interface Comparison {
  readonly bounds: Bounds;
  readonly policies: Readonly<Partial<Record<PolicyName, PolicyFigures>>>;
}

/** Runs each policy on the same jobs. */
export function compare(
  jobs: readonly WorkloadJob[],
  kinds: readonly Kind[],
  names: readonly PolicyName[],
  options: SimulationOptions & PolicyOptions,
): Comparison {
  const bounds = boundsOf(jobs, kinds);
  const figures = names.map((name) => [name, measure(name, jobs, kinds, bounds, options)]);
  return { bounds, policies: Object.fromEntries(figures) };
}

export function measure(
  name: PolicyName,
  jobs: readonly WorkloadJob[],
  kinds: readonly Kind[],
  bounds: Bounds,
  options: SimulationOptions & PolicyOptions,
): PolicyFigures {
  const begun = performance.now();
  const { cost, launches, emptyLaunches, kills, waits, firstArrival, lastEnd } = simulate(
    jobs,
    kinds,
    policyFactory(name, jobs, options),
    options,
  );
  const seconds = (performance.now() - begun) / 1000;
  return {
    cost,
    costOverWork: cost / bounds.work,
    costOverZeroWait: cost / bounds.zeroWait,
    wait: waitStatistics(waits),
    boundedSlowdown: boundedSlowdown(
      waits,
      jobs.map(({ run }) => run),
    ),
    launches,
    emptyLaunches,
    kills,
    makespan: lastEnd - firstArrival,
    seconds,
  };
}

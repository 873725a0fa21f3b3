import { type Comparison, compare } from '../../bench/compare';
import { kindsOf } from '../../bench/simulation/pool';
import type { PolicyName } from '../../bench/policies/policies';
import type { WorkloadJob } from '../../workload/job';
import { clamp } from '../../workload/job';
import type { Played } from '../play/play';
import type { CostUnit } from '../report/model';
import type { PricedPool } from '../report/run-report';
import type { OwnFleet } from './app';

/** What instances cost an hour, in the best unit that there is for all of them. */
export interface Prices {
  readonly unit: CostUnit;
  readonly pools: readonly (PricedPool & OwnFleet)[];
}

/**
 * Dollars where all that was launched has a price; what the pools' `cost` says where they are all pools and somebody has said
 * it; hours of vCPUs otherwise.
 *
 * @param fleets those that are of interest
 */
export function pricesOf(fleets: readonly OwnFleet[], given: ReadonlyMap<string, number> = new Map()): Prices {
  const inDollars = fleets.map(({ instanceTypes }) => {
    const known = instanceTypes.flatMap((type) => given.get(type) ?? []);
    // Which of its types a pool launches is not known before: the dearest.
    return known.length > 0 ? Math.max(...known) : undefined;
  });
  const priced = (unit: CostUnit, cost: (fleet: OwnFleet, index: number) => number): Prices => ({
    unit,
    pools: fleets.map((fleet, index) => ({ ...fleet, cost: cost(fleet, index) })),
  });
  if (fleets.length > 0 && inDollars.every((price) => price !== undefined))
    return priced('dollars', (_, index) => inDollars[index]!);
  const said = fleets.some(({ cost, capacity }) => cost !== undefined && cost !== capacity.vcpus);
  if (said && fleets.every(({ cost }) => cost !== undefined)) return priced('cost', ({ cost }) => cost!);
  return priced('vCPU hours', ({ capacity }) => capacity.vcpus);
}

/** What a run is compared with. */
const BASELINES: readonly PolicyName[] = ['ffd', 'count', 'vcpu', 'cas', 'jobwatcher', 'static'];

/** What bounds and other policies would cost on the jobs that ran on instances; nothing where there were none. */
export function comparisonOf({ jobs, from }: Pick<Played, 'jobs' | 'from'>, { pools }: Prices): Comparison | undefined {
  const environments = new Set(pools.map(({ environment }) => environment));
  const kinds = kindsOf(
    pools
      .map(({ name, capacity, cost, maxInstances }) => ({ name, ...capacity, price: cost, max: maxInstances }))
      // Baselines use the first of each kind, which has to hold every job.
      .sort((a, b) => b.vcpus - a.vcpus || b.memoryMiB - a.memoryMiB),
  );
  const workload = jobs
    .flatMap(
      ({ name, environment, isArray, createdAt, startedAt, stoppedAt, vcpus, memoryMiB, gpus }): WorkloadJob[] => {
        const kind = kinds.find(({ gpu }) => gpu === gpus > 0);
        const isComparable = !isArray && kind && environments.has(environment ?? '');
        if (!isComparable || startedAt === undefined || stoppedAt === undefined || stoppedAt <= startedAt) return [];
        const size = clamp({ vcpus, memoryMiB, gpus }, kind.pools[0]);
        return [
          {
            name,
            arrival: Math.round((createdAt - from) / 1000),
            run: Math.ceil((stoppedAt - startedAt) / 1000),
            ...size,
          },
        ];
      },
    )
    .sort((a, b) => a.arrival - b.arrival);
  if (workload.length === 0) return undefined;
  return compare(workload, kinds, BASELINES, { scheduler: 'backfill', scaleInAfter: 60, phase: 0 });
}

import type { CostUnit } from '../report/model';
import type { PricedPool } from '../report/run-report';
import type { OwnFleet } from '../rehearse/app';

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

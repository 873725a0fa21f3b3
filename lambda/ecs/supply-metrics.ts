import type { Resources } from '../../lib/capacity/config';
import { SUPPLY_METRICS } from '../../lib/capacity/config';
import type { MetricSet } from '../runtime/embedded-metrics';

/** By the names that they have in metrics and events. Memory is in MiB. */
export const RESOURCE_NAMES = { vcpus: 'VCPU', memoryMiB: 'MEMORY', gpus: 'GPU' } as const satisfies Record<
  keyof Resources,
  string
>;

/** The resources that metrics are written of: where no instance has GPUs, nobody wants to know how many. */
export function measuredResources(hasGpus: boolean): readonly (keyof Resources)[] {
  return hasGpus ? ['vcpus', 'memoryMiB', 'gpus'] : ['vcpus', 'memoryMiB'];
}

/** Of an instance that is registered with ECS. */
export interface RegisteredInstance {
  readonly registered: Resources;
  readonly remaining: Resources;
}

/** What the instances of an environment have, and what of it jobs hold. */
export function supplyMetrics(
  environmentName: string,
  instances: readonly RegisteredInstance[],
  hasGpus: boolean,
): MetricSet[] {
  return measuredResources(hasGpus).map((resource) => ({
    dimensions: { ComputeEnvironment: environmentName, Resource: RESOURCE_NAMES[resource] },
    metrics: {
      [SUPPLY_METRICS.supply]: { value: sum(instances, ({ registered }) => registered[resource]), unit: 'None' },
      [SUPPLY_METRICS.inUse]: {
        value: sum(instances, ({ registered, remaining }) => Math.max(0, registered[resource] - remaining[resource])),
        unit: 'None',
      },
    },
  }));
}

function sum<T>(list: readonly T[], amount: (one: T) => number): number {
  return list.reduce((total, one) => total + amount(one), 0);
}

import type { AutoscalerConfig, PoolConfig } from '../../../lib/autoscaling/config';
import type { Resources } from '../../../lib/capacity/config';
import type { Observation } from '../model';

/**
 * What instances of each type were seen to register. Only memory varies (the kernel and the agent keep some); an
 * instance that lacks vCPUs or GPUs is broken and teaches nothing.
 */
export function learnCapacity(
  config: AutoscalerConfig,
  observation: Observation,
  known: Readonly<Record<string, Resources>>,
): Readonly<Record<string, Resources>> {
  const least = new Map<string, Resources>();
  for (const pool of observation.pools) {
    const shape = config.pools.find(({ name }) => name === pool.name)?.capacity;
    if (shape === undefined) continue;
    for (const { instanceType, container } of pool.instances) {
      const registered = container?.registered;
      if (registered?.vcpus !== shape.vcpus || registered.gpus !== shape.gpus) continue;
      const before = least.get(instanceType);
      if (before === undefined || registered.memoryMiB < before.memoryMiB) least.set(instanceType, registered);
    }
  }
  const news = [...least].some(([type, { memoryMiB }]) => known[type]?.memoryMiB !== memoryMiB);
  return news ? { ...known, ...Object.fromEntries(least) } : known;
}

/** What a new instance of the pool will offer, whichever of its types it turns out to be. */
export function poolCapacity(pool: PoolConfig, learned: Readonly<Record<string, Resources>>): Resources {
  const memory = pool.instanceTypes.map((type) => (learned[type] ?? pool.capacity).memoryMiB);
  return { ...pool.capacity, memoryMiB: Math.min(...memory) };
}

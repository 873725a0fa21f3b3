import type { Policy } from '../simulation/policy';

const COOLDOWN_SECONDS = 300;
const QUIET_TICKS = 15;
const LEAST_FROM_ZERO = 2;

/** After the Amazon ECS capacity provider's managed scaling: a lower bound by group, a cooldown, slow scale-in. */
export function cas(): Policy {
  let lastLaunch = -Infinity;
  let quietTicks = 0;
  return {
    onEvents: false,
    tick(partition) {
      const pool = partition.kind.pools[0];
      const { instances, waiting, now } = partition;
      const live = instances.length;
      if (waiting.count > 0 && now - lastLaunch >= COOLDOWN_SECONDS) {
        let add = live === 0 ? LEAST_FROM_ZERO : 0;
        for (const { request, count } of waiting.shapes.values()) {
          const perInstance = Math.min(
            Math.floor(pool.vcpus / request.vcpus),
            Math.floor(pool.memoryMiB / request.memoryMiB),
            request.gpus > 0 ? Math.floor(pool.gpus / request.gpus) : Infinity,
          );
          add = Math.max(add, Math.ceil(count / perInstance));
        }
        add = Math.min(add, pool.max - live);
        if (add > 0) lastLaunch = now;
        for (; add > 0; add--) partition.launch(pool);
      }
      const newestEmpty = instances.filter(({ idle }) => idle).reverse();
      quietTicks = waiting.count === 0 && newestEmpty.length > 0 ? quietTicks + 1 : 0;
      if (quietTicks < QUIET_TICKS) return;
      const remove = Math.max(1, Math.ceil(live / 2) - 1);
      for (const instance of newestEmpty.slice(0, remove)) partition.terminate(instance);
    },
  };
}

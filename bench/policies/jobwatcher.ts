import type { Policy } from '../simulation/policy';

const IDLE_SECONDS = 600;

/** After AWS ParallelCluster's jobwatcher and nodewatcher: vCPUs only, first fit of waiting jobs into empty nodes. */
export function jobwatcher(): Policy {
  return {
    onEvents: false,
    tick(partition) {
      const pool = partition.kind.pools[0];
      const { instances, waiting, now } = partition;
      const busy = instances.filter(({ jobs }) => jobs.size > 0).length;
      const missing =
        Math.min(
          pool.max,
          busy +
            packed(
              waiting.inOrder().map((job) => partition.request(job).vcpus),
              pool.vcpus,
            ),
        ) - instances.length;
      for (let left = missing; left > 0; left--) partition.launch(pool);
      if (waiting.count > 0) return;
      for (const instance of instances.filter(({ idle, idleSince }) => idle && now - idleSince >= IDLE_SECONDS)) {
        partition.terminate(instance);
      }
    },
  };
}

/** How many empty nodes the jobs fill, placed on the first that has the vCPUs. */
function packed(vcpus: readonly number[], capacity: number): number {
  const free: number[] = [];
  for (const wanted of vcpus) {
    const node = free.findIndex((left) => left >= wanted);
    if (node >= 0) free[node]! -= wanted;
    else free.push(capacity - wanted);
  }
  return free.length;
}

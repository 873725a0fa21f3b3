import type { Amounts } from '../../workload/job';
import type { Instance } from '../simulation/instance';
import type { Partition } from '../simulation/partition';
import type { Policy } from '../simulation/policy';
import { dominantShare } from './dominant-share';

interface Bin {
  vcpus: number;
  memoryMiB: number;
  gpus: number;
  instance?: Instance;
}

/**
 * First fit decreasing: what a good bin-packing autoscaler for one shape of instance does.
 *
 * @param scaleInAfter seconds idle after which an instance that the packing does not need goes
 */
export function ffd(scaleInAfter: number): Policy {
  return {
    onEvents: true,
    tick(partition) {
      const pool = partition.kind.pools[0];
      const needed = new Set<Instance>();
      const room = [
        ...partition.instances.filter(({ registered }) => registered),
        ...partition.instances.filter(({ registered }) => !registered),
      ];
      const bins: Bin[] = room.map((instance) => binOf(instance, instance));
      for (const { request, count } of decreasing(partition, pool)) {
        let left = count;
        for (const bin of bins) {
          const here = putOn(bin, request, left);
          if (here > 0 && bin.instance !== undefined) needed.add(bin.instance);
          if ((left -= here) === 0) break;
        }
        while (left > 0 && bins.length < pool.max) {
          const bin = binOf(pool);
          left -= putOn(bin, request, left);
          bins.push(bin);
        }
      }
      for (let missing = bins.length - room.length; missing > 0; missing--) partition.launch(pool);
      for (const instance of [...partition.instances]) {
        const idle = instance.idle && partition.now - instance.idleSince >= scaleInAfter;
        if (idle && !needed.has(instance)) partition.terminate(instance);
      }
    },
  };
}

function decreasing(partition: Partition, whole: Amounts): { request: Amounts; count: number }[] {
  return [...partition.waiting.shapes.values()]
    .map(({ request, count }) => ({ request, count, share: dominantShare(request, whole) }))
    .sort((a, b) => b.share - a.share);
}

function binOf({ vcpus, memoryMiB, gpus }: Amounts, instance?: Instance): Bin {
  return { vcpus, memoryMiB, gpus, ...(instance && { instance }) };
}

/** @returns how many of the jobs fit. */
function putOn(bin: Bin, request: Amounts, most: number): number {
  let count = 0;
  while (count < most && request.vcpus <= bin.vcpus && request.memoryMiB <= bin.memoryMiB && request.gpus <= bin.gpus) {
    bin.vcpus -= request.vcpus;
    bin.memoryMiB -= request.memoryMiB;
    bin.gpus -= request.gpus;
    count++;
  }
  return count;
}

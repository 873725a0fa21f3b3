import type { WorkloadJob } from '../../workload/job';
import type { Partition } from '../simulation/partition';
import type { Policy } from '../simulation/policy';

/** Scales by the number of jobs: what a queue-length alarm or a step policy on job counts does. */
export function count(pieces: readonly WorkloadJob[]): Policy {
  let perInstance: number | undefined;
  return desiredPolicy((partition) => {
    const { vcpus } = partition.kind.pools[0];
    perInstance ??= Math.max(1, Math.floor(vcpus / meanVcpus(pieces, partition.kind.gpu)));
    return (partition.waiting.count + running(partition)) / perInstance;
  });
}

/** Scales by the sum of vCPUs: what Batch documents for its managed environments. */
export function vcpu(): Policy {
  return desiredPolicy((partition) => {
    const { vcpus } = partition.kind.pools[0];
    let sum = 0;
    for (const { request, count: jobs } of partition.waiting.shapes.values()) sum += request.vcpus * jobs;
    for (const instance of partition.instances) sum += instance.pool.vcpus - instance.vcpus;
    return sum / vcpus;
  });
}

/** Holds ⌈wanted⌉ instances; what is too much leaves at once, newest idle first. */
function desiredPolicy(wanted: (partition: Partition) => number): Policy {
  return {
    onEvents: false,
    tick(partition) {
      const pool = partition.kind.pools[0];
      const desired = Math.min(pool.max, Math.ceil(wanted(partition)));
      let surplus = partition.instances.length - desired;
      for (; surplus < 0; surplus++) partition.launch(pool);
      const newestIdle = partition.instances.filter(({ idle }) => idle).reverse();
      for (const instance of newestIdle.slice(0, surplus)) partition.terminate(instance);
    },
  };
}

function meanVcpus(pieces: readonly WorkloadJob[], gpu: boolean): number {
  const ofKind = pieces.filter(({ gpus }) => gpus > 0 === gpu);
  return ofKind.reduce((sum, { vcpus }) => sum + vcpus, 0) / ofKind.length;
}

function running(partition: Partition): number {
  return partition.instances.reduce((sum, { jobs }) => sum + jobs.size, 0);
}

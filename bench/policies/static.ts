import type { Policy } from '../simulation/policy';

/** A cluster of fixed size, from the first arrival to the last end. */
export function fixed(instances: number): Policy {
  return {
    onEvents: false,
    begin(partition) {
      for (let left = instances; left > 0; left--) partition.provision(partition.kind.pools[0]);
    },
    tick() {},
    end(partition) {
      for (const instance of [...partition.instances]) partition.terminate(instance);
    },
  };
}

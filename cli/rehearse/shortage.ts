import type { Amounts } from '../../workload/job';
import type { Sample } from '../report/model';

/** How much of a resource jobs lacked at most, and for how long they lacked any. */
export interface Lack {
  readonly resource: 'VCPU' | 'MEMORY' | 'GPU';
  /** vCPUs, MiB or GPUs. */
  readonly most: number;
  readonly seconds: number;
}

const RESOURCES: readonly (readonly [Lack['resource'], keyof Amounts])[] = [
  ['VCPU', 'vcpus'],
  ['MEMORY', 'memoryMiB'],
  ['GPU', 'gpus'],
];

/** What lasted for two samples and more: instances that boot are no shortage. */
export function lacksIn(samples: readonly Sample[]): Lack[] {
  return RESOURCES.flatMap(([resource, key]) => {
    let most = 0;
    let milliseconds = 0;
    samples.forEach(({ time, short }, index) => {
      const next = samples[index + 1];
      if (next === undefined || short[key] === 0 || next.short[key] === 0) return;
      most = Math.max(most, Math.min(short[key], next.short[key]));
      milliseconds += next.time - time;
    });
    return most > 0 ? [{ resource, most, seconds: milliseconds / 1000 }] : [];
  });
}

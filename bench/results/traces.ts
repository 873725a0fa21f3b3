import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkloadJob } from '../../workload/job';
import { readOpenb } from '../../workload/openb';
import { readSwf } from '../../workload/swf';
import type { Kind, Pool } from '../simulation/pool';
import { kindsOf, largestInstances } from '../simulation/pool';

/** A trace with the instances that it is run on. */
export interface Scenario {
  readonly name: string;
  readonly file: string;
  readonly citation: string;
  readonly jobs: readonly WorkloadJob[];
  readonly oneShape: readonly Kind[];
  readonly sizes: readonly Kind[];
  /** What `--pool` says of the sizes. */
  readonly sizesInWords: string;
}

const CPU: Pool = { name: 'cpu', vcpus: 16, memoryMiB: 63_000, gpus: 0, price: 0.768, max: 1000 };
const LARGE_CPU: Pool = { name: 'cpu', vcpus: 96, memoryMiB: 380_000, gpus: 0, price: 4.608, max: 1000 };
const GPU: Pool = { name: 'gpu', vcpus: 96, memoryMiB: 1_140_000, gpus: 8, price: 32.77, max: 1000 };

const SWF_SIZES = 'five CPU pools of 16, 8, 4, 2 and 1 vCPUs at the same price per vCPU';
const ARCHIVE = 'Parallel Workloads Archive (D. G. Feitelson, D. Tsafrir, D. Krakov, JPDC 74(10), 2014)';

const DEFINITIONS = [
  {
    name: 'UniLu-Gaia',
    file: 'UniLu-Gaia-2014-2.swf',
    citation: `University of Luxembourg Gaia cluster, 2014, by Joseph Emeras; ${ARCHIVE}`,
    read: readSwf,
    pools: [CPU],
    sizes: halves(CPU, 5),
    sizesInWords: SWF_SIZES,
  },
  {
    name: 'openb',
    file: 'openb_pod_list_default.csv',
    citation:
      'Alibaba cluster trace GPU v2023; Q. Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with ' +
      'Fragmentation Gradient Descent", USENIX ATC 2023',
    read: readOpenb,
    pools: [LARGE_CPU, GPU],
    sizes: [LARGE_CPU, ...halves(GPU, 4)],
    sizesInWords: 'the GPU instance in halves down to one GPU, in proportion',
  },
  {
    name: 'KTH-SP2',
    file: 'KTH-SP2.swf',
    citation: `Swedish Royal Institute of Technology IBM SP2, 1996–1997, by Lars Malinowsky; ${ARCHIVE}`,
    read: readSwf,
    pools: [CPU],
    sizes: halves(CPU, 5),
    sizesInWords: SWF_SIZES,
  },
];

export function readScenarios(directory: string): Scenario[] {
  return DEFINITIONS.map(({ read, pools, sizes, ...scenario }) => {
    const oneShape = kindsOf(pools);
    const { jobs } = read(readFileSync(join(directory, scenario.file), 'utf8'), largestInstances(oneShape));
    return { ...scenario, jobs, oneShape, sizes: kindsOf(sizes) };
  });
}

/** The instance, half of it, half of that, … at the same price for the same. */
function halves(pool: Pool, count: number): Pool[] {
  return Array.from({ length: count }, (_, index) => {
    const part = 2 ** index;
    return {
      ...pool,
      name: index === 0 ? pool.name : `${pool.name}-${part}th`,
      vcpus: pool.vcpus / part,
      memoryMiB: Math.floor(pool.memoryMiB / part),
      gpus: pool.gpus / part,
      price: pool.price / part,
    };
  });
}

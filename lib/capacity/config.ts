/** Amounts of what Batch places by. */
export interface Resources {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
}

/** Metrics of an environment, by resource: what its instances have, and what of it jobs hold. */
export const SUPPLY_METRICS = { supply: 'Supply', inUse: 'InUse' } as const;

const RESERVED_FRACTION = 0.035;
const RESERVED_MEBIBYTES = 300;

/**
 * The least that an instance is expected to register with ECS: firmware, kernel and agent keep a part of the memory
 * that EC2 lists. An m4.large registers 7,985 of 8,192 MiB, an m5.large about 7,750, an instance of 512 GiB 507,821 of
 * 524,288; the estimate stays below each. It is replaced by what is seen once an instance of the type has registered.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/memory-management.html
 */
export function leastRegisteredMemoryMiB(memoryMiB: number): number {
  return Math.max(0, Math.floor(memoryMiB * (1 - RESERVED_FRACTION) - RESERVED_MEBIBYTES));
}

/** The tag by which a pool's Auto Scaling group says its name. */
export const POOL_TAG = 'batch-foreman:pool';

/** The tag by which the group of a pool with GPUs says whether it is opened for jobs that ask for none: `true` or `false`. */
export const OPENS_FOR_CPU_JOBS_TAG = 'batch-foreman:opens-for-cpu-jobs';

/** The tag by which a pool's group says how many vCPUs all pools of its environment may have together. */
export const ENVIRONMENT_MAXIMUM_TAG = 'batch-foreman:environment-max-vcpus';

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

/**
 * Sizes of Fargate tasks: vCPUs, and the MiB of memory that go with them.
 *
 * @see https://docs.aws.amazon.com/batch/latest/APIReference/API_ResourceRequirement.html
 */
export const FARGATE_SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [0.25, [512, 1024, 2048]],
  [0.5, range(1024, 4096, 1024)],
  [1, range(2048, 8192, 1024)],
  [2, range(4096, 16_384, 1024)],
  [4, range(8192, 30_720, 1024)],
  [8, range(16_384, 61_440, 4096)],
  [16, range(32_768, 122_880, 8192)],
  [32, [61_440, 122_880, 249_856]],
]);

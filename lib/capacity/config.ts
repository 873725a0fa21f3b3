/** Amounts of what Batch places by. */
export interface Resources {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
}

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

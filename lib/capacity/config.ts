/** Amounts of what Batch places by. */
export interface Resources {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
}

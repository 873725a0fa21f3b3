import type { Amounts } from '../../workload/job';

/** The largest part of any one resource of `whole` that the request takes. */
export function dominantShare(request: Amounts, whole: Amounts): number {
  return Math.max(
    request.vcpus / whole.vcpus,
    request.memoryMiB / whole.memoryMiB,
    whole.gpus > 0 ? request.gpus / whole.gpus : 0,
  );
}

import type { Resources } from '../../../lib/capacity/config';

export function fits(request: Resources, room: Resources): boolean {
  return request.vcpus <= room.vcpus && request.memoryMiB <= room.memoryMiB && request.gpus <= room.gpus;
}

/** The largest part of any one resource of `whole` that the request takes: 1 fills it. */
export function dominantShare(request: Resources, whole: Resources): number {
  return Math.max(
    part(request.vcpus, whole.vcpus),
    part(request.memoryMiB, whole.memoryMiB),
    part(request.gpus, whole.gpus),
  );
}

function part(amount: number, of: number): number {
  return amount > 0 ? amount / of : 0;
}

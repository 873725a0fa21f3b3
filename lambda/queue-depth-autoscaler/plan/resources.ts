import type { Resources } from '../../../lib/capacity/config';

/** Room that is being given away. */
export interface Room {
  vcpus: number;
  memoryMiB: number;
  gpus: number;
}

export function fits(request: Resources, room: Resources): boolean {
  return request.vcpus <= room.vcpus && request.memoryMiB <= room.memoryMiB && request.gpus <= room.gpus;
}

/** How many such requests fit into the room, at most `most`. */
export function countThatFit(request: Resources, room: Resources, most: number): number {
  if (!fits(request, room)) return 0;
  let count = most;
  if (request.vcpus > 0) count = Math.min(count, Math.floor(room.vcpus / request.vcpus));
  if (request.memoryMiB > 0) count = Math.min(count, Math.floor(room.memoryMiB / request.memoryMiB));
  if (request.gpus > 0) count = Math.min(count, Math.floor(room.gpus / request.gpus));
  return count;
}

export function take(room: Room, request: Resources, count: number): void {
  room.vcpus -= request.vcpus * count;
  room.memoryMiB -= request.memoryMiB * count;
  room.gpus -= request.gpus * count;
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

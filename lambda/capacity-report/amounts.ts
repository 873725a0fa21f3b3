import type { Resources } from '../../lib/capacity/config';
import type { Lack, ResourceName } from './model';

const NAMES: readonly (readonly [keyof Resources, ResourceName])[] = [
  ['vcpus', 'VCPU'],
  ['memoryMiB', 'MEMORY'],
  ['gpus', 'GPU'],
];

/** Jobs that ask the same and find no room. */
export interface Unplaced {
  readonly resources: Resources;
  readonly jobs: number;
}

type Amounts = { -readonly [K in keyof Resources]: Resources[K] };

/**
 * How much the jobs lack: what they ask for, less what they could have of it at best, on no more instances than there
 * are jobs. Where that leaves nothing lacking, the room is in pieces: then a job has no more than one instance offers.
 *
 * @param rooms none of which holds any of the jobs
 */
export function lacksOf(unplaced: readonly Unplaced[], rooms: readonly Resources[]): Lack[] {
  const together = lacking(unplaced, rooms, true);
  return together.length > 0 ? together : lacking(unplaced, rooms, false);
}

function lacking(unplaced: readonly Unplaced[], rooms: readonly Resources[], jobsShareRooms: boolean): Lack[] {
  const requested: Amounts = { vcpus: 0, memoryMiB: 0, gpus: 0 };
  const available: Amounts = { vcpus: 0, memoryMiB: 0, gpus: 0 };
  const free = rooms.map(({ vcpus, memoryMiB, gpus }): Amounts => ({ vcpus, memoryMiB, gpus }));
  for (const { resources, jobs } of unplaced) {
    const left: Amounts = { vcpus: 0, memoryMiB: 0, gpus: 0 };
    for (const [key] of NAMES) left[key] = resources[key] * jobs;
    for (const [key] of NAMES) requested[key] += left[key];
    const nearest = [...free].sort((a, b) => distance(resources, a) - distance(resources, b)).slice(0, jobs);
    for (const room of nearest) {
      for (const [key] of NAMES) {
        const credit = Math.min(room[key], jobsShareRooms ? left[key] : resources[key]);
        room[key] -= credit;
        left[key] -= credit;
        available[key] += credit;
      }
    }
  }
  return NAMES.flatMap(([key, resource]) => lackOf(resource, requested[key], available[key]) ?? []);
}

/** @returns nothing when there is enough */
export function lackOf(resource: ResourceName, requested: number, available: number): Lack | undefined {
  const shortBy = rounded(requested - Math.min(requested, available));
  return shortBy > 0
    ? { resource, requested: rounded(requested), available: rounded(Math.min(requested, available)), shortBy }
    : undefined;
}

/** What a job lacks on an instance, each resource as a part of what it asks for. */
export function distance(request: Resources, room: Resources): number {
  const part = (asked: number, there: number) => (asked > there ? (asked - there) / asked : 0);
  return part(request.vcpus, room.vcpus) + part(request.memoryMiB, room.memoryMiB) + part(request.gpus, room.gpus);
}

/** Fractions of a vCPU do not add up exactly. */
function rounded(amount: number): number {
  return Math.round(amount * 1000) / 1000;
}

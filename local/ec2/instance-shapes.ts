import TABLE from '../../lib/capacity/instance-shapes.json';
import type { Resources } from '../ports';

/** What one instance of each type has, by instance type. */
export type InstanceShapes = ReadonlyMap<string, Readonly<Resources>>;

type Entry = readonly [vcpus: number, memoryMiB: number, gpus: number, architecture: string];

/** Every type that the constructs know. */
export const INSTANCE_SHAPES: InstanceShapes = new Map(
  Object.entries(TABLE as unknown as Readonly<Record<string, Entry>>).map(([name, [vcpus, memoryMiB, gpus]]) => [
    name,
    { vcpus, memoryMiB, gpus },
  ]),
);

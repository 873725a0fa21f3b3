import TABLE from '../../../lib/capacity/instance-shapes.json';
import type { Resources } from '../../ports';

export interface InstanceType extends Readonly<Resources> {
  readonly name: string;
  readonly architecture: string;
}

type Entry = readonly [vcpus: number, memoryMiB: number, gpus: number, architecture: string];

const TYPES: ReadonlyMap<string, InstanceType> = new Map(
  Object.entries(TABLE as unknown as Readonly<Record<string, Entry>>).map(
    ([name, [vcpus, memoryMiB, gpus, architecture]]) => [name, { name, vcpus, memoryMiB, gpus, architecture }],
  ),
);

/** Names by which Batch chooses families itself. */
const BUNDLES: Readonly<Record<string, readonly string[]>> = {
  optimal: ['m6i', 'c6i', 'r6i', 'c7i'],
  default_x86_64: ['m6i', 'c6i', 'r6i', 'c7i'],
  default_arm64: ['m6g', 'c6g', 'r6g', 'c7g'],
};

/**
 * What one of a compute environment's `instanceTypes` stands for: a type, a family, or a bundle of families.
 *
 * @returns none for a name that is not known
 */
export function typesNamed(name: string): readonly InstanceType[] {
  const type = TYPES.get(name);
  if (type) return [type];
  const families = BUNDLES[name] ?? [name];
  return [...TYPES.values()].filter((known) => families.some((family) => known.name.startsWith(`${family}.`)));
}

const EXPANDED = new WeakMap<readonly string[], readonly InstanceType[]>();

/** All types of an environment, in the order of its list. A list is expanded once. */
export function typesOf(names: readonly string[]): readonly InstanceType[] {
  let types = EXPANDED.get(names);
  if (!types) {
    types = [...new Set(names.flatMap(typesNamed))];
    EXPANDED.set(names, types);
  }
  return types;
}

/** What an instance of the type registers with ECS: its system keeps a part of the memory. */
export function registeredResources(type: InstanceType, memoryOverheadPercent: number): Resources {
  const memoryMiB = Math.floor(type.memoryMiB * (1 - memoryOverheadPercent / 100));
  return { vcpus: type.vcpus, memoryMiB, gpus: type.gpus };
}

import { Size, Token } from 'aws-cdk-lib';
import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { Resources } from './config';
import { leastRegisteredMemoryMiB } from './config';
import * as INSTANCE_SHAPES from './instance-shapes.json';

/** What an instance is sold with, before its operating system takes a part. */
export interface InstanceShape {
  readonly vcpus: number;
  readonly memory: Size;
  /**
   * Whole GPUs.
   *
   * @default 0
   */
  readonly gpus?: number;
}

export type Architecture = 'x86_64' | 'arm64';

/** An instance type as EC2 describes it. */
export interface KnownInstanceType {
  readonly name: string;
  /** What follows the family: `2xlarge`. */
  readonly size: string;
  readonly shape: Resources;
  readonly architecture: Architecture;
}

type Entry = readonly [vcpus: number, memoryMiB: number, gpus: number, architecture: Architecture];

const TABLE = INSTANCE_SHAPES as unknown as Readonly<Record<string, Entry>>;

function fromEntry(name: string, [vcpus, memoryMiB, gpus, architecture]: Entry): KnownInstanceType {
  return { name, size: name.slice(name.indexOf('.') + 1), shape: { vcpus, memoryMiB, gpus }, architecture };
}

/** @returns nothing for a type that is not in `instance-shapes.json`, or that is known at deployment only. */
export function knownInstanceType(instanceType: InstanceType): KnownInstanceType | undefined {
  const name = instanceType.toString();
  const entry = TABLE[name];
  return entry && fromEntry(name, entry);
}

/** Every listed size of a family such as `m5`, the smallest first. */
export function knownSizes(family: string): KnownInstanceType[] {
  return Object.entries(TABLE)
    .filter(([name]) => name.startsWith(`${family}.`))
    .map(([name, entry]) => fromEntry(name, entry));
}

/** The architecture of a type that is not listed, by its name: Graviton families have a `g` behind the generation. */
export function architectureOf(instanceType: InstanceType): Architecture {
  return knownInstanceType(instanceType)?.architecture ?? (instanceType.architecture as Architecture);
}

/** `4 vCPU, 16384 MiB, x86_64`: equal texts are equal shapes. */
export function describeShape({ shape, architecture }: Pick<KnownInstanceType, 'shape' | 'architecture'>): string {
  const gpus = shape.gpus > 0 ? `, ${shape.gpus} GPU` : '';
  return `${shape.vcpus} vCPU, ${shape.memoryMiB} MiB${gpus}, ${architecture}`;
}

export function resourcesOf(shape: InstanceShape): Resources {
  return { vcpus: shape.vcpus, memoryMiB: shape.memory.toMebibytes(), gpus: shape.gpus ?? 0 };
}

export function shapeOf({ vcpus, memoryMiB, gpus }: Resources): InstanceShape {
  return { vcpus, memory: Size.mebibytes(memoryMiB), gpus };
}

/** As `leastRegisteredMemoryMiB`; a token is let through. */
export function registeredMemoryMiB(memoryMiB: number): number {
  return Token.isUnresolved(memoryMiB) ? memoryMiB : leastRegisteredMemoryMiB(memoryMiB);
}

import { FARGATE_SIZES, type Resources } from '../../lib/capacity/config';
import type { RuleConfig } from '../../lib/retries/config';

/** Where the job is to run. */
export interface Place {
  readonly fargate: boolean;
  /** The largest that jobs can be there; nothing when it is not known. */
  readonly shapes?: readonly Resources[];
}

export type Growth = Pick<RuleConfig, 'memoryFactor' | 'maxMemoryMiB' | 'vcpuFactor' | 'maxVcpus'>;

/** How much of a resource several rules together want: the most that one of them does. */
export function most(rules: readonly Growth[]): Growth {
  const highest = (factor: 'memoryFactor' | 'vcpuFactor') => {
    const factors = rules.flatMap((rule) => rule[factor] ?? []);
    return factors.length > 0 ? Math.max(...factors) : undefined;
  };
  const limit = (max: 'maxMemoryMiB' | 'maxVcpus', factor: 'memoryFactor' | 'vcpuFactor') => {
    const growing = rules.filter((rule) => rule[factor] !== undefined);
    if (growing.length === 0 || growing.some((rule) => rule[max] === undefined)) return undefined;
    return Math.max(...growing.map((rule) => rule[max]!));
  };
  return {
    memoryFactor: highest('memoryFactor'),
    maxMemoryMiB: limit('maxMemoryMiB', 'memoryFactor'),
    vcpuFactor: highest('vcpuFactor'),
    maxVcpus: limit('maxVcpus', 'vcpuFactor'),
  };
}

/**
 * What a job asks for the next time: more by the factors, up to the ceilings and to what the environment can hold, and on
 * Fargate the smallest size that has it.
 *
 * @returns nothing when the job would get no more of what it is to get more of
 */
export function grown(asked: Resources, growth: Growth, place: Place): Resources | undefined {
  const { memoryFactor = 1, maxMemoryMiB = Infinity, vcpuFactor = 1, maxVcpus = Infinity } = growth;
  if (memoryFactor === 1 && vcpuFactor === 1) return asked;
  // What the job has already is never taken away by a ceiling below it.
  const wanted = {
    vcpus: ceiled(asked.vcpus, vcpuFactor, maxVcpus),
    memoryMiB: Math.ceil(ceiled(asked.memoryMiB, memoryFactor, maxMemoryMiB)),
    gpus: asked.gpus,
  };
  const next = place.fargate
    ? fargateSize(asked, wanted, { vcpus: maxVcpus, memoryMiB: maxMemoryMiB, grows: memoryFactor > 1 })
    : withinShapes(asked, { ...wanted, vcpus: Math.ceil(wanted.vcpus) }, place.shapes);
  if (next === undefined) return undefined;
  // Who asks for more memory needs it; more vCPUs alone would not help.
  const grew = memoryFactor > 1 ? next.memoryMiB > asked.memoryMiB : next.vcpus > asked.vcpus;
  return grew ? next : undefined;
}

function ceiled(asked: number, factor: number, max: number): number {
  return Math.max(asked, Math.min(max, asked * factor));
}

function withinShapes(
  asked: Resources,
  wanted: Resources,
  shapes: readonly Resources[] | undefined,
): Resources | undefined {
  if (shapes === undefined) return wanted;
  const holding = shapes.filter((shape) => shape.gpus >= asked.gpus && shape.memoryMiB >= asked.memoryMiB);
  const vcpus = Math.max(asked.vcpus, Math.min(wanted.vcpus, Math.max(...holding.map((shape) => shape.vcpus))));
  const wide = holding.filter((shape) => shape.vcpus >= vcpus);
  if (wide.length === 0) return undefined;
  const memoryMiB = Math.min(wanted.memoryMiB, Math.max(...wide.map((shape) => shape.memoryMiB)));
  return { vcpus, memoryMiB, gpus: asked.gpus };
}

/** The smallest size that has at least what is wanted; where a ceiling lies between two sizes, the one below it. */
function fargateSize(
  asked: Resources,
  wanted: Resources,
  ceiling: { vcpus: number; memoryMiB: number; grows: boolean },
): Resources | undefined {
  const sizes = [...FARGATE_SIZES].flatMap(([vcpus, memories]) =>
    memories.map((memoryMiB) => ({ vcpus, memoryMiB, gpus: 0 })),
  );
  const allowed = sizes.filter(
    ({ vcpus, memoryMiB }) =>
      vcpus >= asked.vcpus &&
      memoryMiB >= asked.memoryMiB &&
      vcpus <= Math.max(asked.vcpus, ceiling.vcpus) &&
      memoryMiB <= Math.max(asked.memoryMiB, ceiling.memoryMiB),
  );
  const enough = allowed.filter(({ vcpus, memoryMiB }) => vcpus >= wanted.vcpus && memoryMiB >= wanted.memoryMiB);
  if (enough.length > 0) return enough.reduce((a, b) => (isSmaller(b, a) ? b : a));
  return allowed.length === 0 ? undefined : allowed.reduce((a, b) => (isLarger(b, a, ceiling.grows) ? b : a));
}

function isSmaller(a: Resources, b: Resources): boolean {
  return a.vcpus < b.vcpus || (a.vcpus === b.vcpus && a.memoryMiB < b.memoryMiB);
}

/** Larger in what is to grow; with equal memory, fewer vCPUs are cheaper. */
function isLarger(a: Resources, b: Resources, memory: boolean): boolean {
  if (memory) return a.memoryMiB > b.memoryMiB || (a.memoryMiB === b.memoryMiB && a.vcpus < b.vcpus);
  return a.vcpus > b.vcpus || (a.vcpus === b.vcpus && a.memoryMiB < b.memoryMiB);
}

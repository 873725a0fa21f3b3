import type { Resources } from '../../ports';
import { fits } from '../scheduling/shape';

/** What one instance of a type holds, and what it counts against the environment's limits. */
export interface Candidate extends Readonly<Resources> {
  readonly name: string;
}

export interface Demand {
  readonly resources: Readonly<Resources>;
  readonly count: number;
}

export interface ScalingInput {
  /** In the order of preference. */
  readonly candidates: readonly Candidate[];
  /** Jobs that wait, in the order of their dispatch. */
  readonly waiting: readonly Demand[];
  /** Jobs that are placed. */
  readonly placed: readonly Demand[];
  /** vCPUs of all instances, those that boot among them. */
  readonly vcpus: number;
  /** Instances that boot: empty. */
  readonly booting: readonly Readonly<Resources>[];
  readonly minVcpus: number;
  readonly maxVcpus: number;
  /** Whether the last instance may go over the maximum. */
  readonly mayExceed: boolean;
}

export interface ScalingPlan {
  readonly desiredVcpus: number;
  /** How many instances to launch, by type. */
  readonly launches: readonly { readonly type: string; readonly count: number }[];
}

/**
 * What a managed environment is to have: the vCPUs that its jobs need on the first type that fits each, within minimum
 * and maximum, and instances for those jobs that no booting instance will hold.
 */
export function planScaling(input: ScalingInput): ScalingPlan {
  const { waiting, placed, candidates, minVcpus, maxVcpus } = input;
  const needed = [...waiting, ...placed].reduce((sum, demand) => sum + vcpusNeeded(demand, candidates), 0);
  const desiredVcpus = Math.min(Math.max(Math.ceil(needed - ROUNDING), minVcpus), maxVcpus);
  const plan = new InstancePlan(input, desiredVcpus);
  for (const demand of waiting) plan.place(demand);
  plan.fillUpTo(minVcpus);
  return { desiredVcpus, launches: plan.launches() };
}

/** Thirds of a vCPU do not add up exactly. */
const ROUNDING = 1e-6;

/** A job needs the part of an instance that goes to it when the instance is full of such jobs. */
export function vcpusNeeded({ resources, count }: Demand, candidates: readonly Candidate[]): number {
  const type = candidates.find((candidate) => fits(resources, candidate));
  return type ? (count * type.vcpus) / howMany(resources, type) : 0;
}

/** Cheapest first, where cost goes with vCPUs; GPUs come last, for those who ask for them. */
export function cheapestFirst<T extends Candidate>(candidates: readonly T[]): T[] {
  return [...candidates].sort((a, b) => a.gpus - b.gpus || a.vcpus - b.vcpus || a.memoryMiB - b.memoryMiB);
}

class InstancePlan {
  private readonly free: Resources[];
  private readonly counts = new Map<string, number>();
  private vcpus: number;

  constructor(
    private readonly input: ScalingInput,
    private readonly desiredVcpus: number,
  ) {
    this.free = input.booting.map((instance) => ({ ...instance }));
    this.vcpus = input.vcpus;
  }

  place({ resources, count }: Demand): void {
    let left = count;
    for (const instance of this.free) {
      if (left === 0) return;
      left -= take(instance, resources, left);
    }
    const type = this.input.candidates.find((candidate) => fits(resources, candidate));
    while (type && left > 0 && this.vcpus < this.desiredVcpus && this.launch(type)) {
      left -= take(this.free.at(-1)!, resources, left);
    }
  }

  fillUpTo(vcpus: number): void {
    const [type] = this.input.candidates;
    while (type && this.vcpus < vcpus && this.launch(type));
  }

  launches(): ScalingPlan['launches'] {
    return [...this.counts].map(([type, count]) => ({ type, count }));
  }

  /** @returns whether the maximum lets it. */
  private launch(type: Candidate): boolean {
    const { maxVcpus, mayExceed } = this.input;
    if (!mayExceed && this.vcpus + type.vcpus > maxVcpus) return false;
    this.vcpus += type.vcpus;
    this.counts.set(type.name, (this.counts.get(type.name) ?? 0) + 1);
    this.free.push({ vcpus: type.vcpus, memoryMiB: type.memoryMiB, gpus: type.gpus });
    return true;
  }
}

function howMany(asked: Readonly<Resources>, available: Readonly<Resources>): number {
  const most = (part: number, whole: number): number => (part > 0 ? Math.floor(whole / part) : Infinity);
  return Math.min(
    most(asked.vcpus, available.vcpus),
    most(asked.memoryMiB, available.memoryMiB),
    most(asked.gpus, available.gpus),
  );
}

/** Puts up to `count` jobs on an instance. @returns how many it took */
function take(instance: Resources, asked: Readonly<Resources>, count: number): number {
  const taken = Math.min(count, howMany(asked, instance));
  instance.vcpus -= taken * asked.vcpus;
  instance.memoryMiB -= taken * asked.memoryMiB;
  instance.gpus -= taken * asked.gpus;
  return taken;
}

import type { Resources } from '../../../lib/capacity/config';
import type { Bin } from './bins';

export interface Wanted {
  readonly request: Resources;
  /** What an instance of its own would cost the job. */
  readonly ownCost: number;
  readonly gpuJob: boolean;
}

/**
 * Where many bins have much left of one resource and many others of another, but none of both, a search would look at all
 * of them. It gives up after so many steps: with fewer than half as many bins it never does.
 */
const MOST_STEPS = 512;

/**
 * Finds the first bin that takes a job in logarithmic time: a tournament tree whose inner nodes know the most room below
 * them in each resource (Johnson, "Fast algorithms for bin packing", 1974, extended to several resources).
 */
export class FirstFitTree {
  private leaves = 1;
  private vcpus = new Float64Array(2);
  private memoryMiB = new Float64Array(2);
  private gpus = new Float64Array(2);
  private minCost = new Float64Array(2);
  /** 1 where something below takes jobs without GPUs. */
  private cpuJobs = new Uint8Array(2);
  private stepsLeft = 0;

  constructor(private readonly bins: Bin[]) {
    this.grow();
  }

  /** Adds a bin behind the others. */
  push(bin: Bin): void {
    this.bins.push(bin);
    if (this.bins.length > this.leaves) this.grow();
    else this.changed(this.bins.length - 1);
  }

  /** The number of the first bin that takes at least one such job; -1 when none is found. */
  find(wanted: Wanted): number {
    this.stepsLeft = MOST_STEPS;
    const leaf = this.search(1, wanted);
    return leaf < 0 ? -1 : leaf - this.leaves;
  }

  /** To be told when a bin's room has changed. */
  changed(index: number): void {
    let at = this.leaves + index;
    this.setLeaf(at, this.bins[index]!);
    for (at >>= 1; at > 0; at >>= 1) this.combine(at);
  }

  private search(at: number, wanted: Wanted): number {
    const { request, ownCost, gpuJob } = wanted;
    if (
      this.stepsLeft-- <= 0 ||
      this.vcpus[at]! < request.vcpus ||
      this.memoryMiB[at]! < request.memoryMiB ||
      this.gpus[at]! < request.gpus ||
      this.minCost[at]! > ownCost ||
      !(gpuJob || this.cpuJobs[at] === 1)
    ) {
      return -1;
    }
    if (at >= this.leaves) return at;
    const left = this.search(2 * at, wanted);
    return left >= 0 ? left : this.search(2 * at + 1, wanted);
  }

  private grow(): void {
    while (this.leaves < this.bins.length) this.leaves *= 2;
    const size = 2 * this.leaves;
    this.vcpus = new Float64Array(size).fill(-1);
    this.memoryMiB = new Float64Array(size).fill(-1);
    this.gpus = new Float64Array(size).fill(-1);
    this.minCost = new Float64Array(size).fill(Infinity);
    this.cpuJobs = new Uint8Array(size);
    this.bins.forEach((bin, index) => this.setLeaf(this.leaves + index, bin));
    for (let at = this.leaves - 1; at > 0; at--) this.combine(at);
  }

  private setLeaf(at: number, { vcpus, memoryMiB, gpus, minCost, pool }: Bin): void {
    this.vcpus[at] = vcpus;
    this.memoryMiB[at] = memoryMiB;
    this.gpus[at] = gpus;
    this.minCost[at] = minCost;
    this.cpuJobs[at] = pool.takesCpuJobs ? 1 : 0;
  }

  private combine(at: number): void {
    const left = 2 * at;
    const right = left + 1;
    this.vcpus[at] = Math.max(this.vcpus[left]!, this.vcpus[right]!);
    this.memoryMiB[at] = Math.max(this.memoryMiB[left]!, this.memoryMiB[right]!);
    this.gpus[at] = Math.max(this.gpus[left]!, this.gpus[right]!);
    this.minCost[at] = Math.min(this.minCost[left]!, this.minCost[right]!);
    this.cpuJobs[at] = this.cpuJobs[left]! | this.cpuJobs[right]!;
  }
}

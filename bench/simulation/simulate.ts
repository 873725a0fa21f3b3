import type { Amounts, WorkloadJob } from '../../workload/job';
import { EndQueue } from './end-queue';
import type { Instance } from './instance';
import type { JobHost, Tally } from './partition';
import { BOOT_SECONDS, Partition } from './partition';
import type { Policy, PolicyFactory } from './policy';
import type { Kind } from './pool';
import { Waiting } from './waiting';

export const TICK_SECONDS = 60;
/** From a job's being left RUNNABLE to the tick that its event sets off. */
const EVENT_DELAY_SECONDS = 5;

export type Scheduler = 'backfill' | 'strict';

export interface SimulationOptions {
  readonly scheduler: Scheduler;
  /** When the first tick is, in seconds after the first arrival. */
  readonly phase: number;
}

export interface SimulationResult extends Tally {
  /** By job, in seconds: from arrival to its last start. */
  readonly waits: Float64Array;
  readonly firstArrival: number;
  readonly lastEnd: number;
}

/**
 * Runs the jobs on the instances that the policy launches and removes. Whole seconds; within one: ends (each followed by
 * a placement pass), registrations, arrivals, tick (followed by one together).
 *
 * @param jobs in order of arrival
 */
export function simulate(
  jobs: readonly WorkloadJob[],
  kinds: readonly Kind[],
  policyOf: PolicyFactory,
  options: SimulationOptions,
): SimulationResult {
  return new Simulation(jobs, kinds, policyOf, options).run();
}

class Simulation implements JobHost {
  private readonly partitions: Partition[];
  private readonly policies: Policy[];
  private readonly onEvents: boolean;
  private readonly partitionOf: Partition[];
  private readonly requests: Amounts[] = [];
  private readonly shapeOf: Int32Array;
  private readonly ends: EndQueue;
  private readonly endsAt: Float64Array;
  private readonly instanceOf: (Instance | undefined)[];
  private readonly boots: { at: number; instance: Instance; partition: Partition }[] = [];
  private nextBoot = 0;
  private readonly waits: Float64Array;
  private nextJob = 0;
  private unfinished: number;
  private lastEnd = 0;
  private tickAt: number;
  private eventTickAt = Infinity;
  private now = 0;

  constructor(
    private readonly jobs: readonly WorkloadJob[],
    kinds: readonly Kind[],
    policyOf: PolicyFactory,
    private readonly options: SimulationOptions,
  ) {
    this.shapeOf = this.numberShapes();
    this.partitions = kinds.map((kind) => new Partition(kind, new Waiting(this.requests, this.shapeOf), this));
    this.policies = this.partitions.map(policyOf);
    this.onEvents = this.policies.some(({ onEvents }) => onEvents);
    this.partitionOf = jobs.map((job) => this.partitions.find(({ kind }) => kind.gpu === job.gpus > 0)!);
    this.ends = new EndQueue();
    this.endsAt = new Float64Array(jobs.length).fill(-1);
    this.instanceOf = new Array<Instance | undefined>(jobs.length);
    this.waits = new Float64Array(jobs.length);
    this.unfinished = jobs.length;
    this.tickAt = options.phase;
  }

  run(): SimulationResult {
    this.partitions.forEach((partition, index) => this.policies[index]!.begin?.(partition));
    while (this.unfinished > 0 || this.partitions.some(({ instances }) => instances.length > 0)) {
      this.skipIdleTicks();
      this.now = Math.min(
        this.nextArrival(),
        this.ends.time(),
        this.boots[this.nextBoot]?.at ?? Infinity,
        this.nextTick(),
      );
      for (const partition of this.partitions) partition.now = this.now;
      this.endJobs();
      if (this.registerInstances()) this.place();
      if (this.admitJobs() && this.place() && this.onEvents && this.eventTickAt === Infinity) {
        this.eventTickAt = this.now + EVENT_DELAY_SECONDS;
      }
      if (this.now >= this.nextTick()) {
        this.tick();
        this.place();
      }
      if (this.unfinished === 0) {
        this.partitions.forEach((partition, index) => this.policies[index]!.end?.(partition));
      }
    }
    const sum = (of: (tally: Tally) => number): number =>
      this.partitions.reduce((total, { tally }) => total + of(tally), 0);
    return {
      cost: sum(({ cost }) => cost),
      launches: sum(({ launches }) => launches),
      emptyLaunches: sum(({ emptyLaunches }) => emptyLaunches),
      kills: sum(({ kills }) => kills),
      waits: this.waits,
      firstArrival: this.jobs[0]?.arrival ?? 0,
      lastEnd: this.lastEnd,
    };
  }

  request(job: number): Amounts {
    return this.requests[this.shapeOf[job]!]!;
  }

  started(job: number, _partition: Partition, instance: Instance): void {
    const { arrival, run } = this.jobs[job]!;
    this.waits[job] = this.now - arrival;
    this.instanceOf[job] = instance;
    this.endsAt[job] = this.now + run;
    this.ends.add(this.now + run, job);
  }

  killed(job: number): void {
    this.endsAt[job] = -1;
  }

  booting(instance: Instance, partition: Partition): void {
    this.boots.push({ at: this.now + BOOT_SECONDS, instance, partition });
  }

  private nextArrival(): number {
    return this.jobs[this.nextJob]?.arrival ?? Infinity;
  }

  private nextTick(): number {
    return Math.min(this.tickAt, this.eventTickAt);
  }

  /** Without instances and waiting jobs nothing can be decided. */
  private skipIdleTicks(): void {
    if (this.partitions.some(({ instances, waiting }) => instances.length > 0 || waiting.count > 0)) return;
    const behind = Math.ceil((this.nextArrival() - this.tickAt) / TICK_SECONDS);
    if (behind > 0) this.tickAt += behind * TICK_SECONDS;
  }

  private endJobs(): void {
    while (this.ends.time() === this.now) {
      const job = this.ends.shift();
      if (this.endsAt[job] !== this.now) continue; // It was killed, and has perhaps started again.
      this.partitionOf[job]!.end(job, this.instanceOf[job]!);
      this.endsAt[job] = -1;
      this.unfinished--;
      this.lastEnd = this.now;
      this.place();
    }
  }

  private registerInstances(): boolean {
    let any = false;
    while (this.boots[this.nextBoot]?.at === this.now) {
      const { instance, partition } = this.boots[this.nextBoot++]!;
      partition.register(instance);
      any = true;
    }
    return any;
  }

  private admitJobs(): boolean {
    let any = false;
    while (this.nextArrival() === this.now) {
      this.partitionOf[this.nextJob]!.arrive(this.nextJob);
      this.nextJob++;
      any = true;
    }
    return any;
  }

  private tick(): void {
    this.eventTickAt = Infinity;
    if (this.now === this.tickAt) this.tickAt += TICK_SECONDS;
    this.partitions.forEach((partition, index) => this.policies[index]!.tick(partition));
  }

  /** @returns whether a job that has just arrived is left waiting. */
  private place(): boolean {
    if (this.options.scheduler === 'backfill') {
      let left = false;
      for (const partition of this.partitions) if (partition.placeBackfill()) left = true;
      return left;
    }
    // One queue: the first job that does not fit holds back all behind it, whatever they ask for.
    const arrived = this.partitions.reduce((count, partition) => count + partition.enqueue(), 0);
    let placed = true;
    while (placed) {
      const first = this.firstInQueue();
      placed = first !== undefined && first.placeHead();
    }
    return arrived > 0 && this.firstInQueue() !== undefined;
  }

  private firstInQueue(): Partition | undefined {
    let first: Partition | undefined;
    let head = Infinity;
    for (const partition of this.partitions) {
      const job = partition.waiting.head()?.head() ?? Infinity;
      if (job < head) {
        head = job;
        first = partition;
      }
    }
    return first;
  }

  private numberShapes(): Int32Array {
    const numbers = new Map<string, number>();
    return Int32Array.from(this.jobs, ({ vcpus, memoryMiB, gpus }) => {
      const key = `${vcpus},${memoryMiB},${gpus}`;
      let number = numbers.get(key);
      if (number === undefined) {
        number = this.requests.push({ vcpus, memoryMiB, gpus }) - 1;
        numbers.set(key, number);
      }
      return number;
    });
  }
}

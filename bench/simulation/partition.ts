import type { Amounts } from '../../workload/job';
import { Instance } from './instance';
import type { Kind, Pool } from './pool';
import type { Waiting } from './waiting';

/** Launch to registered, in seconds. */
export const BOOT_SECONDS = 90;
/** What an instance costs at least, in seconds of its price. */
const LEAST_BILLED_SECONDS = 60;

export interface Tally {
  /** Dollars. */
  cost: number;
  launches: number;
  /** Launches that ran no job. */
  emptyLaunches: number;
  /** Jobs that lost their instance while they ran. */
  kills: number;
}

/** What happens to jobs is the simulation's business. */
export interface JobHost {
  request(job: number): Amounts;
  /** The job has been placed and runs from now on. */
  started(job: number, partition: Partition, instance: Instance): void;
  /** The job's instance was taken away. */
  killed(job: number): void;
  /** An instance will register. */
  booting(instance: Instance, partition: Partition): void;
}

/** The instances that serve one kind of jobs, and the jobs that wait for them. Policies act on this. */
export class Partition {
  /** In launch order. */
  readonly instances: Instance[] = [];
  readonly tally: Tally = { cost: 0, launches: 0, emptyLaunches: 0, kills: 0 };
  now = 0;
  /** Counts what happens, so that a policy can tell when nothing has happened. */
  changes = 0;
  /** Instances that can take more than at the last placement pass. */
  private readonly grown = new Set<Instance>();
  /** Jobs that arrived since the last placement pass. */
  private fresh: number[] = [];
  private launched = 0;

  constructor(
    readonly kind: Kind,
    readonly waiting: Waiting,
    private readonly host: JobHost,
  ) {}

  launch(pool: Pool): Instance {
    this.changes++;
    const instance = new Instance(`${pool.name}-${this.launched++}`, pool, this.now);
    this.instances.push(instance);
    this.tally.launches++;
    this.host.booting(instance, this);
    return instance;
  }

  /** An instance that was launched in time to be there now. */
  provision(pool: Pool): void {
    const instance = new Instance(`${pool.name}-${this.launched++}`, pool, this.now - BOOT_SECONDS);
    this.instances.push(instance);
    this.tally.launches++;
    this.register(instance);
  }

  register(instance: Instance): void {
    this.changes++;
    instance.register(this.now);
    this.grown.add(instance);
  }

  terminate(instance: Instance): void {
    this.changes++;
    if (!instance.registered) throw new Error(`${instance.id} is booting: it cannot be terminated`);
    for (const job of instance.jobs) {
      this.tally.kills++;
      this.host.killed(job);
      this.arrive(job);
    }
    this.instances.splice(this.instances.indexOf(instance), 1);
    this.grown.delete(instance);
    if (!instance.used) this.tally.emptyLaunches++;
    const seconds = Math.max(LEAST_BILLED_SECONDS, this.now - instance.launchedAt);
    this.tally.cost += (seconds * instance.pool.price) / 3600;
  }

  setDraining(instance: Instance, draining: boolean): void {
    this.changes++;
    instance.setDraining(draining);
    if (draining) this.grown.delete(instance);
    else this.grown.add(instance);
  }

  request(job: number): Amounts {
    return this.host.request(job);
  }

  arrive(job: number): void {
    this.changes++;
    this.fresh.push(job);
  }

  end(job: number, instance: Instance): void {
    this.changes++;
    instance.end(job, this.host.request(job), this.now);
    this.grown.add(instance);
  }

  /**
   * Places what fits, first come first placed, on the first instance that takes it. Jobs that were tried before can only
   * fit where something became free.
   * @returns whether a job that arrived since the last pass is left waiting
   */
  placeBackfill(): boolean {
    if (this.grown.size > 0) this.placeOnGrown();
    let left = false;
    for (const job of this.fresh) {
      const request = this.host.request(job);
      const instance = this.instances.find((candidate) => candidate.takes(request));
      if (instance !== undefined) {
        this.start(job, request, instance);
      } else {
        this.waiting.add(job);
        left = true;
      }
    }
    this.fresh = [];
    return left;
  }

  private placeOnGrown(): void {
    const grown = this.instances.filter((instance) => this.grown.has(instance) && !instance.draining);
    this.grown.clear();
    const shapes = [...this.waiting.shapes.values()].filter(({ request }) => grown.some((one) => one.takes(request)));
    while (shapes.length > 0) {
      let next = 0;
      for (let index = 1; index < shapes.length; index++) {
        if (shapes[index]!.head() < shapes[next]!.head()) next = index;
      }
      const shape = shapes[next]!;
      const instance = grown.find((candidate) => candidate.takes(shape.request));
      if (instance === undefined || shape.count === 0) {
        shapes.splice(next, 1);
        continue;
      }
      this.start(this.waiting.shift(shape), shape.request, instance);
      if (shape.count === 0) shapes.splice(next, 1);
    }
  }

  /** Lets jobs that arrived queue up behind the others. */
  enqueue(): number {
    const count = this.fresh.length;
    for (const job of this.fresh) this.waiting.add(job);
    this.fresh = [];
    return count;
  }

  /** Places the partition's first job, if it fits. */
  placeHead(): boolean {
    const shape = this.waiting.head();
    if (shape === undefined) return false;
    const instance = this.instances.find((candidate) => candidate.takes(shape.request));
    if (instance === undefined) return false;
    this.start(this.waiting.shift(shape), shape.request, instance);
    return true;
  }

  private start(job: number, request: Amounts, instance: Instance): void {
    instance.start(job, request);
    this.host.started(job, this, instance);
  }
}

import type { Amounts } from '../../workload/job';
import type { Pool } from './pool';

/** An instance of the simulated cluster. Times are seconds. */
export class Instance {
  vcpus: number;
  memoryMiB: number;
  gpus: number;
  /** Jobs on it now. */
  readonly jobs = new Set<number>();
  registered = false;
  draining = false;
  used = false;
  /** When it registered or its last job ended; meaningless while it has jobs. */
  idleSince = Infinity;
  /** Counts changes, so that what was derived from it can be kept while nothing changes. */
  version = 0;

  constructor(
    readonly id: string,
    readonly pool: Pool,
    readonly launchedAt: number,
  ) {
    this.vcpus = pool.vcpus;
    this.memoryMiB = pool.memoryMiB;
    this.gpus = pool.gpus;
  }

  get idle(): boolean {
    return this.registered && this.jobs.size === 0;
  }

  register(now: number): void {
    this.registered = true;
    this.idleSince = now;
    this.version++;
  }

  setDraining(draining: boolean): void {
    this.draining = draining;
    this.version++;
  }

  /** Whether the job can be placed here now. */
  takes(request: Amounts): boolean {
    return (
      request.vcpus <= this.vcpus &&
      request.memoryMiB <= this.memoryMiB &&
      request.gpus <= this.gpus &&
      this.registered &&
      !this.draining
    );
  }

  start(job: number, request: Amounts): void {
    this.vcpus -= request.vcpus;
    this.memoryMiB -= request.memoryMiB;
    this.gpus -= request.gpus;
    this.jobs.add(job);
    this.used = true;
    this.version++;
  }

  end(job: number, request: Amounts, now: number): void {
    this.vcpus += request.vcpus;
    this.memoryMiB += request.memoryMiB;
    this.gpus += request.gpus;
    this.jobs.delete(job);
    this.idleSince = now;
    this.version++;
  }
}

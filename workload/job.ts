/** Amounts of what Batch places by. */
export interface Amounts {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
}

/** One job of a trace as it is submitted: it fits on one instance. Times are seconds. */
export interface WorkloadJob extends Amounts {
  /** Seconds after the trace's first job. */
  readonly arrival: number;
  /** How long it runs once started; above 0. */
  readonly run: number;
  readonly name: string;
}

/** The largest instance there is for jobs without and with GPUs; absent when there is none. */
export interface LargestInstances {
  readonly cpu?: Amounts;
  readonly gpu?: Amounts;
}

/** What a trace reader makes of a trace. */
export interface Workload {
  /** In order of arrival; the first arrives at 0. */
  readonly jobs: readonly WorkloadJob[];
  /** Trace jobs cut into several because they ask for more processors than an instance has. */
  readonly split: number;
  /** Jobs whose request was lowered to what an instance has. */
  readonly clamped: number;
}

/** A trace that cannot be read, in words for the person who gave it. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/** The largest instance that such a job may use. */
export function instanceFor(gpus: number, largest: LargestInstances): Amounts {
  const instance = gpus > 0 ? largest.gpu : largest.cpu;
  if (instance === undefined) {
    throw new TraceError(`The trace has jobs ${gpus > 0 ? 'with' : 'without'} GPUs, and no instances for such jobs`);
  }
  return instance;
}

/** Lowers a request to what the instance has. */
export function clamp(request: Amounts, instance: Amounts): Amounts {
  return {
    vcpus: Math.min(request.vcpus, instance.vcpus),
    memoryMiB: Math.min(request.memoryMiB, instance.memoryMiB),
    gpus: Math.min(request.gpus, instance.gpus),
  };
}

export function exceeds(request: Amounts, instance: Amounts): boolean {
  return request.vcpus > instance.vcpus || request.memoryMiB > instance.memoryMiB || request.gpus > instance.gpus;
}

/**
 * Cuts processors into full instances and a remainder. Batch runs no multi-node jobs on unmanaged environments, so a
 * larger job becomes several that arrive together.
 */
export function processorsOfPieces(processors: number, most: number): number[] {
  const pieces = Array.from({ length: Math.floor(processors / most) }, () => most);
  const rest = processors % most;
  return rest > 0 ? [...pieces, rest] : pieces;
}

/** Orders by arrival, jobs that arrive together as given, and counts time from the first. */
export function fromFirstArrival(jobs: readonly WorkloadJob[]): WorkloadJob[] {
  const ordered = [...jobs].sort((a, b) => a.arrival - b.arrival);
  const start = ordered[0]?.arrival ?? 0;
  return ordered.map((job) => ({ ...job, arrival: job.arrival - start }));
}

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
  /** The trace's job that this is one piece of: it asks for more processors than an instance has. */
  readonly pieceOf?: string;
  /** Its request was lowered to what an instance has. */
  readonly clamped?: boolean;
}

/** The largest instance there is for jobs without and with GPUs; absent when there is none. */
export interface LargestInstances {
  readonly cpu?: Amounts;
  readonly gpu?: Amounts;
}

/** What a trace reader makes of a trace. */
export interface Workload {
  /** In order of arrival. */
  readonly jobs: readonly WorkloadJob[];
  /** Trace jobs cut into several. */
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

/** A request as it is submitted: lowered to what the instance has. */
export function clamp(request: Amounts, instance: Amounts): Amounts & Pick<WorkloadJob, 'clamped'> {
  const lowered = {
    vcpus: Math.min(request.vcpus, instance.vcpus),
    memoryMiB: Math.min(request.memoryMiB, instance.memoryMiB),
    gpus: Math.min(request.gpus, instance.gpus),
  };
  return exceeds(request, instance) ? { ...lowered, clamped: true } : lowered;
}

function exceeds(request: Amounts, instance: Amounts): boolean {
  return request.vcpus > instance.vcpus || request.memoryMiB > instance.memoryMiB || request.gpus > instance.gpus;
}

/**
 * Cuts a job's processors into full instances and a remainder. Batch runs no multi-node jobs on unmanaged environments,
 * so a larger job becomes several that arrive together.
 */
export function piecesOf(
  name: string,
  processors: number,
  most: number,
): Pick<WorkloadJob, 'name' | 'pieceOf' | 'vcpus'>[] {
  if (processors <= most) return [{ name, vcpus: processors }];
  const rest = processors % most;
  const pieces = Array.from({ length: Math.floor(processors / most) }, () => most);
  if (rest > 0) pieces.push(rest);
  return pieces.map((vcpus, index) => ({ name: `${name}-${index}`, pieceOf: name, vcpus }));
}

/** Orders by arrival, jobs that arrive together as given, and counts time from the first. */
export function fromFirstArrival(jobs: readonly WorkloadJob[]): Workload {
  const ordered = [...jobs].sort((a, b) => a.arrival - b.arrival);
  return startingAt(ordered[0]?.arrival ?? 0, ordered);
}

const DAY_SECONDS = 86_400;

/** The jobs that arrive on some days; day 0 begins with the first arrival of all. */
export function daysOf({ jobs }: Workload, fromDay: number, days: number): Workload {
  const start = fromDay * DAY_SECONDS;
  const end = start + days * DAY_SECONDS;
  return startingAt(
    start,
    jobs.filter(({ arrival }) => arrival >= start && arrival < end),
  );
}

function startingAt(start: number, jobs: readonly WorkloadJob[]): Workload {
  return {
    jobs: jobs.map((job) => ({ ...job, arrival: job.arrival - start })),
    split: new Set(jobs.flatMap(({ pieceOf }) => pieceOf ?? [])).size,
    clamped: jobs.filter(({ clamped }) => clamped).length,
  };
}

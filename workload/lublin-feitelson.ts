import type { Chance } from './distributions';
import { gamma, uniform, weighted } from './distributions';
import type { LargestInstances, Workload, WorkloadJob } from './job';
import { clamp, fromFirstArrival, instanceFor, piecesOf } from './job';

/**
 * Rigid batch jobs as they come to a cluster: few large among many small, sizes mostly powers of two, short or long but
 * seldom between, large ones longer, most of them in the early afternoon.
 *
 * The values are those for whole logs, batch and interactive jobs together, on a machine of 128 processors.
 *
 * @see Uri Lublin, Dror G. Feitelson: The Workload on Parallel Supercomputers: Modeling the Characteristics of Rigid
 * Jobs. Journal of Parallel and Distributed Computing 63(11), 2003. Parameters: the authors' program `m_lublin99.c` in the
 * Parallel Workloads Archive.
 */
const MODEL = {
  size: {
    serial: 0.244,
    powerOfTwo: 0.576,
    /** Two-stage uniform, in log2 of the processors. */
    low: 0.8,
    medium: 4.5,
    high: 7,
    lowStage: 0.86,
  },
  /** Hyper-gamma, in the natural logarithm of seconds; the share of the short kind falls with the size. */
  run: {
    short: { shape: 4.2, scale: 0.94 },
    long: { shape: 312, scale: 0.03 },
    shortShare: { slope: -0.0054, intercept: 0.78 },
    /** About two days. */
    longest: 12,
  },
  /** Gamma, in the natural logarithm of seconds between arrivals. */
  interarrival: { shape: 10.2303 * 1.0225, scale: 0.4871, longest: 13 },
  /** Gamma, in half hours from 05:30: how many jobs come at a time of the day. */
  day: { shape: 8.1737, scale: 3.9631, firstBucket: 11 },
} as const;

/**
 * What the model does not say and clouds have, chosen so that every kind of instance is used: memory for each vCPU, and
 * jobs that train or infer on GPUs.
 */
const CLOUD = {
  memoryMiBPerVcpu: [
    [1024, 0.3],
    [2048, 0.5],
    [4096, 0.2],
  ],
  gpus: [
    [1, 0.8],
    [2, 0.12],
    [4, 0.08],
  ],
  vcpusPerGpu: 4,
  memoryMiBPerGpu: 15_360,
} as const;

const BUCKETS = 48;
const BUCKET_SECONDS = 1_800;

export interface GeneratorOptions {
  /** Jobs as a cluster would get them; those larger than an instance become several. */
  readonly jobs: number;
  readonly days: number;
  /** Share of jobs that ask for GPUs, in [0, 1]. */
  readonly gpuShare: number;
  readonly largest: LargestInstances;
}

/** Draws a workload; the same chance gives the same jobs. The first job arrives at midnight. */
export function generate({ jobs, days, gpuShare, largest }: GeneratorOptions, chance: Chance): Workload {
  const arrivals = arrivalTimes(jobs, days, chance);
  return fromFirstArrival(
    arrivals.flatMap((arrival, index) => {
      const name = `job-${index + 1}`;
      return chance() < gpuShare ? [gpuJob(name, arrival, largest, chance)] : cpuJobs(name, arrival, largest, chance);
    }),
  );
}

function cpuJobs(name: string, arrival: number, largest: LargestInstances, chance: Chance): WorkloadJob[] {
  const instance = instanceFor(0, largest);
  const processors = size(chance);
  const run = runTime(processors, chance);
  const memoryMiBPerVcpu = weighted(CLOUD.memoryMiBPerVcpu, chance);
  return piecesOf(name, processors, instance.vcpus).map((piece) => ({
    ...piece,
    arrival,
    run,
    ...clamp({ vcpus: piece.vcpus, memoryMiB: piece.vcpus * memoryMiBPerVcpu, gpus: 0 }, instance),
  }));
}

function gpuJob(name: string, arrival: number, largest: LargestInstances, chance: Chance): WorkloadJob {
  const gpus = weighted(CLOUD.gpus, chance);
  const request = { vcpus: gpus * CLOUD.vcpusPerGpu, memoryMiB: gpus * CLOUD.memoryMiBPerGpu, gpus };
  return { name, arrival, run: runTime(request.vcpus, chance), ...clamp(request, instanceFor(gpus, largest)) };
}

function size(chance: Chance): number {
  const { serial, powerOfTwo, low, medium, high, lowStage } = MODEL.size;
  const kind = chance();
  if (kind < serial) return 1;
  const log2 = chance() < lowStage ? uniform(low, medium, chance) : uniform(medium, high, chance);
  return Math.round(2 ** (kind < serial + powerOfTwo ? Math.round(log2) : log2));
}

/** Whole seconds. */
function runTime(processors: number, chance: Chance): number {
  const { short, long, shortShare, longest } = MODEL.run;
  const share = Math.max(0, shortShare.slope * processors + shortShare.intercept);
  const { shape, scale } = chance() < share ? short : long;
  let log: number;
  do log = gamma(shape, scale, chance);
  while (log > longest);
  return Math.max(1, Math.round(Math.exp(log)));
}

/**
 * Whole seconds, in order. The gaps between jobs are drawn first and stretched so that the jobs fill the days; then each
 * half hour of a day takes as many as its part of the daily cycle.
 */
function arrivalTimes(jobs: number, days: number, chance: Chance): number[] {
  const { shape, scale, longest } = MODEL.interarrival;
  const gaps = Array.from({ length: jobs }, () => {
    let log: number;
    do log = gamma(shape, scale, chance);
    while (log > longest);
    return Math.exp(log);
  });
  const stretch = (days * BUCKETS) / gaps.reduce((sum, gap) => sum + gap, 0);
  const cycle = dailyCycle();
  let bucket = 0;
  /** How much of the bucket's part has been used. */
  let used = 0;
  let points = 0;
  return gaps.map((gap) => {
    const at = Math.floor((bucket + used / cycle[bucket % BUCKETS]!) * BUCKET_SECONDS);
    points = gap * stretch;
    while (used + points >= cycle[bucket % BUCKETS]!) {
      points -= cycle[bucket % BUCKETS]! - used;
      used = 0;
      bucket++;
    }
    used += points;
    return at;
  });
}

/** What part of the jobs each half hour of the day gets; 1 on average. */
function dailyCycle(): number[] {
  const { shape, scale, firstBucket } = MODEL.day;
  const density = Array.from({ length: BUCKETS }, (_, bucket) => {
    const x = bucket + 1 < firstBucket ? bucket + 1 + BUCKETS : bucket + 1;
    return x ** (shape - 1) * Math.exp(-x / scale);
  });
  const mean = density.reduce((sum, part) => sum + part, 0) / BUCKETS;
  return density.map((part) => part / mean);
}

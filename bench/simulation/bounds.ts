import type { WorkloadJob } from '../../workload/job';
import type { Kind, Pool } from './pool';

export interface Bounds {
  /** Dollars if capacity could be bought by the vCPU, the MiB and the GPU, whatever the waits. */
  readonly work: number;
  /** Dollars if each job started on arrival on instances that come and go at no cost. */
  readonly zeroWait: number;
}

/** What no schedule on the first pool of each kind can cost less than. */
export function boundsOf(jobs: readonly WorkloadJob[], kinds: readonly Kind[]): Bounds {
  let work = 0;
  let zeroWait = 0;
  for (const kind of kinds) {
    const pool = kind.pools[0];
    const own = jobsOf(kind, jobs);
    work += (pool.price * workSeconds(own, pool)) / 3600;
    zeroWait += (pool.price * zeroWaitUse(own, pool).seconds) / 3600;
  }
  return { work, zeroWait };
}

/** The most instances that the zero-wait bound uses at once. */
export function peakInstances(jobs: readonly WorkloadJob[], kind: Kind): number {
  return zeroWaitUse(jobsOf(kind, jobs), kind.pools[0]).peak;
}

function jobsOf(kind: Kind, jobs: readonly WorkloadJob[]): WorkloadJob[] {
  return jobs.filter(({ gpus }) => gpus > 0 === kind.gpu);
}

function workSeconds(jobs: readonly WorkloadJob[], pool: Pool): number {
  const sum = { vcpus: 0, memoryMiB: 0, gpus: 0 };
  for (const { run, vcpus, memoryMiB, gpus } of jobs) {
    sum.vcpus += vcpus * run;
    sum.memoryMiB += memoryMiB * run;
    sum.gpus += gpus * run;
  }
  return Math.max(sum.vcpus / pool.vcpus, sum.memoryMiB / pool.memoryMiB, pool.gpus > 0 ? sum.gpus / pool.gpus : 0);
}

/** Instance seconds and the peak when each job runs on arrival. */
function zeroWaitUse(jobs: readonly WorkloadJob[], pool: Pool): { seconds: number; peak: number } {
  const changes = jobs
    .flatMap((job) => [
      { at: job.arrival, sign: 1, job },
      { at: job.arrival + job.run, sign: -1, job },
    ])
    .sort((a, b) => a.at - b.at);
  let vcpus = 0;
  let memoryMiB = 0;
  let gpus = 0;
  /** Two jobs that each take more than half of an instance do not share one. */
  let large = 0;
  let seconds = 0;
  let peak = 0;
  changes.forEach(({ at, sign, job }, index) => {
    vcpus += sign * job.vcpus;
    memoryMiB += sign * job.memoryMiB;
    gpus += sign * job.gpus;
    if (job.vcpus * 2 > pool.vcpus || job.memoryMiB * 2 > pool.memoryMiB || job.gpus * 2 > pool.gpus) large += sign;
    const next = changes[index + 1]?.at;
    if (next === undefined || next === at) return;
    const instances = Math.max(
      Math.ceil(vcpus / pool.vcpus),
      Math.ceil(memoryMiB / pool.memoryMiB),
      pool.gpus > 0 ? Math.ceil(gpus / pool.gpus) : 0,
      large,
    );
    seconds += instances * (next - at);
    peak = Math.max(peak, instances);
  });
  return { seconds, peak };
}

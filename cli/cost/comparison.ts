import { compare } from '../../bench/compare';
import type { PolicyName } from '../../bench/policies/policies';
import type { Kind, Pool } from '../../bench/simulation/pool';
import type { Amounts, WorkloadJob } from '../../workload/job';
import { clamp } from '../../workload/job';
import type { Played } from '../play/play';
import type { Beside } from '../report/run-report';
import type { Prices } from './prices';

/** What a run is compared with. */
const BASELINES: readonly PolicyName[] = ['ffd', 'count', 'vcpu', 'cas', 'jobwatcher', 'static'];

/** What bounds and other policies would cost on the jobs that ran on instances; nothing where there were none. */
export function comparisonOf(
  { jobs, from }: Pick<Played, 'jobs' | 'from'>,
  { pools: priced }: Prices,
): Beside | undefined {
  const pools = priced.map(({ name, capacity, cost, maxInstances }) => ({
    name,
    ...capacity,
    price: cost,
    max: maxInstances,
  }));
  const environments = new Set(priced.map(({ environment }) => environment));
  const ran = jobs
    .filter(({ isArray, environment }) => !isArray && environments.has(environment ?? ''))
    .flatMap(({ name, createdAt, startedAt, stoppedAt, vcpus, memoryMiB, gpus }): WorkloadJob[] => {
      if (startedAt === undefined || stoppedAt === undefined || stoppedAt <= startedAt) return [];
      const arrival = Math.round((createdAt - from) / 1000);
      return [{ name, arrival, run: Math.ceil((stoppedAt - startedAt) / 1000), vcpus, memoryMiB, gpus }];
    })
    .sort((a, b) => a.arrival - b.arrival);
  const kinds = [false, true].flatMap((gpu) => kindFor(gpu, pools, ran));
  const workload = ran.flatMap((job) => {
    const pool = kinds.find(({ gpu }) => gpu === job.gpus > 0)?.pools[0];
    return pool ? [{ ...job, ...clamp(job, pool) }] : [];
  });
  if (workload.length === 0) return undefined;
  const { bounds, policies } = compare(workload, kinds, BASELINES, {
    scheduler: 'backfill',
    scaleInAfter: 60,
    phase: 0,
  });
  const isOneOfEach = pools.length === kinds.length;
  const work = leastForWork(ran, pools);
  return { bounds: { work, ...(isOneOfEach && { zeroWait: bounds.zeroWait }) }, policies };
}

/** Baselines know one pool of a kind: the smallest that holds all its jobs, the largest where none does. */
function kindFor(gpu: boolean, all: readonly Pool[], jobs: readonly WorkloadJob[]): Kind[] {
  const pools = all
    .filter((pool) => pool.gpus > 0 === gpu)
    .sort((a, b) => a.vcpus - b.vcpus || a.memoryMiB - b.memoryMiB);
  const own = jobs.filter((job) => job.gpus > 0 === gpu);
  const pool = pools.find((one) => own.every((job) => fits(job, one))) ?? pools.at(-1);
  return pool && own.length > 0 ? [{ gpu, pools: [pool] }] : [];
}

/**
 * What no schedule on these pools can cost less than, if capacity could be bought by the vCPU, the MiB and the GPU: each job
 * where its part is cheapest, by that of the resources which comes to most.
 */
export function leastForWork(jobs: readonly WorkloadJob[], pools: readonly Pool[]): number {
  const of = (key: keyof Amounts): number =>
    jobs.reduce((sum, job) => {
      const parts = pools
        .filter((pool) => fits(job, pool))
        .map((pool) => (pool[key] > 0 ? (pool.price * job[key]) / pool[key] : 0));
      return parts.length === 0 ? sum : sum + (job.run * Math.min(...parts)) / 3600;
    }, 0);
  return Math.max(of('vcpus'), of('memoryMiB'), of('gpus'));
}

function fits(job: Amounts, pool: Amounts): boolean {
  return job.vcpus <= pool.vcpus && job.memoryMiB <= pool.memoryMiB && job.gpus <= pool.gpus;
}

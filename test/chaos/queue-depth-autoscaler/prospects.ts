import { INSTANCE_SHAPES } from '../../../local/ec2/instance-shapes';
import { DEFAULT_SETTINGS } from '../../../local/settings';
import type { History, JobPlan, PoolPlan } from './history';

/**
 * What can become of a job:
 * - `starts`: it has to, once capacity can be had;
 * - `may`: it depends on what others leave;
 * - `never`: nothing must be launched for it.
 */
export type Prospect = 'starts' | 'may' | 'never';

/** Of each job of the history, in its order. */
export function prospectsOf(history: History): Prospect[] {
  const prospects: Prospect[] = [];
  history.jobs.forEach((job, index) => {
    const own = ownProspect(history, job);
    const other = dependency(job, index);
    prospects.push(other === undefined ? own : worse(own, prospects[other]!));
  });
  return prospects;
}

/** The job that one waits for: one that was submitted before it. */
export function dependency({ after }: JobPlan, index: number): number | undefined {
  return after !== undefined && after < index ? after : undefined;
}

function ownProspect({ pools, licences, settings }: History, job: JobPlan): Prospect {
  const holders = pools.filter((pool) => holds(pool, job, settings.memoryOverheadPercent));
  if (holders.length === 0) return 'never';
  if (job.licence && licences.quantity === 0) return 'never';
  if (!holders.some((pool) => opensFor(pool, job))) return 'may';
  return job.licence && licences.type === 'NON_REPLENISHABLE' ? 'may' : 'starts';
}

function worse(a: Prospect, b: Prospect): Prospect {
  if (a === 'never' || b === 'never') return 'never';
  return a === 'may' || b === 'may' ? 'may' : 'starts';
}

/** What the agent keeps for itself on the instances of this library, in MiB. */
const RESERVED_MEMORY = 32;

/** Whether an empty instance of the pool holds the job. */
export function holds(
  { instanceType }: PoolPlan,
  job: JobPlan,
  overhead = DEFAULT_SETTINGS.memoryOverheadPercent,
): boolean {
  const { vcpus, memoryMiB, gpus } = INSTANCE_SHAPES.get(instanceType)!;
  const memory = Math.floor(memoryMiB * (1 - overhead / 100)) - RESERVED_MEMORY;
  return job.vcpus <= vcpus && job.memoryMiB <= memory && job.gpus <= gpus;
}

/** Whether an instance of the pool may be launched for such a job, if it holds it. */
export function opensFor({ instanceType, opensForCpuJobs }: PoolPlan, job: JobPlan): boolean {
  return job.gpus > 0 || opensForCpuJobs || INSTANCE_SHAPES.get(instanceType)!.gpus === 0;
}

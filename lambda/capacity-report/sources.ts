import { leastRegisteredMemoryMiB, type Resources } from '../../lib/capacity/config';
import type { EnvironmentObservation, PoolObservation, Reason, TypeObservation } from './model';

/** A pool, or an instance type of a managed environment, that more instances can come from. */
export interface Source {
  /** The pool's or the type's name. */
  readonly name: string;
  /** What one instance will offer. */
  readonly capacity: Resources;
  /** Whether an instance may be launched for such a job, if it fits. */
  opensFor(request: Resources): boolean;
  /** Counts one more instance for such a job. @returns false when the limits forbid it */
  launch(request: Resources): boolean;
  /** Why there can be no more for such a job, once there can be no more. */
  limitFor(request: Resources): Reason;
}

/** What AWS Batch says of jobs at the head of the queues that list an environment. */
export interface HeadStatements {
  /** Nobody has instances for the job. */
  readonly noCapacity?: string;
  /** Nothing that the environment may launch holds the job. */
  readonly misfit?: string;
}

/** The smallest instances first, those with GPUs last. */
export function sourcesOf(environment: EnvironmentObservation, says: HeadStatements): Source[] {
  switch (environment.kind) {
    case 'fargate':
      return [];
    case 'managed':
      return managedSources(environment, says).sort(bySize);
    case 'unmanaged':
      return poolSources(environment).sort(bySize);
  }
}

function bySize({ capacity: a }: Source, { capacity: b }: Source): number {
  return a.gpus - b.gpus || a.vcpus - b.vcpus || a.memoryMiB - b.memoryMiB;
}

/** What an instance of the pool offers, whichever of its types it turns out to be. */
export function poolCapacity({ types }: PoolObservation): Resources {
  const capacities = types.map(expectedCapacity);
  const least = (of: (capacity: Resources) => number) => Math.min(...capacities.map(of));
  return {
    vcpus: least(({ vcpus }) => vcpus),
    memoryMiB: least(({ memoryMiB }) => memoryMiB),
    gpus: least(({ gpus }) => gpus),
  };
}

/** What was seen, or the least to be expected: what the autoscaler reckons with too. */
function expectedCapacity({ listed, registered }: TypeObservation): Resources {
  return registered ?? { ...listed, memoryMiB: leastRegisteredMemoryMiB(listed.memoryMiB) };
}

function poolSources(environment: EnvironmentObservation): Source[] {
  const { name: environmentName, pools } = environment;
  const maximum = Math.min(...pools.map(({ environmentMaximum = Infinity }) => environmentMaximum));
  let vcpus = pools.reduce((sum, pool) => sum + pool.live * poolCapacity(pool).vcpus, 0);
  return pools.map((pool): Source => {
    const capacity = poolCapacity(pool);
    const failure = failureOf(environmentName, pool);
    // What the group wants and does not have is still to be launched.
    let left = pool.max - pool.live;
    const opensFor = ({ gpus }: Resources): boolean =>
      gpus > 0 || capacity.gpus === 0 || pool.opensForCpuJobs !== false;
    return {
      name: pool.name,
      capacity,
      opensFor,
      launch: (request) => {
        if (failure || !opensFor(request) || left < 1 || vcpus + capacity.vcpus > maximum) return false;
        left--;
        vcpus += capacity.vcpus;
        return true;
      },
      limitFor: (request) => {
        if (!opensFor(request)) return { code: 'gpu-instances-only', environment: environmentName };
        if (failure) return failure;
        return left < 1
          ? { code: 'pool-maximum', environment: environmentName, pool: pool.name, maximum: pool.max }
          : { code: 'environment-maximum', environment: environmentName, maximum };
      },
    };
  });
}

/** EC2's words for a limit of the account. */
const QUOTA = /LimitExceeded|MaxSpotInstanceCount|vCPU limit|limit exceeded/i;

function failureOf(environment: string, pool: PoolObservation): Reason | undefined {
  if (pool.suspended) return { code: 'launch-suspended', environment, pool: pool.name };
  if (!pool.launchFailure) return undefined;
  const { reason: says } = pool.launchFailure;
  const spot = /\bspot\b/i.test(says) || (pool.spot && !/on-demand/i.test(says));
  return { ...refusalBy(environment, spot, says), pool: pool.name };
}

function refusalBy(environment: string, spot: boolean, says: string): Reason {
  const code = QUOTA.test(says) ? 'service-quota' : 'instance-capacity';
  return { code, environment, market: spot ? 'Spot' : 'On-Demand', says };
}

/**
 * What AWS Batch may launch. Its own groups, where they could be found, and what it says of the job at the head of the
 * queue tell why it does not.
 */
function managedSources(environment: EnvironmentObservation, { noCapacity, misfit }: HeadStatements): Source[] {
  const { name, types, pools, instances, spot, maxVcpus = 0, mayExceedMaximum } = environment;
  const [failure] = pools.flatMap((pool) => failureOf(name, pool) ?? []);
  const refused = failure ?? (noCapacity === undefined ? undefined : refusalBy(name, spot, noCapacity));
  const booting = pools.reduce((sum, pool) => sum + pool.booting * poolCapacity(pool).vcpus, 0);
  let vcpus = instances.reduce((sum, { registered }) => sum + registered.vcpus, booting);
  return types.map((type): Source => {
    // What no instance has been seen to register is taken as it is sold, for AWS Batch knows better than an estimate:
    // unless it says that the job is too large, which one that asks for nearly all can be.
    const capacity = misfit === undefined ? (type.registered ?? type.listed) : expectedCapacity(type);
    return {
      name: type.name,
      capacity,
      opensFor: () => true,
      launch: (request) => {
        const within = mayExceedMaximum ? vcpus < maxVcpus : vcpus + capacity.vcpus <= maxVcpus;
        if (refused || !within || request.vcpus > maxVcpus) return false;
        vcpus += capacity.vcpus;
        return true;
      },
      limitFor: () => refused ?? { code: 'environment-maximum', environment: name, maximum: maxVcpus },
    };
  });
}

import { leastRegisteredMemoryMiB, type Resources } from '../../lib/capacity/config';
import { fits } from '../queue-depth-autoscaler/plan/resources';
import type {
  EnvironmentObservation,
  InstanceObservation,
  Observation,
  PoolObservation,
  Reason,
  TypeObservation,
} from './model';

/** Room for jobs, which becomes less as they are placed. */
export interface Room {
  vcpus: number;
  memoryMiB: number;
  gpus: number;
  /** - `ready`: it is there; - `coming`: it boots; - `launchable`: nobody has launched it yet. */
  readonly stage: 'ready' | 'coming' | 'launchable';
  readonly instance?: InstanceObservation;
}

/** A pool, or an instance type of a managed environment, that more instances can come from. */
export interface Source {
  /** The pool's or the type's name. */
  readonly name: string;
  /** What one instance will offer. */
  readonly capacity: Resources;
  /** Counts one more instance for such a job. @returns false when the limits forbid it */
  launch(request: Resources): boolean;
  /** Why there can be no more, once there can be no more. */
  readonly limit: Reason;
}

/** What one environment has, and may come to have. */
export interface Supply {
  readonly environment: EnvironmentObservation;
  /** Whether jobs may be placed there at all. */
  readonly usable: boolean;
  readonly rooms: Room[];
  /** The smallest instances first, those with GPUs last. */
  readonly sources: readonly Source[];
}

export function suppliesOf({ environments, queues, waiting }: Observation): Map<string, Supply> {
  return new Map(
    environments.map((environment) => {
      const its = new Set(queues.filter(({ environmentArns }) => environmentArns.includes(environment.arn)).map(arnOf));
      // AWS Batch says so only when none of the queue's environments gets instances.
      const refusal = waiting.find(
        ({ queueArn, statusReason }) => its.has(queueArn) && statusReason?.startsWith('CAPACITY:'),
      )?.statusReason;
      return [environment.arn, supplyOf(environment, refusal)];
    }),
  );
}

function arnOf({ arn }: { readonly arn: string }): string {
  return arn;
}

function supplyOf(environment: EnvironmentObservation, refusal: string | undefined): Supply {
  const { kind, enabled, valid } = environment;
  const usable = enabled && valid;
  if (kind === 'fargate') return { environment, usable, rooms: [fargateRoom(environment)], sources: [] };
  const ready = environment.instances
    .filter(({ state }) => state === 'ready')
    .map((instance): Room => ({ ...instance.remaining, stage: 'ready', instance }));
  const sources =
    kind === 'managed'
      ? managedSources(environment, refusal)
      : environment.pools.map((pool) => poolSource(environment, pool));
  return { environment, usable, rooms: [...ready, ...comingRooms(environment)], sources: sources.sort(bySize) };
}

/** Fargate has a machine for every task, up to the environment's vCPUs. */
function fargateRoom({ maxVcpus = 0, vcpusInUse }: EnvironmentObservation): Room {
  return { vcpus: Math.max(0, maxVcpus - vcpusInUse), memoryMiB: Infinity, gpus: 0, stage: 'ready' };
}

function comingRooms({ pools }: EnvironmentObservation): Room[] {
  return pools.flatMap((pool) =>
    Array.from({ length: pool.booting }, (): Room => ({ ...poolCapacity(pool), stage: 'coming' })),
  );
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
export function expectedCapacity({ listed, registered }: TypeObservation): Resources {
  return registered ?? { ...listed, memoryMiB: leastRegisteredMemoryMiB(listed.memoryMiB) };
}

function poolSource(environment: EnvironmentObservation, pool: PoolObservation): Source {
  const failure = failureOf(environment, pool);
  // What the group wants and does not have is still to be launched.
  let left = failure ? 0 : pool.max - pool.live;
  return {
    name: pool.name,
    capacity: poolCapacity(pool),
    launch: () => left-- > 0,
    limit: failure ?? {
      code: 'pool-maximum',
      environment: environment.name,
      pool: pool.name,
      maximum: pool.max,
    },
  };
}

/** EC2's words for a limit of the account. */
const QUOTA = /LimitExceeded|MaxSpotInstanceCount|vCPU limit|limit exceeded/i;

function failureOf(environment: EnvironmentObservation, pool: PoolObservation): Reason | undefined {
  if (pool.suspended) return { code: 'launch-suspended', environment: environment.name, pool: pool.name };
  if (!pool.launchFailure) return undefined;
  const { reason: says } = pool.launchFailure;
  const market = /\bspot\b/i.test(says) || (pool.spot && !/on-demand/i.test(says)) ? 'Spot' : 'On-Demand';
  const code = QUOTA.test(says) ? 'service-quota' : 'instance-capacity';
  return { code, environment: environment.name, pool: pool.name, market, says };
}

/**
 * What AWS Batch may launch. Its own groups, where they could be found, and what it says of the job at the head of the
 * queue tell why it does not.
 */
function managedSources(environment: EnvironmentObservation, refusal: string | undefined): Source[] {
  const { name, types, pools, instances, spot, maxVcpus = 0, mayExceedMaximum } = environment;
  const [failure] = pools.flatMap((pool) => failureOf(environment, pool) ?? []);
  const refused: Reason | undefined =
    failure ??
    (refusal === undefined
      ? undefined
      : { code: 'instance-capacity', environment: name, market: spot ? 'Spot' : 'On-Demand', says: refusal });
  let vcpus = instances.reduce((sum, { registered }) => sum + registered.vcpus, 0);
  return types.map((type) => {
    // What no instance has been seen to register is taken as it is sold: AWS Batch knows better than an estimate.
    const capacity = type.registered ?? type.listed;
    return {
      name: type.name,
      capacity,
      launch: (request) => {
        const within = mayExceedMaximum ? vcpus < maxVcpus : vcpus + capacity.vcpus <= maxVcpus;
        if (refused || !within || request.vcpus > maxVcpus) return false;
        vcpus += capacity.vcpus;
        return true;
      },
      limit: refused ?? { code: 'environment-maximum', environment: name, maximum: maxVcpus },
    };
  });
}

function bySize({ capacity: a }: Source, { capacity: b }: Source): number {
  return a.gpus - b.gpus || a.vcpus - b.vcpus || a.memoryMiB - b.memoryMiB;
}

/** Whether some instance of the environment, were it empty, would hold the job. */
export function couldHold({ environment, sources }: Supply, request: Resources): boolean {
  return (
    (environment.kind === 'fargate' && request.gpus === 0) ||
    sources.some(({ capacity }) => fits(request, capacity)) ||
    environment.instances.some(({ registered }) => fits(request, registered))
  );
}

import type { Resources } from '../../lib/capacity/config';
import { fits } from '../queue-depth-autoscaler/plan/resources';
import type { EnvironmentObservation, InstanceObservation, Observation } from './model';
import { type HeadStatements, poolCapacity, type Source, sourcesOf } from './sources';

/** Room for jobs, which becomes less as they are placed. */
export interface Room {
  vcpus: number;
  memoryMiB: number;
  gpus: number;
  /** - `ready`: it is there; - `coming`: it boots; - `launchable`: nobody has launched it yet. */
  readonly stage: 'ready' | 'coming' | 'launchable';
  readonly instance?: InstanceObservation;
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
      const statements = waiting.flatMap(({ queueArn, statusReason }) =>
        its.has(queueArn) && statusReason !== undefined ? [statusReason] : [],
      );
      return [environment.arn, supplyOf(environment, statements)];
    }),
  );
}

function arnOf({ arn }: { readonly arn: string }): string {
  return arn;
}

/** @param statements of AWS Batch, which are of all environments of a queue: none of them can help the job */
function supplyOf(environment: EnvironmentObservation, statements: readonly string[]): Supply {
  const says: HeadStatements = {
    noCapacity: statements.find((statement) => statement.startsWith('CAPACITY:')),
    misfit: statements.find((statement) => statement.startsWith('MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT')),
  };
  return {
    environment,
    usable: environment.enabled && environment.valid,
    rooms: environment.kind === 'fargate' ? [fargateRoom(environment)] : instanceRooms(environment),
    sources: sourcesOf(environment, says),
  };
}

/** Fargate has a machine for every task, up to the environment's vCPUs; it is launched for the task. */
function fargateRoom({ maxVcpus = 0, vcpusInUse }: EnvironmentObservation): Room {
  return { vcpus: Math.max(0, maxVcpus - vcpusInUse), memoryMiB: Infinity, gpus: 0, stage: 'launchable' };
}

function instanceRooms({ instances, pools }: EnvironmentObservation): Room[] {
  const ready = instances
    .filter(({ state }) => state === 'ready')
    .map((instance): Room => ({ ...instance.remaining, stage: 'ready', instance }));
  const coming = pools.flatMap((pool) =>
    Array.from({ length: pool.booting }, (): Room => ({ ...poolCapacity(pool), stage: 'coming' })),
  );
  return [...ready, ...coming];
}

/** What is left of what an environment has now: of instances, and of Fargate's vCPUs. */
export function roomsNow({ environment, rooms }: Supply): readonly Room[] {
  return environment.kind === 'fargate' ? rooms : rooms.filter(({ stage }) => stage !== 'launchable');
}

/** Whether some instance of the environment, were it empty, would hold the job. */
export function couldHold({ environment, sources }: Supply, request: Resources): boolean {
  return (
    (environment.kind === 'fargate' && request.gpus === 0) ||
    sources.some(({ capacity }) => fits(request, capacity)) ||
    environment.instances.some(({ registered }) => fits(request, registered))
  );
}

/** The smallest source of instances that would let the job start, were there more of them. */
export function sourceFor({ usable, sources }: Supply, request: Resources): Source | undefined {
  return usable ? sources.find((source) => fits(request, source.capacity) && source.opensFor(request)) : undefined;
}

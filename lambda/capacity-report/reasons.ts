import type { Resources } from '../../lib/capacity/config';
import { fits } from '../queue-depth-autoscaler/plan/resources';
import { distance } from './amounts';
import type { InstanceObservation, Reason } from './model';
import type { Assessment } from './placement';
import { poolCapacity } from './sources';
import { couldHold, roomsNow, type Supply } from './supply';

/** Why such jobs find no room, environment by environment: first what is there and cannot be used. */
export function reasonsFor({ group, supplies }: Assessment): Reason[] {
  const holders = supplies.filter((supply) => couldHold(supply, group.resources));
  const each = supplies.flatMap((supply) => reasonsIn(supply, group.resources));
  // That one environment is too small for a job does not matter where another is large enough.
  return holders.length > 0 ? each.filter(({ code }) => code !== 'no-instance-type') : each;
}

/** Why such a job finds no more room in one environment. */
export function reasonsIn(supply: Supply, request: Resources): Reason[] {
  const { environment, sources } = supply;
  const { name, kind, enabled, valid, statusReason, maxVcpus } = environment;
  if (!valid) return [{ code: 'environment-invalid', environment: name, says: statusReason }];
  if (!couldHold(supply, request)) {
    if (sources.length === 0 && environment.instances.length === 0) return [{ code: 'no-pool', environment: name }];
    return [{ code: 'no-instance-type', environment: name, nearestType: nearestType([supply], request)?.name }];
  }
  if (!enabled) return [{ code: 'environment-disabled', environment: name }];
  if (kind === 'fargate') return [{ code: 'environment-maximum', environment: name, maximum: maxVcpus }];

  const reasons: Reason[] = [];
  const free = roomsNow(supply).reduce(sum, NOTHING);
  if (fits(request, free)) reasons.push({ code: 'fragmentation', environment: name, free });
  const draining = holding(environment.instances, 'draining', request);
  if (draining.length > 0) reasons.push({ code: 'draining', environment: name, ...some(draining) });
  const unreachable = [...holding(environment.instances, 'disconnected', request), ...unregistered(supply, request)];
  if (unreachable.length > 0) reasons.push({ code: 'unreachable', environment: name, ...some(unreachable) });

  const holders = sources.filter(({ capacity }) => fits(request, capacity));
  if (holders.length === 0) reasons.push({ code: 'no-pool', environment: name });
  for (const holder of holders) {
    const limit = holder.limitFor(request);
    if (!reasons.some((known) => same(known, limit))) reasons.push(limit);
  }
  return reasons;
}

/** More are counted, not named. */
const MOST_NAMED = 20;

function some(instanceIds: readonly string[]): Pick<Reason, 'instanceIds' | 'instances'> {
  return { instanceIds: instanceIds.slice(0, MOST_NAMED), instances: instanceIds.length };
}

const NOTHING: Resources = { vcpus: 0, memoryMiB: 0, gpus: 0 };

function sum(a: Resources, b: Resources): Resources {
  return { vcpus: a.vcpus + b.vcpus, memoryMiB: a.memoryMiB + b.memoryMiB, gpus: a.gpus + b.gpus };
}

/** Instances that would hold the job if they took any. */
function holding(
  instances: readonly InstanceObservation[],
  state: InstanceObservation['state'],
  request: Resources,
): string[] {
  return instances
    .filter((instance) => instance.state === state && fits(request, instance.remaining))
    .map(({ instanceId }) => instanceId);
}

/** Instances that would hold the job if they had joined the cluster. */
function unregistered({ environment }: Supply, request: Resources): string[] {
  return environment.pools.filter((pool) => fits(request, poolCapacity(pool))).flatMap((pool) => pool.unregistered);
}

function same(a: Reason, b: Reason): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Of all instances that there are or could be, the kind that comes closest to holding the job. */
export function nearestType(
  supplies: readonly Supply[],
  request: Resources,
): { readonly name: string; readonly capacity: Resources; readonly supply: Supply } | undefined {
  const kinds = supplies.flatMap((supply) => [
    ...supply.sources.map(({ name, capacity }) => ({ name, capacity, supply })),
    ...supply.environment.instances.map(({ instanceType, registered }) => ({
      name: instanceType,
      capacity: registered,
      supply,
    })),
  ]);
  if (kinds.length === 0) return undefined;
  return kinds.reduce((best, kind) =>
    distance(request, kind.capacity) < distance(request, best.capacity) ? kind : best,
  );
}

import { countThatFit } from '../queue-depth-autoscaler/plan/bins';
import { fits } from '../queue-depth-autoscaler/plan/resources';
import { lackOf, lacksOf, type Unplaced } from './amounts';
import type { Lack, MissingInstances, Observation, QueueObservation, Reason, Shortage, WaitingGroup } from './model';
import { type Assessment, emptyRoom, place, type Placement, take } from './placement';
import { nearestType, reasonsFor } from './reasons';
import { couldHold, type Room, roomsNow, sourceFor, type Supply } from './supply';

/** How long an instance may take to be launched and to register, and a little more. */
export const LAUNCH_PATIENCE = 10 * 60_000;

/** Which jobs cannot start for want of what, how much of it, and why; nothing when all have room or will soon have it. */
export function report(observation: Observation, now: number): Shortage[] {
  const placement = place(observation);
  return observation.queues.flatMap((queue) => {
    const its = placement.assessments.filter((assessment) => assessment.queue === queue);
    return shortagesOf(queue, its, placement, now);
  });
}

/** The same of some of the jobs of a queue. */
export function shortagesOf(
  queue: QueueObservation,
  assessments: readonly Assessment[],
  placement: Placement,
  now: number,
): Shortage[] {
  return [
    ...consumableShortages(queue, assessments, placement),
    ...sizeShortage(queue, assessments),
    ...instanceShortage(queue, assessments),
    ...launchShortage(queue, assessments, now),
    ...queueShortage(queue, assessments),
  ];
}

/** Of the jobs of a group, those that count for a shortage. */
interface Affected {
  readonly assessment: Assessment;
  readonly jobs: number;
}

function affected(assessments: readonly Assessment[], jobsOf: (assessment: Assessment) => number): Affected[] {
  return assessments.map((assessment) => ({ assessment, jobs: jobsOf(assessment) })).filter(({ jobs }) => jobs > 0);
}

function jobsIn(list: readonly Affected[]): number {
  return list.reduce((sum, { jobs }) => sum + jobs, 0);
}

function instanceShortage(queue: QueueObservation, assessments: readonly Assessment[]): Shortage[] {
  const short = affected(assessments, (one) => (isTooLarge(one) ? 0 : one.short));
  const first = short.find(({ assessment }) => isHelped(assessment)) ?? short[0];
  if (!first) return [];
  return [
    {
      queueArn: queue.arn,
      kind: 'instances',
      environmentArn: responsible(first.assessment)?.environment.arn,
      jobs: jobsIn(short),
      jobId: first.assessment.group.jobId,
      lacks: lacksOf(short.map(unplacedOf), first.assessment.supplies.filter(({ usable }) => usable).flatMap(roomsNow)),
      instances: missingInstances(short),
      reasons: distinct([...short.flatMap(({ assessment }) => reasonsFor(assessment)), ...queueReasons(queue)]),
    },
  ];
}

/** Jobs that would fit no instance, however many there were. */
function sizeShortage(queue: QueueObservation, assessments: readonly Assessment[]): Shortage[] {
  const tooLarge = affected(assessments, (one) => (isTooLarge(one) ? one.short : 0));
  const [first] = tooLarge;
  if (!first) return [];
  // More instances do not help, so amounts do not add up: the job that lacks most counts.
  const most = new Map<string, Lack>();
  for (const { assessment } of tooLarge) {
    const { resources } = assessment.group;
    const { capacity } = nearestType(assessment.supplies, resources)!;
    for (const lack of lacksOf([{ resources, jobs: 1 }], [capacity])) {
      const known = most.get(lack.resource);
      if (!known || known.shortBy < lack.shortBy) most.set(lack.resource, lack);
    }
  }
  return [
    {
      queueArn: queue.arn,
      kind: 'instance-size',
      environmentArn: nearestType(first.assessment.supplies, first.assessment.group.resources)!.supply.environment.arn,
      jobs: jobsIn(tooLarge),
      jobId: first.assessment.group.jobId,
      lacks: [...most.values()],
      instances: [],
      reasons: distinct(tooLarge.flatMap(({ assessment }) => reasonsFor(assessment))),
    },
  ];
}

/** Jobs that have waited for long for instances that nothing keeps from being launched. */
function launchShortage(queue: QueueObservation, assessments: readonly Assessment[], now: number): Shortage[] {
  const stuck = affected(assessments, (one) => (hasWaitedLong(one.group, now) ? one.launchable : 0));
  const [first] = stuck;
  if (!first) return [];
  const rooms = first.assessment.supplies
    .filter(({ usable }) => usable)
    .flatMap((supply) => supply.rooms.filter(({ stage }) => stage !== 'launchable'));
  return [
    {
      queueArn: queue.arn,
      kind: 'launch',
      environmentArn: responsible(first.assessment)?.environment.arn,
      jobs: jobsIn(stuck),
      jobId: first.assessment.group.jobId,
      lacks: lacksOf(stuck.map(unplacedOf), rooms),
      instances: missingInstances(stuck),
      reasons: distinct([...stuck.map(({ assessment }) => notLaunched(assessment)), ...queueReasons(queue)]),
    },
  ];
}

export function hasWaitedLong({ submittedAt }: WaitingGroup, now: number): boolean {
  return submittedAt !== undefined && now - submittedAt >= LAUNCH_PATIENCE;
}

function notLaunched(assessment: Assessment): Reason {
  const { group } = assessment;
  const supply = responsible(assessment);
  const holders = supply?.sources.filter(({ capacity }) => fits(group.resources, capacity)) ?? [];
  const gpusOnly =
    holders.length > 0 && group.resources.gpus === 0 && holders.every(({ capacity }) => capacity.gpus > 0);
  return {
    code: gpusOnly ? 'gpu-instances-only' : 'not-launched',
    environment: supply?.environment.name,
    says: group.statusReason,
  };
}

/** AWS documents that jobs in a disabled queue go on; those that have room and wait all the same say otherwise. */
function queueShortage(queue: QueueObservation, assessments: readonly Assessment[]): Shortage[] {
  if (queue.enabled) return [];
  const held = affected(assessments, ({ ready }) => ready);
  const [first] = held;
  if (!first) return [];
  return [
    {
      queueArn: queue.arn,
      kind: 'queue',
      environmentArn: responsible(first.assessment)?.environment.arn,
      jobs: jobsIn(held),
      jobId: first.assessment.group.jobId,
      lacks: lacksOf(held.map(unplacedOf), []),
      instances: [],
      reasons: queueReasons(queue),
    },
  ];
}

function queueReasons({ enabled }: QueueObservation): Reason[] {
  return enabled ? [] : [{ code: 'queue-disabled' }];
}

function consumableShortages(
  queue: QueueObservation,
  assessments: readonly Assessment[],
  { consumable, totals }: Placement,
): Shortage[] {
  const waiting = affected(assessments, ({ withoutTokens }) => withoutTokens);
  const resources = new Set(
    waiting.flatMap(({ assessment }) => assessment.group.tokens.map(({ resource }) => resource)),
  );
  return [...resources].flatMap((resource): Shortage[] => {
    const quantity = ({ tokens }: WaitingGroup): number =>
      tokens.find((token) => token.resource === resource)?.quantity ?? 0;
    const its = waiting.filter(({ assessment }) => quantity(assessment.group) > 0);
    const requested = its.reduce((sum, { assessment, jobs }) => sum + quantity(assessment.group) * jobs, 0);
    const name = resource.slice(resource.lastIndexOf('/') + 1);
    const lack = lackOf(name, requested, consumable.left(resource));
    const total = totals.get(resource) ?? 0;
    const tooMuch = its.some(({ assessment }) => quantity(assessment.group) > total);
    if (!lack) return [];
    return [
      {
        queueArn: queue.arn,
        kind: 'consumable',
        jobs: jobsIn(its),
        jobId: its[0]!.assessment.group.jobId,
        lacks: [lack],
        instances: [],
        reasons: [
          {
            code: tooMuch ? 'consumable-total' : 'consumable-resource',
            consumableResource: name,
            maximum: total,
          },
        ],
      },
    ];
  });
}

/** Whether no instance that there is or could be holds the job, as far as instances are known. */
function isTooLarge({ group, supplies }: Assessment): boolean {
  return (
    !supplies.some((supply) => couldHold(supply, group.resources)) &&
    nearestType(supplies, group.resources) !== undefined
  );
}

/** The first environment of the queue that could have what the job needs. */
function responsible({ supplies, group }: Assessment): Supply | undefined {
  const holders = supplies.filter((supply) => couldHold(supply, group.resources));
  return (
    holders.find((supply) => sourceFor(supply, group.resources)) ??
    holders.find(({ usable }) => usable) ??
    holders[0] ??
    supplies[0]
  );
}

/** Whether more instances of some kind would let such jobs start. */
function isHelped({ supplies, group }: Assessment): boolean {
  return supplies.some((supply) => sourceFor(supply, group.resources));
}

function unplacedOf({ assessment, jobs }: Affected): Unplaced {
  return { resources: assessment.group.resources, jobs };
}

/** Packs the jobs onto empty instances of the smallest kind that holds them. */
function missingInstances(short: readonly Affected[]): MissingInstances[] {
  const missing: { environment: string; pool: string; count: number; rooms: Room[] }[] = [];
  for (const { assessment, jobs } of short) {
    const { resources } = assessment.group;
    const supply = responsible(assessment);
    const source = supply && sourceFor(supply, resources);
    if (!source) continue;
    let left = jobs;
    const put = (room: Room): void => {
      const placed = countThatFit(resources, room, left);
      take(room, resources, placed);
      left -= placed;
    };
    for (const { rooms } of missing) for (const room of rooms) if (left > 0) put(room);
    while (left > 0) {
      const environment = supply.environment.name;
      let entry = missing.find((known) => known.environment === environment && known.pool === source.name);
      if (!entry) missing.push((entry = { environment, pool: source.name, count: 0, rooms: [] }));
      const room = emptyRoom(source);
      entry.rooms.push(room);
      entry.count++;
      put(room);
    }
  }
  return missing.map(({ environment, pool, count }) => ({ environment, pool, count }));
}

function distinct(reasons: readonly Reason[]): Reason[] {
  return [...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values()];
}

import type { Resources } from '../../lib/capacity/config';
import { ConsumableLedger } from '../queue-depth-autoscaler/plan/consumable-ledger';
import { countThatFit } from '../queue-depth-autoscaler/plan/bins';
import { fits } from '../queue-depth-autoscaler/plan/resources';
import type { Observation, QueueObservation, WaitingGroup } from './model';
import type { Source } from './sources';
import { suppliesOf, type Room, type Supply } from './supply';

/** What becomes of the jobs of one group, in numbers of jobs that add up to the group's count. */
export interface Assessment {
  readonly group: WaitingGroup;
  readonly queue: QueueObservation;
  /** The environments that the queue lists, in its order. */
  readonly supplies: readonly Supply[];
  /** There is room now. */
  ready: number;
  /** There is room on instances that boot. */
  coming: number;
  /** There is room once instances are launched, which nothing speaks against. */
  launchable: number;
  /** There is none. */
  short: number;
  /** They wait for a consumable resource, whatever the room. */
  readonly withoutTokens: number;
}

export interface Placement {
  readonly assessments: readonly Assessment[];
  readonly supplies: ReadonlyMap<string, Supply>;
  /** What is left of consumable resources. */
  readonly consumable: ConsumableLedger;
  /** How many there are of each consumable resource in all. */
  readonly totals: ReadonlyMap<string, number>;
}

/**
 * Places the waiting jobs as AWS Batch would, in the order in which they wait: on what is there, on what boots, and then
 * on as many more instances as the limits allow.
 */
export function place(observation: Observation): Placement {
  const supplies = suppliesOf(observation);
  const queues = new Map(observation.queues.map((queue) => [queue.arn, queue]));
  const consumable = new ConsumableLedger(
    new Map(observation.consumables.map(({ resource, available }) => [resource, available])),
  );
  const assessments = observation.waiting.map((group): Assessment => {
    const queue = queues.get(group.queueArn)!;
    const its = queue.environmentArns.flatMap((arn) => supplies.get(arn) ?? []);
    const provided = consumable.enoughFor(group.tokens, group.count);
    const withoutTokens = group.count - provided;
    const assessment = { group, queue, supplies: its, ready: 0, coming: 0, launchable: 0, short: 0, withoutTokens };
    assessment.short = placeGroup(assessment, provided);
    // What has no room takes nothing from those behind it.
    consumable.take(group.tokens, provided - assessment.short);
    return assessment;
  });
  const totals = new Map(observation.consumables.map(({ resource, total }) => [resource, total]));
  return { assessments, supplies, consumable, totals };
}

/** @returns how many find no room */
function placeGroup(assessment: Assessment, count: number): number {
  const { resources } = assessment.group;
  const usable = assessment.supplies.filter((supply) => supply.usable);
  let left = count;
  const put = (room: Room): void => {
    const placed = countThatFit(resources, room, left);
    take(room, resources, placed);
    assessment[room.stage] += placed;
    left -= placed;
  };
  for (const { rooms } of usable) for (const room of rooms) if (left > 0) put(room);
  for (const { rooms, sources } of usable) {
    while (left > 0) {
      const source = sources.find((one) => fits(resources, one.capacity) && one.launch(resources));
      if (!source) break;
      const room = emptyRoom(source);
      rooms.push(room);
      put(room);
    }
  }
  return left;
}

export function emptyRoom({ capacity }: Pick<Source, 'capacity'>): Room {
  return { ...capacity, stage: 'launchable' };
}

export function take(room: Room, { vcpus, memoryMiB, gpus }: Resources, count: number): void {
  room.vcpus -= vcpus * count;
  room.memoryMiB -= memoryMiB * count;
  room.gpus -= gpus * count;
}

import type { BatchClient } from '@aws-sdk/client-batch';
import { type QueueSnapshot, readQueueSnapshot } from '../../batch/queue-snapshot';
import type { DemandGroup } from '../model';
import { type ConsumableReading, readConsumables } from './consumable-resources';
import { groupDemand, type QueuedJobs } from './demand-groups';
import { dispatchOrder } from './dispatch-order';
import type { JobShapes, StillWaiting } from './job-shapes';
import { hasWaitingChildren, type QueueScan, type ReadCursor, scanQueues } from './queue-scan';
import { withHolders } from './token-holders';

export interface DemandReading extends Pick<ConsumableReading, 'availability' | 'totals'> {
  readonly groups: readonly DemandGroup[];
  /** Whether every waiting job was read. */
  readonly complete: boolean;
  readonly cursor?: ReadCursor;
  readonly scan: QueueScan;
  readonly errors: readonly unknown[];
  readonly waiting: readonly QueuedJobs[];
  /** What the jobs said that were described in this look. */
  readonly stillWaiting: StillWaiting;
  /** The others: they were described before. */
  readonly remembered: readonly string[];
  /** vCPUs of the jobs that start or run, of each queue whose snapshot was read: those in which jobs wait. */
  readonly vcpusInUse: ReadonlyMap<string, number>;
}

/**
 * Reads what waits in the queues: the head of each, and a budget of the rest.
 *
 * @param queueArns highest priority first
 */
export async function readDemand(
  batch: BatchClient,
  shapes: JobShapes,
  queueArns: readonly string[],
  budget: number,
  cursor: ReadCursor | undefined,
): Promise<DemandReading> {
  const scan = await scanQueues(batch, queueArns, budget, cursor);
  const errors = [...scan.errors];
  let { complete } = scan;
  const vcpusInUse = new Map<string, number>();

  const listed = await Promise.all(
    queueArns.map(async (queueArn): Promise<QueuedJobs> => {
      const runnable = scan.runnable.get(queueArn)!;
      const arrays = scan.arrays.get(queueArn)!;
      const whole = scan.complete || scan.whole.has(queueArn);
      const nothing = whole && runnable.length === 0 && !arrays.some(hasWaitingChildren);
      const snapshot = nothing ? undefined : await trySnapshot(batch, queueArn, errors);
      if (snapshot) vcpusInUse.set(queueArn, snapshot.vcpusInUse);
      // Without the head the order is a guess, but all the jobs are there.
      return { queueArn, jobs: dispatchOrder({ head: snapshot?.head ?? [], runnable, arrays, whole }) };
    }),
  );
  const jobIds = listed.flatMap(({ jobs }) => jobs.map(({ jobId }) => jobId));
  const remembered = jobIds.filter((jobId) => shapes.get(jobId) !== undefined);
  let stillWaiting: StillWaiting = new Map();
  try {
    stillWaiting = await shapes.learn(jobIds);
  } catch (error) {
    errors.push(error);
    complete = false;
  }
  const tokens = new Set(jobIds.flatMap((jobId) => shapes.get(jobId)?.tokens.map(({ resource }) => resource) ?? []));
  const consumables = await readConsumables(batch, [...tokens]);
  const { availability, totals } = consumables;
  const arrays = new Set([...scan.arrays.values()].flatMap((jobs) => jobs.map(({ jobId }) => jobId!)));
  const unread = [...consumables.errors];
  const waiting = await withHolders(batch, { waiting: listed, arrays, shapes, stillWaiting, consumables }, unread);
  errors.push(...unread);
  complete &&= unread.length === 0;

  return {
    groups: groupDemand(waiting, shapes, stillWaiting),
    complete,
    cursor: scan.cursor,
    scan,
    errors,
    waiting,
    availability,
    totals,
    stillWaiting,
    remembered,
    vcpusInUse,
  };
}

/**
 * The same demand without the jobs that have started since the lists were made: a job still listed after its placement
 * would be given a second instance.
 */
export async function confirmDemand(shapes: JobShapes, reading: DemandReading): Promise<readonly DemandGroup[]> {
  const { waiting, stillWaiting, remembered } = reading;
  const confirmed = await shapes.describe(remembered);
  return groupDemand(waiting, shapes, new Map([...stillWaiting, ...confirmed]));
}

async function trySnapshot(
  batch: BatchClient,
  queueArn: string,
  errors: unknown[],
): Promise<QueueSnapshot | undefined> {
  try {
    return await readQueueSnapshot(batch, queueArn);
  } catch (error) {
    errors.push(error);
    return undefined;
  }
}

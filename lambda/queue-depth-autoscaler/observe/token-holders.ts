import { type BatchClient, type JobStatus, ListJobsByConsumableResourceCommand } from '@aws-sdk/client-batch';
import { describeJobs, listJobsPage } from '../../batch/jobs';
import type { Token } from '../model';
import { ConsumableLedger } from '../plan/consumable-ledger';
import type { ConsumableReading } from './consumable-resources';
import { type KnownShapes, type QueuedJobs, shapedJobs } from './demand-groups';
import type { StillWaiting } from './job-shapes';

/** How many waiting jobs are asked whether they have been tried before: one call. */
const MOST_CANDIDATES = 100;
/** How many pages are read of the jobs of a resource that have one status. */
const MOST_PAGES = 10;

export interface WaitingReading {
  readonly waiting: readonly QueuedJobs[];
  /** Ids of arrays, under which their children wait. */
  readonly arrays: ReadonlySet<string>;
  readonly shapes: KnownShapes;
  readonly stillWaiting: StillWaiting;
  readonly consumables: ConsumableReading;
}

/**
 * Marks the waiting jobs that hold consumable resources since an attempt before. Whether Batch takes them back between
 * native attempts is not documented. Where it does not, such a job needs room and nothing more of the resource, which
 * nobody else can have meanwhile: without an instance for it all would wait for ever.
 *
 * What is in use beyond what the jobs use that start or run is held by jobs that wait. Costs calls only while jobs lack a
 * resource that is in use.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/resource-aware-scheduling.html
 */
export async function withHolders(
  batch: BatchClient,
  reading: WaitingReading,
  errors: unknown[],
): Promise<readonly QueuedJobs[]> {
  try {
    const holders = await readHolders(batch, reading);
    if (holders.size === 0) return reading.waiting;
    return reading.waiting.map(({ queueArn, jobs }) => ({
      queueArn,
      jobs: jobs.map((job) => ({ ...job, holding: holders.get(job.jobId) })),
    }));
  } catch (error) {
    errors.push(error);
    return reading.waiting;
  }
}

/** @returns how many of the jobs that wait under an id hold what they need */
async function readHolders(batch: BatchClient, reading: WaitingReading): Promise<ReadonlyMap<string, number>> {
  const candidates = lacking(reading);
  const held = await heldByWaitingJobs(batch, candidates, reading.consumables);
  const holds = ({ tokens }: Candidate): boolean =>
    tokens.every(({ resource, quantity }) => (held.get(resource) ?? 0) >= quantity);
  const names = await namesOf(batch, candidates.filter(holds), reading.arrays);
  const holders = new Map<string, number>();
  for (const { jobId, status, attempts } of await describeJobs(batch, [...names.keys()])) {
    const candidate = names.get(jobId!)!;
    if (status !== 'RUNNABLE' || !attempts?.length || !holds(candidate)) continue;
    for (const { resource, quantity } of candidate.tokens) held.set(resource, held.get(resource)! - quantity);
    holders.set(candidate.jobId, (holders.get(candidate.jobId) ?? 0) + 1);
  }
  return holders;
}

/** Jobs that wait under one id, of which some lack a consumable resource. */
interface Candidate {
  readonly jobId: string;
  readonly tokens: readonly Token[];
}

function lacking({ waiting, shapes, stillWaiting, consumables }: WaitingReading): Candidate[] {
  const consumable = new ConsumableLedger(consumables.availability);
  const candidates: Candidate[] = [];
  for (const { jobId, shape, count } of shapedJobs(waiting, shapes, stillWaiting)) {
    const tokens = shape.tokens.filter(({ quantity }) => quantity > 0);
    if (consumable.take(tokens, count) < count) candidates.push({ jobId, tokens });
  }
  return candidates;
}

async function heldByWaitingJobs(
  batch: BatchClient,
  candidates: readonly Candidate[],
  { inUse }: ConsumableReading,
): Promise<Map<string, number>> {
  const resources = new Set(candidates.flatMap(({ tokens }) => tokens.map(({ resource }) => resource)));
  const used = [...resources].filter((resource) => (inUse.get(resource) ?? 0) > 0);
  const held = used.map(async (resource): Promise<[string, number]> => {
    const [starting, running] = await Promise.all([
      inUseBy(batch, resource, 'STARTING'),
      inUseBy(batch, resource, 'RUNNING'),
    ]);
    return [resource, inUse.get(resource)! - starting - running];
  });
  return new Map(await Promise.all(held));
}

/** @returns infinity where there are too many to read: then no job is taken for a holder */
async function inUseBy(batch: BatchClient, consumableResource: string, status: JobStatus): Promise<number> {
  const filters = [{ name: 'JOB_STATUS', values: [status] }];
  let sum = 0;
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await batch.send(
      new ListJobsByConsumableResourceCommand({ consumableResource, filters, nextToken }),
    );
    for (const { quantity } of answer.jobs ?? []) sum += quantity ?? 0;
    nextToken = answer.nextToken;
    if (!nextToken) return sum;
  }
  return Infinity;
}

/** Ids under which jobs can be described, each with its candidate. */
async function namesOf(
  batch: BatchClient,
  candidates: readonly Candidate[],
  arrays: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Candidate>> {
  const names = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { jobId } = candidate;
    const jobs = arrays.has(jobId) ? (await listJobsPage(batch, { arrayJobId: jobId }, 'RUNNABLE')).jobs : [{ jobId }];
    for (const job of jobs) {
      if (names.size === MOST_CANDIDATES) return names;
      // A child may be listed by itself and with its parent.
      if (!names.has(job.jobId!)) names.set(job.jobId!, candidate);
    }
  }
  return names;
}

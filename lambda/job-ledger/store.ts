import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  type Attributes,
  jobAttributes,
  jobKey,
  type LedgerJob,
  numeric,
  type Place,
  placeAttributes,
  type StoredJob,
  storedJob,
} from './item';
import type { LedgerTable } from './table';

/** The jobs in the ledger's table. */
export class JobStore {
  constructor(private readonly table: LedgerTable) {}

  /** @returns by job id, without those that are not kept */
  async getMany(jobIds: readonly string[]): Promise<Map<string, StoredJob>> {
    const items = await this.table.getMany(jobIds.map(jobKey));
    const jobs = [...items.values()].map(storedJob);
    return new Map(jobs.map((stored) => [stored.job.jobId, stored]));
  }

  async get(jobId: string): Promise<StoredJob | undefined> {
    return (await this.getMany([jobId])).get(jobId);
  }

  /** The jobs of a partition of the index `open`, the oldest first, as they were a moment ago. */
  async *open(partition: string, until?: number): AsyncGenerator<StoredJob[]> {
    for await (const items of this.table.open(partition, until)) yield items.map(storedJob);
  }

  /**
   * Writes what is now known of a job.
   *
   * @returns the job as it is now; undefined when somebody has written since it was read
   */
  async keep(before: StoredJob | undefined, job: LedgerJob, place: Place): Promise<StoredJob | undefined> {
    const set = {
      ...changes(before && jobAttributes(before.job), jobAttributes(job)),
      ...changes(before && placeAttributes(before.place), placeAttributes(place)),
    };
    if (!(await this.write(job.jobId, before, set))) return undefined;
    const version = (before?.version ?? 0) + 1;
    const attributes = defined({ ...before?.attributes, ...set });
    return { job, place, stop: before?.stop, noted: before?.noted ?? [], version, attributes };
  }

  /** Moves an ended job to its next place in the index `open`, or out of it. Another write since it was read stops that. */
  async pass(stored: StoredJob, openIn: string | undefined): Promise<void> {
    const { openSince, expiresAt } = stored.place;
    await this.keep(stored, stored.job, { openIn, openSince: openIn === undefined ? undefined : openSince, expiresAt });
  }

  /** @returns false when somebody has written since it was read */
  change(stored: StoredJob, set: Readonly<Record<string, AttributeValue | undefined>>): Promise<boolean> {
    return this.write(stored.job.jobId, stored, set);
  }

  private write(
    jobId: string,
    before: StoredJob | undefined,
    set: Readonly<Record<string, AttributeValue | undefined>>,
  ): Promise<boolean> {
    const version = before?.version ?? 0;
    return this.table.update(jobKey(jobId), {
      set: { ...set, version: numeric(version + 1) },
      expect: { version: version === 0 ? undefined : numeric(version) },
    });
  }
}

/** Whether nothing of a job is new. */
export function sameJob(a: LedgerJob, b: LedgerJob): boolean {
  return Object.keys(changes(jobAttributes(a), jobAttributes(b))).length === 0;
}

function defined(attributes: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as Attributes;
}

function changes(before: Attributes = {}, after: Attributes): Record<string, AttributeValue | undefined> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries(
    [...names].filter((name) => !same(before[name], after[name])).map((name) => [name, after[name]]),
  );
}

/** Members of maps come in any order. */
function same(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: AttributeValue | undefined): string {
  if (value?.M === undefined) return JSON.stringify(value) ?? '';
  const members = Object.entries(value.M).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(members.map(([key, inner]) => [key, canonical(inner)]));
}

import type { BatchClient, JobDetail } from '@aws-sdk/client-batch';
import type { Resources } from '../../../lib/capacity/config';
import { jobResources } from '../../batch/job-resources';
import { arrayParentId, describeJobs } from '../../batch/jobs';
import type { Token } from '../model';

/** What a job asks for; it never changes once the job is submitted. */
export interface JobShape {
  readonly resources: Resources;
  readonly tokens: readonly Token[];
}

/** `elsewhere`: the job cannot run on an unmanaged environment. */
type Known = JobShape | 'elsewhere';

/** How many jobs wait under an id, as they themselves say: 1 or 0, or the number of an array's children. */
export type StillWaiting = ReadonlyMap<string, number>;

const MOST_JOBS = 200_000;

/** Remembers shapes, so that a job is described once and not at every tick it waits. */
export class JobShapes {
  private readonly byJob = new Map<string, Known>();
  /** Jobs come in few shapes: each is kept once. */
  private readonly interned = new Map<string, Known>();

  constructor(private readonly batch: BatchClient) {}

  /** Describes those of the jobs that are not known yet. @returns how many of each still wait; lists may lag */
  async learn(jobIds: readonly string[]): Promise<StillWaiting> {
    if (this.byJob.size > MOST_JOBS) {
      this.byJob.clear();
      this.interned.clear();
    }
    return this.describe(jobIds.filter((jobId) => !this.byJob.has(arrayParentId(jobId))));
  }

  /** Describes jobs whether they are known or not. @returns how many of each still wait */
  async describe(jobIds: readonly string[]): Promise<StillWaiting> {
    const ids = new Set(jobIds.map(arrayParentId));
    const waiting = new Map([...ids].map((jobId) => [jobId, 0]));
    for (const detail of await describeJobs(this.batch, [...ids])) {
      const jobId = detail.jobId!;
      // An array parent is PENDING while its children wait.
      const children = detail.arrayProperties?.size === undefined ? undefined : detail.arrayProperties.statusSummary;
      const count = children ? (children['RUNNABLE'] ?? 0) : Number(detail.status === 'RUNNABLE');
      waiting.set(jobId, count);
      if (count > 0) this.remember(jobId, shapeOf(detail));
    }
    return waiting;
  }

  /** By the job's id, or that of one of an array's children. */
  get(jobId: string): JobShape | undefined {
    const known = this.byJob.get(arrayParentId(jobId));
    return known === 'elsewhere' ? undefined : known;
  }

  private remember(jobId: string, shape: Known): void {
    const key = JSON.stringify(shape);
    const kept = this.interned.get(key) ?? shape;
    this.interned.set(key, kept);
    this.byJob.set(jobId, kept);
  }
}

/** @returns `elsewhere` for a job that is not one task on one instance */
export function shapeOf(detail: JobDetail): Known {
  const resources = jobResources(detail);
  if (!resources) return 'elsewhere';
  const list = detail.consumableResourceProperties?.consumableResourceList ?? [];
  const tokens = list.map(({ consumableResource, quantity }) => ({
    resource: consumableResource ?? '',
    quantity: quantity ?? 0,
  }));
  return { resources, tokens };
}

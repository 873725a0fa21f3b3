import type { BatchClient, JobDetail } from '@aws-sdk/client-batch';
import type { Resources } from '../../../lib/capacity/config';
import { jobResources } from '../../batch/job-resources';
import { arrayParentId, describeJobs } from '../../batch/jobs';

/** What a job holds while it runs, of a consumable resource. */
export interface Token {
  readonly resource: string;
  readonly quantity: number;
}

/** What a job asks for; it never changes once the job is submitted. */
export interface JobShape {
  readonly resources: Resources;
  readonly tokens: readonly Token[];
}

/** `elsewhere`: the job cannot run on an unmanaged environment. */
type Known = JobShape | 'elsewhere';

const MOST_JOBS = 200_000;

/** Remembers shapes, so that a job is described once and not at every tick it waits. */
export class JobShapes {
  private readonly byJob = new Map<string, Known>();
  /** Jobs come in few shapes: each is kept once. */
  private readonly interned = new Map<string, Known>();

  constructor(private readonly batch: BatchClient) {}

  /**
   * Describes those of the jobs that are not known yet.
   * @returns those that turn out not to wait any more; lists may lag
   */
  async learn(jobIds: Iterable<string>): Promise<ReadonlySet<string>> {
    if (this.byJob.size > MOST_JOBS) {
      this.byJob.clear();
      this.interned.clear();
    }
    return this.describe([...jobIds].filter((jobId) => !this.byJob.has(arrayParentId(jobId))));
  }

  /** Describes jobs whether they are known or not. @returns those that do not wait any more */
  async describe(jobIds: readonly string[]): Promise<ReadonlySet<string>> {
    const details = await describeJobs(this.batch, [...new Set(jobIds.map(arrayParentId))]);
    const waiting = new Set<string>();
    for (const detail of details) {
      // An array parent is PENDING while its children wait.
      if (detail.status !== 'RUNNABLE' && detail.arrayProperties?.size === undefined) continue;
      this.remember(detail.jobId!, shapeOf(detail));
      waiting.add(detail.jobId!);
    }
    return new Set(jobIds.filter((jobId) => !waiting.has(arrayParentId(jobId))));
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

function shapeOf(detail: JobDetail): Known {
  const resources = jobResources(detail);
  if (!resources) return 'elsewhere';
  const list = detail.consumableResourceProperties?.consumableResourceList ?? [];
  const tokens = list.map(({ consumableResource, quantity }) => ({
    resource: consumableResource ?? '',
    quantity: quantity ?? 0,
  }));
  return { resources, tokens };
}

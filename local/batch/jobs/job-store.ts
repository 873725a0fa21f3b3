import type { JobStatus } from '@aws-sdk/client-batch';
import type BTree from 'sorted-btree';
import type { World } from '../../world';
import type { Job, JobQueue } from '../model';
import { numberTree } from '../scheduling/fifo-order';
import { STATUSES } from './job';

/** Jobs that have ended are kept so long. */
const KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000;

/** The jobs of one queue as lists show them, by the order of submission. */
export interface QueueListing {
  readonly all: BTree<number, Job>;
  readonly byStatus: Readonly<Record<JobStatus, BTree<number, Job>>>;
}

/** All jobs there are, found by id and listed by queue and status. */
export class JobStore {
  /** Without children of arrays: they are found through their parents. */
  private readonly byId = new Map<string, Job>();
  private readonly listings = new Map<JobQueue, QueueListing>();
  /** Ended jobs in the order of their ends. */
  private readonly ended = new Set<Job>();

  constructor(private readonly world: World) {}

  add(job: Job): void {
    if (!job.parent) this.byId.set(job.id, job);
    if (this.isListed(job)) this.whenListed(() => this.list(job));
  }

  /** Brings the lists up to a change of status. */
  moved(job: Job, from: JobStatus, to: JobStatus): void {
    this.whenListed(() => {
      job.listedStatus = to;
      if (!this.isListed(job)) return;
      const { byStatus } = this.listingOf(job.spec.queue);
      byStatus[from].delete(job.order);
      byStatus[to].set(job.order, job);
    });
    if (job.stoppedAt !== undefined && !job.parent) {
      this.ended.add(job);
      this.forget();
    }
  }

  /** @param id of a job, or of a child as `<parent>:<index>` */
  find(id: string): Job | undefined {
    this.forget();
    const [parentId, index] = id.split(':') as [string, string?];
    const job = this.byId.get(parentId);
    return index === undefined ? job : job?.array?.children[Number(index)];
  }

  listingOf(queue: JobQueue): QueueListing {
    let listing = this.listings.get(queue);
    if (!listing) {
      const byStatus = Object.fromEntries(STATUSES.map((status) => [status, numberTree()]));
      listing = { all: numberTree(), byStatus: byStatus as unknown as QueueListing['byStatus'] };
      this.listings.set(queue, listing);
    }
    return listing;
  }

  /** All of them, in the order of submission, without children of arrays. */
  all(): Iterable<Job> {
    this.forget();
    return this.byId.values();
  }

  private isListed(job: Job): boolean {
    return !job.parent || this.world.settings.listReturnsArrayChildren;
  }

  private list(job: Job): void {
    const { all, byStatus } = this.listingOf(job.spec.queue);
    all.set(job.order, job);
    byStatus[job.listedStatus].set(job.order, job);
  }

  private whenListed(change: () => void): void {
    const { listLagSeconds } = this.world.settings;
    if (listLagSeconds === 0) change();
    else this.world.clock.after(listLagSeconds * 1000, change);
  }

  private forget(): void {
    const endedBefore = this.world.clock.now() - KEPT_MILLISECONDS;
    for (const job of this.ended) {
      if (job.stoppedAt! > endedBefore) break;
      this.ended.delete(job);
      this.byId.delete(job.id);
      const { all, byStatus } = this.listingOf(job.spec.queue);
      for (const listed of [job, ...(job.array?.children ?? [])]) {
        all.delete(listed.order);
        byStatus[listed.listedStatus].delete(listed.order);
      }
    }
  }
}

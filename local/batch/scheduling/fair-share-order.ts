import type { DispatchOrder, Job, JobGroup, Offer } from '../model';
import type { FairShareUsage } from './fair-share-usage';
import { FifoOrder } from './fifo-order';

/** The share that has had least goes next; within a share the highest scheduling priority, then the oldest job. */
export class FairShareOrder implements DispatchOrder {
  private readonly shares = new Map<string, Share>();

  constructor(private readonly usage: FairShareUsage) {}

  get size(): number {
    let size = 0;
    for (const share of this.shares.values()) size += share.size();
    return size;
  }

  add(job: Job): void {
    const id = job.spec.shareIdentifier!;
    let share = this.shares.get(id);
    if (!share) {
      share = new Share(id);
      this.shares.set(id, share);
    }
    share.add(job);
  }

  remove(job: Job): void {
    const share = this.shares.get(job.spec.shareIdentifier!);
    share?.remove(job);
    if (share?.size() === 0) this.shares.delete(share.id);
  }

  dispatch(offer: (job: Job) => Offer): void {
    const guarded = (job: Job): Offer => (this.usage.leavesReserve(job.spec.shape.vcpus) ? offer(job) : 'refused');
    const waiting = new Set(this.shares.values());
    for (let share = this.next(waiting); share; share = this.next(waiting)) {
      const answer = share.dispatchOne(guarded);
      if (answer === 'blocked') return;
      if (answer === 'refused' || share.size() === 0) waiting.delete(share);
    }
  }

  front(limit: number): Job[] {
    const queues = new Map([...this.shares.values()].map((share) => [share, share.front(limit)]));
    const more = new Map<Share, number>();
    const front: Job[] = [];
    while (front.length < limit) {
      const share = this.next(
        [...queues].filter(([, jobs]) => jobs.length > 0).map(([waiting]) => waiting),
        more,
      );
      if (!share) break;
      const job = queues.get(share)!.shift()!;
      front.push(job);
      more.set(share, (more.get(share) ?? 0) + job.spec.shape.vcpus);
    }
    return front;
  }

  *groups(): Iterable<JobGroup> {
    for (const share of this.shares.values()) yield* share.groups();
  }

  private next(candidates: Iterable<Share>, more?: ReadonlyMap<Share, number>): Share | undefined {
    let best: { share: Share; score: number } | undefined;
    for (const share of candidates) {
      const score = this.usage.score(share.id, more?.get(share));
      const better = !best || score < best.score || (score === best.score && share.first() < best.share.first());
      if (better) best = { share, score };
    }
    return best?.share;
  }
}

/** RUNNABLE jobs of one share identifier. */
class Share {
  /** The highest scheduling priority first. */
  private priorities: { priority: number; order: FifoOrder }[] = [];

  constructor(readonly id: string) {}

  size(): number {
    return this.priorities.reduce((sum, { order }) => sum + order.size, 0);
  }

  /** The order of the job that is next. */
  first(): number {
    return this.priorities[0]?.order.first() ?? Infinity;
  }

  add(job: Job): void {
    const priority = job.spec.schedulingPriority;
    let entry = this.priorities.find((known) => known.priority === priority);
    if (!entry) {
      entry = { priority, order: new FifoOrder() };
      this.priorities = [...this.priorities, entry].sort((a, b) => b.priority - a.priority);
    }
    entry.order.add(job);
  }

  remove(job: Job): void {
    const entry = this.priorities.find(({ priority }) => priority === job.spec.schedulingPriority);
    entry?.order.remove(job);
    if (entry?.order.size === 0) this.priorities = this.priorities.filter((other) => other !== entry);
  }

  dispatchOne(offer: (job: Job) => Offer): Offer {
    for (const { order } of this.priorities) {
      const answer = order.dispatchOne(offer);
      if (answer !== 'refused') return answer;
    }
    return 'refused';
  }

  front(limit: number): Job[] {
    return this.priorities.flatMap(({ order }) => order.front(limit)).slice(0, limit);
  }

  *groups(): Iterable<JobGroup> {
    for (const { order } of this.priorities) yield* order.groups();
  }
}

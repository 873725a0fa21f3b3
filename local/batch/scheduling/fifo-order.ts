import BTree from 'sorted-btree';
import type { DispatchOrder, Job, JobGroup, Offer } from '../model';

/** First in, first out, by the time of submission. */
export class FifoOrder implements DispatchOrder {
  private readonly byKey = new Map<string, JobGroup>();
  /** By the order of each group's first job. */
  private readonly byFirst = numberTree<JobGroup>();
  private jobs = 0;

  get size(): number {
    return this.jobs;
  }

  add(job: Job): void {
    const key = groupKeyOf(job);
    let group = this.byKey.get(key);
    if (!group) {
      group = { shape: job.spec.shape, jobs: numberTree() };
      this.byKey.set(key, group);
    }
    const first = group.jobs.minKey();
    group.jobs.set(job.order, job);
    this.jobs++;
    this.moved(group, first);
  }

  remove(job: Job): void {
    const key = groupKeyOf(job);
    const group = this.byKey.get(key);
    const first = group?.jobs.minKey();
    if (!group?.jobs.delete(job.order)) return;
    this.jobs--;
    this.moved(group, first);
    if (group.jobs.isEmpty) this.byKey.delete(key);
  }

  dispatch(offer: (job: Job) => Offer): void {
    this.offerFrom(offer, false);
  }

  /** Offers as `dispatch` does, but ends with the first job that starts. */
  dispatchOne(offer: (job: Job) => Offer): Offer {
    return this.offerFrom(offer, true);
  }

  /** The first job's order; undefined when there is none. */
  first(): number | undefined {
    return this.byFirst.minKey();
  }

  front(limit: number): Job[] {
    // The first `limit` jobs are in the first `limit` groups.
    const jobs: Job[] = [];
    for (const group of take(this.byFirst.values(), limit)) jobs.push(...take(group.jobs.values(), limit));
    return jobs.sort((a, b) => a.order - b.order).slice(0, limit);
  }

  groups(): Iterable<JobGroup> {
    return this.byFirst.values();
  }

  private offerFrom(offer: (job: Job) => Offer, one: boolean): Offer {
    // A group whose first job has started comes again at the order of its next; one that was refused does not.
    for (let next = this.byFirst.getPairOrNextHigher(0); next; next = this.byFirst.nextHigherPair(next[0])) {
      const [order, group] = next;
      const answer = offer(group.jobs.get(order)!);
      if (answer === 'blocked' || (one && answer === 'started')) return answer;
    }
    return 'refused';
  }

  private moved(group: JobGroup, former: number | undefined): void {
    const first = group.jobs.minKey();
    if (first === former) return;
    if (former !== undefined) this.byFirst.delete(former);
    if (first !== undefined) this.byFirst.set(first, group);
  }
}

/** One that still holds its consumable resources from an attempt before does not wait for what others wait for. */
function groupKeyOf({ spec, holdsClaims }: Job): string {
  return holdsClaims ? `${spec.groupKey} held` : spec.groupKey;
}

export function numberTree<V>(): BTree<number, V> {
  return new BTree<number, V>(undefined, (a, b) => a - b);
}

function* take<T>(values: Iterable<T>, limit: number): Iterable<T> {
  let left = limit;
  if (left <= 0) return;
  for (const value of values) {
    yield value;
    if (--left === 0) return;
  }
}

import type { Job } from '../jobs/job';
import type { JobGroup } from './fifo-order';

/** What came of offering a job: it started; it has no room; or nothing of its queue may start before it. */
export type Offer = 'started' | 'refused' | 'blocked';

/** The RUNNABLE jobs of a queue, in the order in which it dispatches them. */
export interface DispatchOrder {
  readonly size: number;
  add(job: Job): void;
  remove(job: Job): void;
  /** Offers jobs in their order until none of those that are left can start. A job that starts is removed meanwhile. */
  dispatch(offer: (job: Job) => Offer): void;
  /** The first jobs, as they would be dispatched had they room. */
  front(limit: number): Job[];
  /** Jobs that wait for the same, in the order of their first. */
  groups(): Iterable<JobGroup>;
}

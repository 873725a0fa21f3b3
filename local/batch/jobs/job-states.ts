import type { JobStatus } from '@aws-sdk/client-batch';
import type { World } from '../../world';
import type { Job } from '../model';
import { hasEnded, isPlaced } from './job';
import type { JobEvents } from './job-events';
import type { JobStore } from './job-store';

/** @see https://docs.aws.amazon.com/batch/latest/userguide/job_states.html */
const NEXT: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  SUBMITTED: ['PENDING', 'RUNNABLE', 'FAILED'],
  // Parents of arrays are PENDING while their children run.
  PENDING: ['RUNNABLE', 'SUCCEEDED', 'FAILED'],
  RUNNABLE: ['STARTING', 'FAILED'],
  STARTING: ['RUNNING', 'RUNNABLE', 'FAILED'],
  RUNNING: ['RUNNABLE', 'SUCCEEDED', 'FAILED'],
  SUCCEEDED: [],
  FAILED: [],
};

/** What follows from a job's change of state. */
export interface JobStateListener {
  becameRunnable(job: Job): void;
  /** It was stopped while it was RUNNABLE. */
  gaveWay(job: Job): void;
  ended(job: Job): void;
}

/** The one place where a job's status changes, with all that is kept by status. */
export class JobStates {
  constructor(
    private readonly world: World,
    private readonly store: JobStore,
    private readonly events: JobEvents,
    private readonly listener: JobStateListener,
  ) {}

  move(job: Job, to: JobStatus, statusReason?: string): void {
    const from = job.status;
    if (!NEXT[from].includes(to)) throw new Error(`Job ${job.id} cannot go from ${from} to ${to}`);
    const now = this.world.clock.now();
    const wasPlaced = isPlaced(job);
    job.status = to;
    job.statusReason = statusReason;
    if (hasEnded(job)) job.stoppedAt = now;
    if (from === 'RUNNABLE' || to === 'RUNNABLE') this.movedInQueue(job, now);
    if (isPlaced(job) !== wasPlaced) countPlaced(job, wasPlaced ? -1 : 1);
    if (job.parent?.array) {
      const { array } = job.parent;
      array.statusSummary[from]--;
      array.statusSummary[to]++;
      array.lastUpdatedAt = now;
    }
    this.store.moved(job, from, to);
    this.events.stateChanged(job);
    if (to === 'RUNNABLE') this.listener.becameRunnable(job);
    if (hasEnded(job) && from === 'RUNNABLE') this.listener.gaveWay(job);
    if (hasEnded(job)) this.listener.ended(job);
  }

  private movedInQueue(job: Job, now: number): void {
    const { runnable, positions } = job.spec.queue;
    if (job.status === 'RUNNABLE') {
      job.runnableAt = now;
      runnable.add(job);
    } else {
      runnable.remove(job);
    }
    positions.changed(job.order, now);
  }
}

function countPlaced({ spec: { queue, shape, shareIdentifier } }: Job, sign: 1 | -1): void {
  queue.usedVcpus += sign * shape.vcpus;
  if (sign === 1) queue.shares?.started(shareIdentifier!, shape.vcpus);
  else queue.shares?.ended(shareIdentifier!, shape.vcpus);
}

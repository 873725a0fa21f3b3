import type {
  CancelJobRequest,
  CancelJobsRequest,
  CancelJobsResponse,
  TerminateJobRequest,
  TerminateJobsRequest,
  TerminateJobsResponse,
} from '@aws-sdk/client-batch';
import type { Settings } from '../../settings';
import type { Attempts } from '../execution/attempts';
import type { Job, JobQueue } from '../model';
import { check, checkAtMost } from '../refusals';
import { hasEnded, isPlaced } from './job';
import type { JobStates } from './job-states';
import type { JobStore } from './job-store';

const MOST_JOBS = 50;
const LONGEST_REASON = 1024;
const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}([:#]\d+)?$/;

/** Ending jobs on request: cancel what waits, terminate whatever it does. */
export class JobStops {
  constructor(
    private readonly store: JobStore,
    private readonly states: JobStates,
    private readonly attempts: Attempts,
    private readonly settings: Pick<Settings, 'stopMarksEndedJobs'>,
  ) {}

  /** Succeeds, and does nothing, when the job is STARTING or farther, or is not there. */
  cancelJob({ jobId, reason }: CancelJobRequest): void {
    checkReason(reason!);
    check(JOB_ID.test(jobId!), `Job id ${jobId} is not valid`);
    const job = this.store.find(jobId!);
    if (job) this.cancel(job, reason!);
  }

  terminateJob({ jobId, reason }: TerminateJobRequest): void {
    checkReason(reason!);
    check(JOB_ID.test(jobId!), `Job id ${jobId} is not valid`);
    const job = this.store.find(jobId!);
    if (job) this.terminate(job, reason!);
  }

  cancelJobs({ jobs, reason }: CancelJobsRequest): CancelJobsResponse {
    return this.each(jobs!, reason!, (job) => this.cancel(job, reason!));
  }

  terminateJobs({ jobs, reason }: TerminateJobsRequest): TerminateJobsResponse {
    return this.each(jobs!, reason!, (job) => this.terminate(job, reason!));
  }

  terminateAllOf(queue: JobQueue, reason: string): void {
    for (const job of this.store.all()) if (job.spec.queue === queue) this.terminate(job, reason);
  }

  cancel(job: Job, reason: string): void {
    if (hasEnded(job)) return this.askedTooLate(job, 'cancelReason', reason);
    if (isPlaced(job)) return;
    job.cancelReason = reason;
    if (job.array && job.array.children.length > 0) {
      for (const child of job.array.children) this.cancel(child, reason);
    } else {
      this.endUnplaced(job, reason);
    }
  }

  private terminate(job: Job, reason: string): void {
    if (hasEnded(job)) return this.askedTooLate(job, 'terminateReason', reason);
    job.terminateReason = reason;
    if (isPlaced(job)) {
      this.attempts.stop(job);
    } else if (job.array && job.array.children.length > 0) {
      for (const child of job.array.children) this.terminate(child, reason);
    } else {
      this.endUnplaced(job, reason);
    }
  }

  private askedTooLate(job: Job, member: 'cancelReason' | 'terminateReason', reason: string): void {
    if (this.settings.stopMarksEndedJobs) job[member] ??= reason;
  }

  private endUnplaced(job: Job, reason: string): void {
    // What is PENDING ends when all its dependencies have.
    if (job.status !== 'PENDING') this.states.move(job, 'FAILED', reason);
  }

  private each(ids: readonly string[], reason: string, stop: (job: Job) => void): TerminateJobsResponse {
    checkAtMost(ids, MOST_JOBS, 'jobs');
    checkReason(reason);
    const malformed = ids.filter((id) => !JOB_ID.test(id));
    const successful = ids.filter((id) => JOB_ID.test(id));
    for (const id of successful) {
      const job = this.store.find(id);
      if (job) stop(job);
    }
    const errors = malformed.map((job) => ({
      job,
      code: 'ValidationException',
      message: `Job id ${job} is not valid`,
    }));
    return { successful, errors };
  }
}

function checkReason(reason: string): void {
  check(reason.length <= LONGEST_REASON, `reason is longer than ${LONGEST_REASON} characters`);
}

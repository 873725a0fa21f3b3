/** Lives of jobs as AWS Batch would show them, one state after the other. */
import type { JobDetail } from '@aws-sdk/client-batch';
import fc from 'fast-check';

export const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/queue';
export const START = Date.UTC(2026, 0, 1);

/** The job in one state, and when it came there. */
export interface Moment {
  readonly at: number;
  readonly detail: JobDetail;
}

const STATES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const;

export interface LifePlan {
  /** How long the job is in each state of each attempt, in seconds; it need not come to its end. */
  readonly steps: readonly number[];
  readonly attempts: number;
  readonly succeeds: boolean;
  readonly pending: boolean;
}

export const lifePlans: fc.Arbitrary<LifePlan> = fc.record({
  steps: fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 14 }),
  attempts: fc.integer({ min: 1, max: 3 }),
  succeeds: fc.boolean(),
  pending: fc.boolean(),
});

/** Every state that a job passes through, in order. */
export function lifeOf(jobId: string, { steps, attempts, succeeds, pending }: LifePlan): Moment[] {
  const durations = [...steps];
  const moments: Moment[] = [];
  let now = START;
  const ended: NonNullable<JobDetail['attempts']> = [];
  let startedAt: number | undefined;
  const enter = (status: JobDetail['status'], more: Partial<JobDetail> = {}): boolean => {
    moments.push({
      at: now,
      detail: {
        jobId,
        jobName: 'job',
        jobQueue: QUEUE,
        jobDefinition: 'arn:aws:batch:us-east-1:123456789012:job-definition/job:1',
        status,
        createdAt: START,
        startedAt,
        attempts: [...ended],
        tags: { 'batch-foreman:run': '1' },
        ...more,
      },
    });
    const seconds = durations.shift();
    now += (seconds ?? 0) * 1000;
    return seconds !== undefined;
  };
  for (const status of STATES.slice(0, pending ? 2 : 1)) if (!enter(status)) return moments;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    for (const status of STATES.slice(2)) {
      if (status === 'RUNNING') startedAt = now;
      if (!enter(status)) return moments;
    }
    ended.push({ startedAt, stoppedAt: now, container: { exitCode: 1 }, statusReason: 'exited' });
  }
  enter(succeeds ? 'SUCCEEDED' : 'FAILED', { stoppedAt: now, statusReason: 'Essential container in task exited' });
  return moments;
}

/** The event of such a moment as EventBridge would put it into the queue. There is none for SUBMITTED. */
export function eventOf({ at, detail }: Moment): string {
  return JSON.stringify({ source: 'aws.batch', time: new Date(at).toISOString(), detail });
}

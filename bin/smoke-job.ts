import type { BatchClient, JobDetail } from '@aws-sdk/client-batch';
import { DescribeJobsCommand, SubmitJobCommand, TerminateJobCommand } from '@aws-sdk/client-batch';

export interface SmokeJob {
  readonly jobQueue: string;
  readonly jobDefinition: string;
  /** How long the job may take from its submission to its end. */
  readonly timeoutSeconds: number;
}

export interface SmokeClock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

const LOOK_EVERY = 15_000;
const ENDED = ['SUCCEEDED', 'FAILED'];

/**
 * Runs one job on what was deployed, from zero instances if there are none.
 *
 * @returns the job that succeeded
 * @throws Error that says why it has not; a job that has not ended in time is terminated, so that nothing is left
 */
export async function runSmokeJob(batch: BatchClient, clock: SmokeClock, smoke: SmokeJob): Promise<JobDetail> {
  const { jobQueue, jobDefinition, timeoutSeconds } = smoke;
  const deadline = clock.now() + timeoutSeconds * 1000;
  const { jobId } = await batch.send(new SubmitJobCommand({ jobName: 'smoke', jobQueue, jobDefinition }));
  let job = await describe(batch, jobId!);
  while (!ENDED.includes(job.status!)) {
    if (clock.now() >= deadline) {
      const reason = `The smoke job has not ended within ${timeoutSeconds} s`;
      await batch.send(new TerminateJobCommand({ jobId, reason }));
      throw new Error(`${reason}: ${job.status} ${job.statusReason ?? ''}`.trimEnd());
    }
    await clock.sleep(LOOK_EVERY);
    job = await describe(batch, jobId!);
  }
  if (job.status === 'SUCCEEDED') return job;
  throw new Error(`The smoke job failed: ${job.statusReason ?? 'no reason is given'}`);
}

async function describe(batch: BatchClient, jobId: string): Promise<JobDetail> {
  const { jobs } = await batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
  // A job that was only just submitted may not be there yet.
  return jobs?.[0] ?? ({ jobId, status: 'SUBMITTED' } as JobDetail);
}

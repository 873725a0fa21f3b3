import {
  type BatchClient,
  type JobDetail,
  type JobSummary,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch';
import { describeJobs } from './jobs';

/** What came of a call of SubmitJob, which has no client token. */
export type Submitted =
  | { readonly kind: 'submitted'; readonly jobId: string }
  /** Nothing was done: it may be tried again. */
  | { readonly kind: 'throttled' }
  /** Nothing was done, and nothing would be the next time. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Nobody knows whether there is a job now. */
  | { readonly kind: 'unknown'; readonly error: unknown };

const THROTTLED = /Throttl|TooManyRequests|RequestLimitExceeded/;

/** @param batch a client that does not repeat calls by itself: one that was answered by an error may have been carried out */
export async function submitOnce(batch: BatchClient, request: SubmitJobCommandInput): Promise<Submitted> {
  try {
    const { jobId } = await batch.send(new SubmitJobCommand(request));
    return { kind: 'submitted', jobId: jobId! };
  } catch (error) {
    const {
      name = '',
      message = '',
      $metadata,
      $fault,
    } = error as Error & {
      readonly $metadata?: { readonly httpStatusCode?: number };
      readonly $fault?: 'client' | 'server';
    };
    if (THROTTLED.test(name) || $metadata?.httpStatusCode === 429) return { kind: 'throttled' };
    if ($fault === 'client') return { kind: 'refused', message: `${name}: ${message}` };
    return { kind: 'unknown', error };
  }
}

/** How the job of a call whose outcome is not known is told from others. */
export interface Trace {
  readonly jobQueue: string;
  readonly jobName: string;
  /** When it was written down that it was about to be submitted. */
  readonly since: number;
  /** Of the job itself. */
  readonly tags: Readonly<Record<string, string>>;
}

/** By how much the clocks of AWS Batch and of the function may differ. */
const CLOCK_SKEW = 120_000;

/**
 * Looks for a job that was perhaps submitted. Lists may be stale: not found is only to be believed when the call is longer
 * ago than they lag.
 *
 * @returns the first, if there is one
 */
export async function findSubmitted(batch: BatchClient, trace: Trace): Promise<JobDetail | undefined> {
  const candidates = await jobsNamed(batch, trace);
  const details = await describeJobs(
    batch,
    candidates.map(({ jobId }) => jobId!),
  );
  const wanted = Object.entries(trace.tags);
  return details
    .filter(({ tags = {} }) => wanted.every(([name, value]) => tags[name] === value))
    .sort((a, b) => a.createdAt! - b.createdAt!)[0];
}

/** By a name, jobs are listed whatever their state, the newest first. */
async function jobsNamed(batch: BatchClient, { jobQueue, jobName, since }: Trace): Promise<JobSummary[]> {
  const filters = [{ name: 'JOB_NAME', values: [jobName] }];
  const found: JobSummary[] = [];
  let nextToken: string | undefined;
  do {
    const page = await batch.send(new ListJobsCommand({ jobQueue, filters, nextToken }));
    const jobs = page.jobSummaryList ?? [];
    found.push(...jobs.filter((job) => job.createdAt! >= since - CLOCK_SKEW && job.jobName === jobName));
    nextToken = jobs.some((job) => job.createdAt! < since - CLOCK_SKEW) ? undefined : page.nextToken;
  } while (nextToken);
  return found;
}

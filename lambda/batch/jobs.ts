import {
  type BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  type JobStatus,
  type JobSummary,
  ListJobsCommand,
} from '@aws-sdk/client-batch';
import { chunks } from '../runtime/chunks';

/** The most that ListJobs gives a page when it lists by status. */
export const JOBS_PER_PAGE = 1000;
const JOBS_PER_DESCRIBE = 100;

/** Whose jobs: a queue's, which leaves out array children, or an array's children. */
export type JobSource = { readonly jobQueue: string } | { readonly arrayJobId: string };

export interface JobPage {
  readonly jobs: readonly JobSummary[];
  readonly nextToken?: string;
}

export async function listJobsPage(
  batch: BatchClient,
  source: JobSource,
  jobStatus: JobStatus,
  nextToken?: string,
): Promise<JobPage> {
  const page = await batch.send(new ListJobsCommand({ ...source, jobStatus, maxResults: JOBS_PER_PAGE, nextToken }));
  return { jobs: page.jobSummaryList ?? [], nextToken: page.nextToken };
}

export async function listAllJobs(batch: BatchClient, source: JobSource, jobStatus: JobStatus): Promise<JobSummary[]> {
  const jobs: JobSummary[] = [];
  let nextToken: string | undefined;
  do {
    const page = await listJobsPage(batch, source, jobStatus, nextToken);
    jobs.push(...page.jobs);
    nextToken = page.nextToken;
  } while (nextToken);
  return jobs;
}

/** Pages of the jobs of a queue that were submitted after a time, in any state, the newest first; without array children. */
export async function* listJobsSince(
  batch: BatchClient,
  jobQueue: string,
  since: number,
): AsyncGenerator<readonly JobSummary[]> {
  const filters = [{ name: 'AFTER_CREATED_AT', values: [String(since)] }];
  let nextToken: string | undefined;
  do {
    const page = await batch.send(new ListJobsCommand({ jobQueue, filters, nextToken }));
    yield page.jobSummaryList ?? [];
    nextToken = page.nextToken;
  } while (nextToken);
}

/** Details of the jobs that still exist, in no particular order. */
export async function describeJobs(batch: BatchClient, jobIds: readonly string[]): Promise<JobDetail[]> {
  const answers = await Promise.all(
    chunks(jobIds, JOBS_PER_DESCRIBE).map((jobs) => batch.send(new DescribeJobsCommand({ jobs }))),
  );
  return answers.flatMap((answer) => answer.jobs ?? []);
}

/** A child of an array job is `parent:index`. */
export function arrayParentId(jobId: string): string {
  const colon = jobId.indexOf(':');
  return colon < 0 ? jobId : jobId.slice(0, colon);
}

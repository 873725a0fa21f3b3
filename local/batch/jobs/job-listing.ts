import type {
  JobStatus,
  KeyValuesPair,
  ListJobsByConsumableResourceRequest,
  ListJobsByConsumableResourceResponse,
  ListJobsRequest,
  ListJobsResponse,
} from '@aws-sdk/client-batch';
import type BTree from 'sorted-btree';
import type { World } from '../../world';
import type { ConsumableResource } from '../consumables/consumable-resource';
import type { Job, JobQueue } from '../model';
import { orderIn, pageOf, tokenAfter } from '../pages';
import { check, checkAtMost, refuse } from '../refusals';
import type { Registry } from '../registry';
import { STATUSES } from './job';
import { arnOf, jobDetail, jobSummary } from './job-detail';
import type { JobStore } from './job-store';
import { namePattern } from './name-pattern';

const PAGE = 1000;
const FILTERED_PAGE = 100;

/** `ListJobs`, `ListJobsByConsumableResource`, and what `DescribeJobs` answers. */
export class JobListing {
  constructor(
    private readonly world: World,
    private readonly store: JobStore,
    private readonly queues: Registry<JobQueue>,
    private readonly consumables: Registry<ConsumableResource>,
  ) {}

  describe({ jobs }: { jobs: string[] | undefined }) {
    checkAtMost(jobs, 100, 'jobs');
    const found = [...new Set(jobs)].flatMap((id) => this.store.find(id) ?? []);
    return { jobs: found.map((job) => jobDetail(this.world, job)) };
  }

  list(input: ListJobsRequest): ListJobsResponse {
    const { jobQueue, arrayJobId, multiNodeJobId, jobStatus = 'RUNNING', filters, nextToken } = input;
    const places = [jobQueue, arrayJobId, multiNodeJobId].filter((place) => place !== undefined);
    check(places.length === 1, 'Exactly one of jobQueue, arrayJobId and multiNodeJobId must be specified');
    check(STATUSES.includes(jobStatus), `Unknown jobStatus ${jobStatus}`);
    if (multiNodeJobId !== undefined) refuse('The local AWS runs no multi-node parallel jobs');
    checkAtMost(filters, 1, 'filters');
    const size = Math.min(input.maxResults ?? Infinity, filters?.length ? FILTERED_PAGE : PAGE);
    const after = nextToken === undefined ? undefined : orderIn(nextToken);
    const jobs: Job[] = [];
    for (const job of this.candidates(input, jobStatus, after)) {
      if (jobs.length === size) {
        return { jobSummaryList: this.summaries(jobs), nextToken: tokenAfter(jobs.at(-1)!.order) };
      }
      jobs.push(job);
    }
    return { jobSummaryList: this.summaries(jobs) };
  }

  listByConsumableResource(input: ListJobsByConsumableResourceRequest): ListJobsByConsumableResourceResponse {
    const resource = this.consumables.require(input.consumableResource!);
    const selects = (input.filters ?? []).map(consumableFilter);
    const claimOf = (job: Job) => job.spec.claims.find((claim) => claim.resource === resource);
    const selected = [...this.store.all()].filter((job) => claimOf(job) && selects.every((select) => select(job)));
    const { items, nextToken } = pageOf(selected, ({ order }) => order, input);
    return {
      jobs: items.map((job) => ({
        jobArn: arnOf(this.world, job),
        jobQueueArn: job.spec.queue.arn,
        jobName: job.spec.jobName,
        jobDefinitionArn: job.spec.definition.arn,
        shareIdentifier: job.spec.shareIdentifier,
        jobStatus: job.listedStatus,
        quantity: claimOf(job)!.quantity,
        statusReason: job.statusReason,
        startedAt: job.startedAt,
        createdAt: job.createdAt,
        consumableResourceProperties: jobDetail(this.world, job).consumableResourceProperties,
      })),
      nextToken,
    };
  }

  private summaries(jobs: readonly Job[]) {
    return jobs.map((job) => jobSummary(this.world, job));
  }

  private candidates(
    { jobQueue, arrayJobId, jobStatus, filters }: ListJobsRequest,
    status: JobStatus,
    after: number | undefined,
  ): Iterable<Job> {
    if (arrayJobId !== undefined) return this.children(arrayJobId, status, after);
    const { all, byStatus } = this.store.listingOf(this.queues.require(jobQueue!));
    if (!filters?.length) return inOrder(byStatus[status], this.world.settings.listOrder, after);
    const [filter] = filters;
    const select = queueFilter(filter!);
    // The only filter that a status goes with.
    const byShare = filter!.name === 'SHARE_IDENTIFIER' && jobStatus !== undefined;
    return selected(
      inOrder(byShare ? byStatus[status] : all, 'newestFirst', after),
      (job) => !job.parent && select(job),
    );
  }

  private children(arrayJobId: string, status: JobStatus, after = -Infinity): Iterable<Job> {
    const { array } = this.store.find(arrayJobId) ?? {};
    check(array, `Job ${arrayJobId} is not an array job`);
    return selected(array.children, ({ listedStatus, order }) => listedStatus === status && order > after);
  }
}

/** @param after the order of the job that the page before ended with. */
function* inOrder(jobs: BTree<number, Job>, order: 'newestFirst' | 'oldestFirst', after?: number): Iterable<Job> {
  const entries = order === 'newestFirst' ? jobs.entriesReversed(after) : jobs.entries(after);
  for (const [key, job] of entries) if (key !== after) yield job;
}

function* selected(jobs: Iterable<Job>, select: (job: Job) => boolean): Iterable<Job> {
  for (const job of jobs) if (select(job)) yield job;
}

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_ListJobs.html */
function queueFilter({ name, values = [] }: KeyValuesPair): (job: Job) => boolean {
  check(values.length > 0, `filters: ${name} has no values`);
  const [value] = values as [string, ...string[]];
  switch (name) {
    case 'JOB_NAME': {
      const matches = namePattern(values);
      return ({ spec }) => matches(spec.jobName);
    }
    case 'JOB_DEFINITION':
      return definitionFilter(value);
    case 'BEFORE_CREATED_AT': {
      const time = timestamp(value);
      return ({ createdAt }) => createdAt < time;
    }
    case 'AFTER_CREATED_AT': {
      const time = timestamp(value);
      return ({ createdAt }) => createdAt > time;
    }
    case 'SHARE_IDENTIFIER':
      return ({ spec }) => spec.shareIdentifier !== undefined && values.includes(spec.shareIdentifier);
    default:
      return refuse(
        `Unknown filter ${name}; JOB_NAME, JOB_DEFINITION, BEFORE_CREATED_AT, AFTER_CREATED_AT, SHARE_IDENTIFIER are known`,
      );
  }
}

/** By the ARN of a revision, or by the name or a prefix of it, whatever the revision. */
function definitionFilter(value: string): (job: Job) => boolean {
  if (value.startsWith('arn:')) return ({ spec }) => spec.definition.arn === value;
  if (value.endsWith('*')) return ({ spec }) => spec.definition.name.startsWith(value.slice(0, -1));
  return ({ spec }) => spec.definition.name === value;
}

function timestamp(value: string): number {
  return /^\d+$/.test(value) ? Number(value) : refuse(`filters: ${value} is not a number of milliseconds since 1970`);
}

function consumableFilter({ name, values = [] }: KeyValuesPair): (job: Job) => boolean {
  if (name === 'JOB_STATUS') return ({ listedStatus }) => values.includes(listedStatus);
  if (name === 'JOB_NAME') {
    const matches = namePattern(values);
    return ({ spec }) => matches(spec.jobName);
  }
  return refuse(`Unknown filter ${name}; JOB_STATUS and JOB_NAME are known`);
}

import type { BatchClient, JobDetail } from '@aws-sdk/client-batch';
import type { NodeConfig } from '../../lib/workflow/config';
import { describeJobs } from '../batch/jobs';
import { hasEnded } from '../job-ledger/item';
import type { JobStore } from '../job-ledger/store';
import { followingOf } from '../job-retries/following';
import type { Run, Seen } from './model';

/** AWS Batch forgets jobs some days after their end. */
const FORGOTTEN = 8 * 86_400_000;
const MOST_SUCCESSORS = 100;

/** What AWS Batch, and the ledger where jobs are retried or forgotten, know of the jobs of a run. */
export class RunObserver {
  constructor(
    private readonly batch: BatchClient,
    private readonly ledger: JobStore,
  ) {}

  /** @returns by the names of nodes that have a job and no outcome; those that nothing is known of are missing */
  async look({ graph, nodes }: Run, now: number): Promise<Map<string, Seen>> {
    const seen = new Map<string, Seen>();
    let open = graph.flatMap((node) => {
      const { jobId, outcome, submittedAt = 0 } = nodes[node.name] ?? {};
      return jobId === undefined || outcome !== undefined ? [] : [{ node, jobId, submittedAt }];
    });
    // Where a job has failed and another has taken its place, that one is looked at next.
    for (let followed = 0; open.length > 0 && followed < MOST_SUCCESSORS; followed++) {
      const ids = open.map(({ jobId }) => jobId);
      const details = new Map((await describeJobs(this.batch, ids)).map((job) => [job.jobId!, job]));
      const doubtful = open.filter(({ node, jobId }) => isDoubtful(node, details.get(jobId)));
      const kept = await this.ledger.getMany(doubtful.map(({ jobId }) => jobId));
      const successors: typeof open = [];
      for (const { node, jobId, submittedAt } of open) {
        const one = seenAs(node, jobId, details.get(jobId), kept.get(jobId), now - submittedAt, now);
        if (typeof one === 'string') successors.push({ node, jobId: one, submittedAt });
        else if (one !== undefined) seen.set(node.name, one);
      }
      open = successors;
    }
    return seen;
  }
}

/** Whether the ledger knows more of it than AWS Batch. */
function isDoubtful({ retried }: NodeConfig, job: JobDetail | undefined): boolean {
  return job === undefined || (job.status === 'FAILED' && (retried ?? false));
}

/** @returns the id of the job that has taken its place, if one has */
function seenAs(
  { retried }: NodeConfig,
  jobId: string,
  job: JobDetail | undefined,
  kept: Awaited<ReturnType<JobStore['get']>>,
  age: number,
  now: number,
): Seen | string | undefined {
  const ended = job ? endOf(job) : kept && hasEnded(kept.job) ? endInLedger(kept.job) : undefined;
  if (ended === undefined) {
    if (job) return { kind: 'open', jobId };
    if (age < FORGOTTEN) return undefined;
    return { kind: 'ended', jobId, succeeded: false, ran: true, reason: 'AWS Batch does not know the job any more' };
  }
  if (ended.succeeded || !retried) return { kind: 'ended', jobId, ...ended };
  const following = followingOf(kept?.attributes, retried, ended.stoppedAt ?? now - age, now);
  if (typeof following !== 'string') return following.successor;
  return following === 'undecided' ? { kind: 'retrying', jobId } : { kind: 'ended', jobId, ...ended };
}

type End = Omit<Extract<Seen, { kind: 'ended' }>, 'kind' | 'jobId'>;

function endOf({
  status,
  statusReason,
  startedAt,
  stoppedAt,
  attempts = [],
  arrayProperties,
}: JobDetail): End | undefined {
  if (status !== 'SUCCEEDED' && status !== 'FAILED') return undefined;
  const ran =
    arrayProperties?.size === undefined
      ? attempts.length > 0 || startedAt !== undefined
      : someSucceeded(arrayProperties);
  return { succeeded: status === 'SUCCEEDED', ran, reason: statusReason, startedAt, stoppedAt };
}

/** Of an array of which every child has failed it is for what came before to tell whether they ran. */
function someSucceeded({ statusSummary = {} }: NonNullable<JobDetail['arrayProperties']>): boolean {
  return (statusSummary['SUCCEEDED'] ?? 0) > 0;
}

function endInLedger(job: {
  readonly status: string;
  readonly statusReason?: string;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
}): End {
  const { status, statusReason, startedAt, stoppedAt } = job;
  return {
    succeeded: status === 'SUCCEEDED',
    ran: startedAt !== undefined,
    reason: statusReason,
    startedAt,
    stoppedAt,
  };
}

import type { JobDefinition, JobDetail, JobDependency, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { ARRAY_INDEX_VARIABLE, ARRAY_SIZE_VARIABLE, ATTEMPT_TAG, LINEAGE_TAG } from '../../lib/retries/config';
import type { Children } from '../../lambda/job-retries/lineage';
import { NotRestorable, rebuild } from '../../lambda/job-retries/request';
import { CommandError } from '../command/errors';

/** What is known of a job that somebody wants to be submitted again. */
export interface Situation {
  readonly job: JobDetail;
  /** Absent where AWS Batch shows it no more. */
  readonly definition?: JobDefinition;
  /** The jobs that it depended on, as far as AWS Batch still knows them. */
  readonly dependencies: readonly JobDetail[];
  /** Indexes of the children that failed, where only these are to run again. */
  readonly failedChildren?: readonly number[];
  /** What JobRetries has done about it, or is about to. */
  readonly retries?: { readonly kind: 'pending' } | { readonly kind: 'resubmitted'; readonly as: string };
}

/**
 * The request that runs the job again. It is the first of a lineage of its own: rules of JobRetries count anew from it.
 *
 * @throws CommandError when it must not, or cannot, be submitted again
 */
export function requestFor(situation: Situation, withoutDependencies = false): SubmitJobCommandInput {
  const { job, definition, retries, failedChildren } = situation;
  const { jobId, status, jobDefinition } = job;
  if (status !== 'FAILED') throw new CommandError(`Job ${jobId} is ${status}: only one that has FAILED is retried`);
  if (retries?.kind === 'pending') throw new CommandError(`JobRetries will submit ${jobId} again by itself`);
  if (retries) throw new CommandError(`JobRetries has submitted ${jobId} again, as ${retries.as}`);
  if (definition?.status !== 'ACTIVE') {
    throw new CommandError(`The definition of job ${jobId}, ${jobDefinition}, is no longer registered`);
  }
  const children = failedChildren && childrenOf(job, failedChildren);
  const dependsOn = withoutDependencies ? [] : openDependencies(situation);
  const request = rebuilt(job, definition, children);
  const { [LINEAGE_TAG]: _lineage, [ATTEMPT_TAG]: _attempt, ...tags } = request.tags ?? {};
  return { ...request, tags, ...(dependsOn.length > 0 && { dependsOn }) };
}

function rebuilt(job: JobDetail, definition: JobDefinition, children: Children | undefined): SubmitJobCommandInput {
  try {
    return rebuild(job, definition, { root: job.jobId!, attempt: 1, jobQueue: job.jobQueue!, children });
  } catch (error) {
    if (error instanceof NotRestorable) throw new CommandError(`Job ${job.jobId} cannot be retried: ${error.message}`);
    throw error;
  }
}

/** Indexes of the first submission of all, of which this array may have had a part already. */
function childrenOf(job: JobDetail, failed: readonly number[]): Children {
  const size = job.arrayProperties?.size;
  if (size === undefined) throw new CommandError(`Job ${job.jobId} is no array: leave --failed-children out`);
  if (failed.length === 0) throw new CommandError(`No child of ${job.jobId} has failed: leave --failed-children out`);
  const before = variable(job, ARRAY_INDEX_VARIABLE)?.split(',').map(Number);
  const indexes = failed.map((index) => before?.[index] ?? index).sort((a, b) => a - b);
  return { indexes, size: Number(variable(job, ARRAY_SIZE_VARIABLE) ?? size) };
}

function variable({ container }: JobDetail, name: string): string | undefined {
  return container?.environment?.find((one) => one.name === name)?.value;
}

/** What has succeeded, or is forgotten, need not be waited for. */
function openDependencies({ job, dependencies }: Situation): JobDependency[] {
  const failed = dependencies.find(({ status }) => status === 'FAILED');
  if (failed) {
    const advice = 'retry that one first, and this with --without-dependencies when it has succeeded';
    throw new CommandError(`Job ${job.jobId} depends on ${failed.jobId}, which has failed: ${advice}`);
  }
  const open = new Set(dependencies.filter(({ status }) => status !== 'SUCCEEDED').map(({ jobId }) => jobId));
  return (job.dependsOn ?? []).filter(({ jobId, type }) =>
    jobId === undefined ? type !== undefined : open.has(jobId),
  );
}

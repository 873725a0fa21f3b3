import {
  type BatchClient,
  DescribeJobDefinitionsCommand,
  type JobDefinition,
  type JobDetail,
  type JobSummary,
} from '@aws-sdk/client-batch';
import { OPT_OUT_TAG, type RetriesConfig } from '../../lib/retries/config';
import { describeJobs, listAllJobs } from '../batch/jobs';
import type { Stop } from '../job-ledger/item';
import type { JobStore } from '../job-ledger/store';
import { childFailureOf, failureOf, neverRan } from './cause';
import type { FailedJob } from './decide';

/** Tag of definitions that this library made. */
const DEFINITION_TAG = 'batch-foreman:definition';
/** How Step Functions marks the jobs that it waits for; it decides itself what follows their failure. */
const STEP_FUNCTIONS = { name: 'MANAGED_BY_AWS', value: 'STARTED_BY_STEP_FUNCTIONS' };
const MOST_DEFINITIONS = 500;

/** What AWS Batch and the ledger know of jobs. Revisions of definitions are remembered: they never change. */
export class JobObserver {
  private readonly definitions = new Map<string, JobDefinition>();

  constructor(
    private readonly batch: BatchClient,
    private readonly ledger: JobStore,
    private readonly scope: RetriesConfig['scope'],
  ) {}

  /** @returns undefined for a job that AWS Batch has forgotten */
  async describe(jobId: string): Promise<JobDetail | undefined> {
    return (await describeJobs(this.batch, [jobId]))[0];
  }

  /** @returns undefined for one that is not there; a deregistered one may still be shown */
  async definition(arn: string, fresh = false): Promise<JobDefinition | undefined> {
    const known = this.definitions.get(arn);
    if (known && !fresh) return known;
    const { jobDefinitions = [] } = await this.batch.send(new DescribeJobDefinitionsCommand({ jobDefinitions: [arn] }));
    const [found] = jobDefinitions;
    if (this.definitions.size >= MOST_DEFINITIONS) this.definitions.clear();
    if (found) this.definitions.set(arn, found);
    return found;
  }

  /** Whether the job may be submitted again at all. */
  async isInScope(job: JobDetail): Promise<boolean> {
    if (isOptedOut(job) || isStartedByStepFunctions(job)) return false;
    if (this.scope === 'ALL_JOBS') return true;
    const definition = await this.definition(job.jobDefinition!);
    return definition?.tags?.[DEFINITION_TAG] !== undefined;
  }

  /**
   * Finds out how a job failed.
   *
   * @param stop this library's own wish to end it
   * @param patient whether to look once more, later, when it is not clear
   * @returns undefined when what AWS Batch tells does not fit together: some of it is not up to date
   */
  async failed(job: JobDetail, stop: Stop | undefined, patient: boolean): Promise<FailedJob | undefined> {
    const definition = await this.definition(job.jobDefinition!);
    const ours = isOurs(job, stop);
    if ((job.isCancelled || job.isTerminated) && !ours) return { job, definition, failures: [], stopped: true };
    const ranChildren = Object.values(job.arrayProperties?.statusSummary ?? {}).some((count) => count > 0);
    if (job.arrayProperties?.size !== undefined && ranChildren) return this.failedArray(job, definition, stop);
    if (!neverRan(job) || ours) return { job, definition, failures: [failureOf(job, ours)], stopped: false };
    const dependencies = await this.dependencies(job);
    if (dependencies === 'failed') return { job, definition, failures: [], stopped: false };
    // What it waits for has not failed, and yet it has: one of the two is seen as it was before.
    if (dependencies === 'open' && patient) return undefined;
    return { job, definition, failures: [failureOf(job, false)], stopped: false };
  }

  private async dependencies({ dependsOn = [] }: JobDetail): Promise<'failed' | 'open' | 'succeeded'> {
    const ids = dependsOn.flatMap(({ jobId }) => jobId ?? []);
    if (ids.length === 0) return 'succeeded';
    const [described, kept] = await Promise.all([describeJobs(this.batch, ids), this.ledger.getMany(ids)]);
    const statuses = new Map<string, string>(described.map(({ jobId, status }) => [jobId!, status!]));
    // An end is an end, whoever has seen it.
    for (const [jobId, { job }] of kept) if (job.status === 'FAILED') statuses.set(jobId, job.status);
    const all = ids.map((jobId) => statuses.get(jobId) ?? kept.get(jobId)?.job.status);
    if (all.includes('FAILED')) return 'failed';
    return all.every((status) => status === 'SUCCEEDED') ? 'succeeded' : 'open';
  }

  private async failedArray(
    job: JobDetail,
    definition: JobDefinition | undefined,
    stop: Stop | undefined,
  ): Promise<FailedJob | undefined> {
    const arrayJobId = job.jobId!;
    const summaries = await listAllJobs(this.batch, { arrayJobId }, 'FAILED');
    if (summaries.length !== (job.arrayProperties?.statusSummary?.['FAILED'] ?? 0)) return undefined;
    const byStopped = await this.stops(summaries, stop);
    if (byStopped.some(({ stopped }) => stopped)) return { job, definition, failures: [], stopped: true };
    const waited = await this.neverRan(job, summaries);
    const failures = byStopped
      .filter(({ child }) => !waited.has(child.jobId!))
      .map(({ child, ours }) => childFailureOf(child, ours));
    return { job, definition, failures, failedChildren: summaries.map(indexOf), stopped: false };
  }

  /** Of the children that were stopped, which somebody has stopped and which this library has. */
  private async stops(children: readonly JobSummary[], ofArray: Stop | undefined) {
    const asked = children.filter(({ isCancelled, isTerminated }) => isCancelled ?? isTerminated);
    const kept = await this.ledger.getMany(asked.map(({ jobId }) => jobId!));
    return children.map((child) => {
      const stop = kept.get(child.jobId!)?.stop ?? ofArray;
      const ours = asked.includes(child) && isOurs(child, stop);
      return { child, ours, stopped: asked.includes(child) && !ours };
    });
  }

  /** The children that failed for what they depended on: only those of an array that has such dependencies. */
  private async neverRan(job: JobDetail, children: readonly JobSummary[]): Promise<ReadonlySet<string>> {
    if (!job.dependsOn?.some(({ type }) => type !== undefined)) return new Set();
    const unclear = children.filter(
      ({ startedAt, container }) => startedAt === undefined && container?.reason === undefined,
    );
    const details = await describeJobs(
      this.batch,
      unclear.map(({ jobId }) => jobId!),
    );
    return new Set(details.filter(neverRan).map(({ jobId }) => jobId!));
  }
}

export function isOptedOut({ tags = {} }: JobDetail): boolean {
  return tags[OPT_OUT_TAG] !== undefined && tags[OPT_OUT_TAG] !== 'false';
}

function isStartedByStepFunctions({ container }: JobDetail): boolean {
  return (container?.environment ?? []).some(
    ({ name, value }) => name === STEP_FUNCTIONS.name && value === STEP_FUNCTIONS.value,
  );
}

/** Whether it ended for the reason that this library gave. Where AWS Batch shows none, there was no other. */
function isOurs(
  { isCancelled, isTerminated, statusReason }: Pick<JobDetail, 'isCancelled' | 'isTerminated' | 'statusReason'>,
  stop: Stop | undefined,
): boolean {
  if (!stop || !(isCancelled ?? isTerminated)) return false;
  return statusReason === undefined || statusReason === stop.reason;
}

function indexOf({ jobId, arrayProperties }: JobSummary): number {
  return arrayProperties?.index ?? Number(jobId!.slice(jobId!.indexOf(':') + 1));
}

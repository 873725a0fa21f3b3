import {
  type BatchClient,
  CancelJobCommand,
  type JobDetail,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import type { JobTargetConfig } from '../../../lib/schedule/config';
import { describeJobs } from '../../batch/jobs';
import type { Attributes } from '../../job-ledger/item';
import { followingOf } from '../../job-retries/following';
import type { ActiveRun, Situation } from '../model';
import type { Result } from '../submission';
import type { RunRequest, RunTarget } from './run-target';

/** On each job that a schedule or a trigger has started; its value is the run's id. */
const RUN_TAG = 'batch-foreman:run';
/** The parameter that has the scheduled time, for commands to refer to as `Ref::scheduledTime`. */
const TIME_PARAMETER = 'scheduledTime';
/** A job that AWS Batch has known for so long and does not know any more is over. */
const FORGOTTEN = 3_600_000;

export interface JobClients {
  readonly batch: BatchClient;
  /** Repeats nothing that may have been done. */
  readonly submit: BatchClient;
  /** What the ledger has of a job. */
  readonly kept: (jobId: string) => Promise<Attributes | undefined>;
  readonly now: () => number;
}

/** Jobs of one definition on one queue. */
export class JobTarget implements RunTarget {
  constructor(
    private readonly config: JobTargetConfig,
    private readonly clients: JobClients,
  ) {}

  async start(run: RunRequest): Promise<Exclude<Result, { kind: 'not found' }>> {
    try {
      const { jobId } = await this.clients.submit.send(new SubmitJobCommand(submission(this.config, run)));
      return { kind: 'started', id: jobId! };
    } catch (error) {
      const { name = 'Error', message = String(error), $fault } = error as Error & { $fault?: string };
      return { kind: $fault === 'client' ? 'refused' : 'unknown', error: `${name}: ${message}` };
    }
  }

  async find({ name, runId }: RunRequest): Promise<Extract<Result, { kind: 'started' | 'not found' }>> {
    const ids: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.clients.batch.send(
        new ListJobsCommand({
          jobQueue: this.config.jobQueue,
          filters: [{ name: 'JOB_NAME', values: [name] }],
          nextToken,
        }),
      );
      ids.push(...(page.jobSummaryList ?? []).filter(({ jobName }) => jobName === name).map(({ jobId }) => jobId!));
      nextToken = page.nextToken;
    } while (nextToken);
    // Somebody else may give a job the same name.
    const jobs = (await describeJobs(this.clients.batch, ids)).filter(({ tags = {} }) => tags[RUN_TAG] === runId);
    const [first] = jobs.sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0));
    return first ? { kind: 'started', id: first.jobId! } : { kind: 'not found' };
  }

  async observe(runs: readonly ActiveRun[]): Promise<Situation['observed']> {
    const details = await describeJobs(
      this.clients.batch,
      runs.map(({ id }) => id),
    );
    const jobs = new Map(details.map((job) => [job.jobId!, job]));
    const observed = new Map<string, 'over' | { successor: string }>();
    for (const run of runs) {
      const seen = await this.stateOf(run, jobs.get(run.id));
      if (seen !== 'active') observed.set(run.id, seen);
    }
    return observed;
  }

  async stop({ id, stopAskedAt }: ActiveRun, reason: string): Promise<void> {
    const [job] = await describeJobs(this.clients.batch, [id]);
    const waits = job !== undefined && ['SUBMITTED', 'PENDING', 'RUNNABLE'].includes(job.status!);
    // A cancellation does nothing to a job that has just started; the second time is for it.
    const command =
      waits && stopAskedAt === undefined
        ? new CancelJobCommand({ jobId: id, reason })
        : new TerminateJobCommand({ jobId: id, reason });
    await this.clients.batch.send(command as TerminateJobCommand);
  }

  private async stateOf(run: ActiveRun, job: JobDetail | undefined) {
    if (job === undefined) return this.clients.now() - run.startedAt > FORGOTTEN ? 'over' : 'active';
    if (job.status === 'SUCCEEDED') return 'over';
    if (job.status !== 'FAILED') return 'active';
    const { kept, now } = this.clients;
    const { retried = false } = this.config;
    const following = followingOf(await kept(run.id), retried, job.stoppedAt ?? run.startedAt, now());
    if (typeof following !== 'string') return following;
    return following === 'undecided' ? 'active' : 'over';
  }
}

/** What AWS Batch is asked for; the same for a run at each attempt. */
export function submission(config: JobTargetConfig, run: RunRequest): SubmitJobCommandInput {
  const { jobQueue, jobDefinition, containers, arraySize, shareIdentifier, schedulingPriority } = config;
  const { scheduledTime } = run;
  const environment = Object.entries({
    ...config.environment,
    FOREMAN_RUN_ID: run.runId,
    ...(scheduledTime !== undefined && { FOREMAN_SCHEDULED_TIME: scheduledTime }),
  }).map(([name, value]) => ({ name, value }));
  return {
    jobName: run.name,
    jobQueue,
    jobDefinition,
    parameters: {
      ...(scheduledTime !== undefined && { [TIME_PARAMETER]: scheduledTime }),
      ...config.parameters,
      ...run.parameters,
    },
    ...(containers === undefined
      ? { containerOverrides: { environment } }
      : {
          ecsPropertiesOverride: {
            taskProperties: [{ containers: containers.map((name) => ({ name, environment })) }],
          },
        }),
    ...(arraySize !== undefined && { arrayProperties: { size: arraySize } }),
    ...(shareIdentifier !== undefined && { shareIdentifier }),
    ...(schedulingPriority !== undefined && { schedulingPriorityOverride: schedulingPriority }),
    tags: { ...config.tags, [RUN_TAG]: run.runId },
    propagateTags: true,
  };
}

import type { JobDetail, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { LINEAGE_TAG } from '../../lib/retries/config';
import type { JobReport } from '../../local/batch/jobs/job-report';
import { type InstanceHistory, instanceHistories } from '../../local/ecs/instance-history';
import type { LocalAws } from '../../local/local-aws';
import type { Amounts } from '../../workload/job';
import type { JobOutcome, RunRecord } from '../demo/summary';

/** A job to be submitted, so many seconds after the beginning. */
export interface Submission {
  readonly at: number;
  readonly request: SubmitJobCommandInput;
}

/** Instances that are launched for jobs: those of one requester, and of one type where it has several. */
export interface Fleet {
  readonly name: string;
  /** `autoscaling:<group>` or `batch:<environment>` */
  readonly requester: string;
  readonly instanceType?: string;
  /** What one instance offers to jobs. */
  readonly capacity: Amounts;
  readonly maxInstances: number;
}

/** Submissions, and what is to be told of them. */
export interface Play {
  readonly submissions: readonly Submission[];
  readonly fleets: readonly Fleet[];
  /** What a queue is called in what is told. */
  readonly queueName: (queue: string) => string;
  /** For how long jobs count that are submitted by whatever has been deployed; until the last submission otherwise. */
  readonly seconds?: number;
}

export interface Attempt {
  readonly startedAt?: number;
  readonly stoppedAt: number;
}

export interface PlayedJob extends JobOutcome, Amounts {
  readonly id: string;
  readonly name: string;
  /** Where it was put. */
  readonly environment?: string;
  /** Whether it stands for the children of an array. */
  readonly isArray: boolean;
  /** Id of the first of those that were submitted one for the other. */
  readonly lineage: string;
  /** Those that have ended; known once the job has. */
  readonly attempts: readonly Attempt[];
}

export interface Refusal {
  readonly jobName: string;
  readonly message: string;
}

export interface Played extends RunRecord {
  readonly jobs: readonly PlayedJob[];
  /** What AWS Batch did not take. */
  readonly refused: readonly Refusal[];
}

export interface Progress {
  /** Jobs that have ended. */
  readonly ended: number;
  /** Virtual seconds since the beginning. */
  readonly elapsed: number;
}

const SLICE_MILLISECONDS = 10 * 60_000;
/** Long after the longest job of any trace: what has not ended by then never will. */
const PATIENCE_MILLISECONDS = 30 * 86_400_000;
/** What waits for longer, while nothing runs or comes, waits for ever. */
const QUIET_MILLISECONDS = 6 * 3_600_000;

/** Submits jobs to what is deployed, and runs the virtual clock until all is over, or waits in vain. */
export async function play(aws: LocalAws, given: Play, onProgress: (progress: Progress) => void): Promise<Played> {
  const clock = aws.virtualClock!;
  const from = clock.now();
  const batch = aws.client(BatchClient);
  const lastSubmission = from + 1000 * (given.submissions.at(-1)?.at ?? 0);
  const counted = Math.max(lastSubmission, from + 1000 * (given.seconds ?? 0));
  const outcomes = new Outcomes(aws, given, counted);
  for (const { at, request } of given.submissions) {
    clock.at(from + at * 1000, async () => {
      try {
        await batch.send(new SubmitJobCommand(request));
      } catch (error) {
        outcomes.refused.push({ jobName: request.jobName!, message: (error as Error).message });
      }
    });
  }
  let quietSince = from;
  do {
    await clock.advance(SLICE_MILLISECONDS);
    if (outcomes.look() || outcomes.anyRuns) quietSince = clock.now();
    onProgress({ ended: outcomes.ended, elapsed: (clock.now() - from) / 1000 });
  } while (
    clock.now() < counted ||
    (!outcomes.areOver() &&
      clock.now() < counted + PATIENCE_MILLISECONDS &&
      clock.now() < quietSince + QUIET_MILLISECONDS)
  );
  return outcomes.record(from);
}

const CALL = {
  caller: { principalArn: 'arn:aws:iam::123456789012:user/onlooker' },
  requestId: 'look',
  origin: 'http://local',
};

/** What becomes of jobs and instances. Batch forgets jobs a week after their end: they are looked at as time goes by. */
class Outcomes {
  private readonly jobs = new Map<string, PlayedJob>();
  readonly refused: Refusal[] = [];
  ended = 0;
  anyRuns = false;

  constructor(
    private readonly aws: LocalAws,
    private readonly given: Play,
    private readonly counted: number,
  ) {}

  /** @returns whether something has changed */
  look(): boolean {
    const over: JobReport[] = [];
    let changed = false;
    this.anyRuns = false;
    for (const report of this.aws.services.batch.jobs()) {
      const before = this.jobs.get(report.id);
      if (before?.stoppedAt !== undefined || (before === undefined && report.createdAt > this.counted)) continue;
      if (before?.status !== report.status) changed = true;
      if (report.stoppedAt !== undefined) over.push(report);
      this.anyRuns ||= report.status === 'STARTING' || report.status === 'RUNNING';
      this.jobs.set(report.id, this.played(report));
    }
    for (const report of over) this.jobs.set(report.id, { ...this.jobs.get(report.id)!, ...this.detailsOf(report.id) });
    this.ended += over.length;
    return changed;
  }

  areOver(): boolean {
    return this.ended === this.jobs.size && this.instances().every(({ terminatedAt }) => terminatedAt !== undefined);
  }

  record(from: number): Played {
    const instances = this.instances();
    const jobs = [...this.jobs.values()];
    const ends = [...jobs.map(({ stoppedAt }) => stoppedAt), ...instances.map(({ terminatedAt }) => terminatedAt)];
    const everythingEnded = ends.length > 0 && ends.every((end) => end !== undefined);
    return {
      from,
      to: everythingEnded ? Math.max(...(ends as number[])) : this.aws.clock.now(),
      jobs,
      refused: this.refused,
      instances: instances.map((instance) => ({
        pool: fleetOf(this.given.fleets, instance)?.name ?? instance.instanceType,
        from: instance.launchedAt,
        to: instance.terminatedAt,
      })),
      killedByScaleIn: instances
        .filter(({ terminationCause }) => terminationCause === 'scale-in')
        .reduce((sum, { killed }) => sum + killed.length, 0),
      apiCalls: this.aws.calls.counts(),
    };
  }

  private instances(): InstanceHistory[] {
    return instanceHistories(this.aws.services.ec2, this.aws.services.ecs);
  }

  private played(report: JobReport): PlayedJob {
    const { id, name, queue, status, createdAt, startedAt, stoppedAt, vcpus, memoryMiB, gpus, environment } = report;
    return {
      id,
      name,
      queue: this.given.queueName(queue),
      status,
      createdAt,
      startedAt,
      stoppedAt,
      vcpus,
      memoryMiB,
      gpus,
      environment,
      isArray: report.arraySize !== undefined,
      lineage: id,
      attempts: [],
    };
  }

  /** Past the API, whose calls are counted. */
  private detailsOf(jobId: string): Pick<PlayedJob, 'lineage' | 'attempts'> {
    const { DescribeJobs } = this.aws.services.batch.api.operations;
    const { jobs } = DescribeJobs!({ jobs: [jobId] } as never, CALL) as { jobs: JobDetail[] };
    const { tags = {}, attempts = [] } = jobs[0] ?? {};
    return {
      lineage: tags[LINEAGE_TAG] ?? jobId,
      attempts: attempts.flatMap(({ startedAt, stoppedAt }) =>
        stoppedAt === undefined ? [] : [{ startedAt, stoppedAt }],
      ),
    };
  }
}

export function fleetOf(
  fleets: readonly Fleet[],
  { requester, instanceType }: Pick<InstanceHistory, 'requester' | 'instanceType'>,
): Fleet | undefined {
  return fleets.find((fleet) => fleet.requester === requester && (fleet.instanceType ?? instanceType) === instanceType);
}

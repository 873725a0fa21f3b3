import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { instanceHistories } from '../../local/ecs/instance-history';
import type { InstanceHistory } from '../../local/ecs/instance-history';
import type { LocalAws } from '../../local/local-aws';
import type { Workload, WorkloadJob } from '../../workload/job';
import { LOCAL_JOB } from '../../workload/local-job';
import type { LocalJobInput } from '../../workload/local-job';
import type { ReferenceApp } from './reference-app';
import type { JobOutcome, RunRecord } from './summary';

const SLICE_MILLISECONDS = 10 * 60_000;
/** Long after the longest job of any trace: what has not ended by then never will. */
const PATIENCE_MILLISECONDS = 30 * 86_400_000;
/** One job in so many is urgent. */
const URGENT_EVERY = 10;

export interface Progress {
  /** Jobs that have ended. */
  readonly ended: number;
  /** Virtual seconds since the workload began. */
  readonly elapsed: number;
}

/** Submits a workload to the deployed reference app and runs the virtual clock until all is over. */
export async function runWorkload(
  aws: LocalAws,
  app: ReferenceApp,
  { jobs }: Workload,
  onProgress: (progress: Progress) => void,
): Promise<RunRecord> {
  const clock = aws.virtualClock!;
  const from = clock.now();
  const batch = aws.client(BatchClient);
  jobs.forEach((job, index) =>
    clock.at(from + job.arrival * 1000, async () => {
      await batch.send(new SubmitJobCommand(submission(job, app, index % URGENT_EVERY === URGENT_EVERY - 1)));
    }),
  );

  const outcomes = new Outcomes(aws, app);
  const deadline = from + jobs.at(-1)!.arrival * 1000 + PATIENCE_MILLISECONDS;
  do {
    await clock.advance(SLICE_MILLISECONDS);
    outcomes.look();
    onProgress({ ended: outcomes.ended, elapsed: (clock.now() - from) / 1000 });
  } while (clock.now() < deadline && (outcomes.ended < jobs.length || outcomes.instancesAreLeft()));
  return outcomes.record(from);
}

/** Every tenth job goes to the urgent queue. */
function submission(job: WorkloadJob, app: ReferenceApp, urgent: boolean): SubmitJobCommandInput {
  const { name, run, vcpus, memoryMiB, gpus } = job;
  const work: LocalJobInput = { attempts: [{ runSeconds: run }] };
  return {
    jobName: name,
    jobQueue: urgent ? app.urgentQueue : app.normalQueue,
    jobDefinition: gpus > 0 ? app.gpuJobDefinition : app.cpuJobDefinition,
    containerOverrides: {
      environment: [{ name: LOCAL_JOB, value: JSON.stringify(work) }],
      resourceRequirements: [
        { type: 'VCPU', value: `${vcpus}` },
        { type: 'MEMORY', value: `${memoryMiB}` },
        ...(gpus > 0 ? [{ type: 'GPU' as const, value: `${gpus}` }] : []),
      ],
    },
  };
}

/** What becomes of jobs and instances. Batch forgets jobs a week after their end: they are looked at as time goes by. */
class Outcomes {
  private readonly jobs = new Map<string, JobOutcome>();

  constructor(
    private readonly aws: LocalAws,
    private readonly app: ReferenceApp,
  ) {}

  get ended(): number {
    return [...this.jobs.values()].filter(({ stoppedAt }) => stoppedAt !== undefined).length;
  }

  look(): void {
    for (const { id, queue, status, createdAt, startedAt, stoppedAt } of this.aws.services.batch.jobs()) {
      const name = queue === this.app.urgentQueue ? 'urgent' : 'normal';
      this.jobs.set(id, { queue: name, status, createdAt, startedAt, stoppedAt });
    }
  }

  instancesAreLeft(): boolean {
    return this.instances().some(({ terminatedAt }) => terminatedAt === undefined);
  }

  record(from: number): RunRecord {
    const instances = this.instances();
    const jobs = [...this.jobs.values()];
    const poolOf = new Map(
      this.app.pools.map(({ name, autoScalingGroupName }) => [`autoscaling:${autoScalingGroupName}`, name]),
    );
    const ends = [...jobs.map(({ stoppedAt }) => stoppedAt), ...instances.map(({ terminatedAt }) => terminatedAt)];
    const everythingEnded = ends.every((end) => end !== undefined);
    return {
      from,
      to: everythingEnded ? Math.max(...(ends as number[])) : this.aws.clock.now(),
      jobs,
      instances: instances.map(({ requester, launchedAt, terminatedAt }) => ({
        pool: poolOf.get(requester)!,
        from: launchedAt,
        to: terminatedAt,
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
}

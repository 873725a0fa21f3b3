import type { TaskPlacement, TaskRequest } from '../../ports';
import { arn } from '../../world';
import type { World } from '../../world';
import { isFargate } from '../environments/compute-environment';
import type { ComputeEnvironment } from '../environments/compute-environment';
import { logStreamOf } from '../jobs/attempt';
import { stopReason } from '../jobs/job';
import type { JobStates } from '../jobs/job-states';
import type { Attempt, Job, JobSpec, RunningAttempt } from '../model';
import type { Room } from '../scheduling/environment-capacity';
import type { JobOutcome, JobRunner } from './job-runner';
import { retries } from './retry';
import type { AttemptFailure } from './retry';

const TIMED_OUT = 'Job attempt duration exceeded timeout';

/** What follows when an attempt has ended. */
export interface AttemptListener {
  /** Room has come up there. */
  released(environment: ComputeEnvironment): void;
  claimsReleased(): void;
}

/** How attempts go, from being placed to their end, and what becomes of the job then. */
export class Attempts {
  private readonly random;

  constructor(
    private readonly world: World,
    private readonly tasks: TaskPlacement,
    private readonly states: JobStates,
    private readonly runner: JobRunner,
    private readonly listener: AttemptListener,
  ) {
    this.random = world.random.fork();
  }

  start(job: Job, environment: ComputeEnvironment, room: Room): void {
    const { spec } = job;
    if (!job.holdsClaims) for (const { resource, quantity } of spec.claims) resource.take(quantity);
    const taskArn = this.startTask(job, environment, room);
    environment.capacity.took(room, spec.shape);
    job.environment = environment;
    const attempt: Attempt = newAttempt(taskArn, room.instance?.containerInstanceArn);
    const running: RunningAttempt = { room, environment, attempt, timedOut: false };
    job.running = running;
    this.states.move(job, 'STARTING');
    // Not before: the queue finds the job by it.
    job.holdsClaims = true;
    const number = job.attempts.length + 1;
    running.process = this.runner.start(
      {
        job,
        attempt: number,
        provisionSeconds: room.instance ? 0 : this.world.settings.fargateStartSeconds,
        environment: () => environmentOf(job, environment, number, this.world.region),
        logGroup: spec.logGroup,
        logStream: logStreamOf(job, attempt),
      },
      {
        running: () => this.runs(job, running),
        ended: (outcome) => this.ended(job, running, outcome),
      },
    );
  }

  /** Somebody has asked for the job's end; the reason is noted with the job. */
  stop(job: Job): void {
    job.running?.process?.stop();
  }

  /** Gives back the consumable resources that the job holds. */
  releaseClaims(job: Job): void {
    if (!job.holdsClaims) return;
    job.holdsClaims = false;
    if (job.spec.claims.length === 0) return;
    for (const { resource, quantity } of job.spec.claims) resource.giveBack(quantity);
    this.listener.claimsReleased();
  }

  private startTask(job: Job, { clusterArn }: ComputeEnvironment, { instance }: Room): string {
    const cluster = clusterArn.slice(clusterArn.lastIndexOf('/') + 1);
    if (!instance) return arn(this.world, 'ecs', `task/${cluster}/${this.random.hex(32)}`);
    const { vcpus, memoryMiB, gpus } = job.spec.shape;
    return this.tasks.startTask({
      clusterArn,
      containerInstanceArn: instance.containerInstanceArn,
      resources: { vcpus, memoryMiB, gpus },
      startedBy: job.id,
      container: containerOf(job.spec),
      onHostLost: (reason) => this.hostLost(job, reason),
    });
  }

  private runs(job: Job, running: RunningAttempt): void {
    const now = this.world.clock.now();
    running.attempt.startedAt = now;
    job.startedAt = now;
    const { timeoutSeconds } = job.spec;
    if (timeoutSeconds !== undefined) {
      running.timeout = this.world.clock.after(timeoutSeconds * 1000, () => {
        running.timedOut = true;
        running.process?.stop();
      });
    }
    this.states.move(job, 'RUNNING');
  }

  private ended(job: Job, running: RunningAttempt, outcome: JobOutcome): void {
    switch (outcome.kind) {
      case 'exited': {
        const stopped = running.timedOut ? TIMED_OUT : stopReason(job);
        const statusReason = stopped ?? 'Essential container in task exited';
        return this.finish(job, running, { exitCode: outcome.exitCode, reason: outcome.reason, statusReason });
      }
      case 'notStarted':
        return this.finish(job, running, {
          reason: outcome.reason,
          statusReason: stopReason(job) ?? 'Task failed to start',
        });
      case 'hostTerminated':
        return this.finish(job, running, { statusReason: stopReason(job) ?? lossReason(running) });
    }
  }

  private hostLost(job: Job, reason: string): void {
    const { running } = job;
    if (!running) return;
    running.process?.abandon();
    this.finish(job, running, { statusReason: stopReason(job) ?? reason });
  }

  private finish(job: Job, running: RunningAttempt, end: AttemptFailure & { statusReason: string }): void {
    const { spec } = job;
    const { exitCode, reason, statusReason } = end;
    const { attempt, room, environment } = running;
    running.timeout?.cancel();
    job.running = undefined;
    Object.assign(attempt, { exitCode, reason, statusReason, stoppedAt: this.world.clock.now() });
    job.attempts = [...job.attempts, attempt];
    if (room.instance) this.tasks.stopTask(attempt.taskArn, statusReason, exitCode);
    environment.capacity.released(room, spec.shape);
    const stopped = running.timedOut || stopReason(job) !== undefined;
    const succeeded = exitCode === 0 && !stopped;
    const again = !succeeded && !stopped && retries(spec.retryStrategy, job.attempts.length, end);
    if (again && this.world.settings.consumableReleasedBetweenAttempts) this.releaseClaims(job);
    this.states.move(job, again ? 'RUNNABLE' : succeeded ? 'SUCCEEDED' : 'FAILED', statusReason);
    this.listener.released(environment);
  }
}

/**
 * What Amazon ECS sets, the job's own, and what AWS Batch sets. The addresses of credentials and metadata are left out.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-environment-variables.html
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
 */
function environmentOf(
  job: Job,
  environment: ComputeEnvironment,
  attempt: number,
  region: string,
): Record<string, string> {
  const asked = job.spec.environment.map(({ name, value }) => [name, value ?? '']);
  return {
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: isFargate(environment) ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2',
    AWS_REGION: region,
    ...Object.fromEntries(asked),
    AWS_BATCH_CE_NAME: environment.name,
    AWS_BATCH_JOB_ATTEMPT: String(attempt),
    AWS_BATCH_JOB_ID: job.id,
    AWS_BATCH_JQ_NAME: job.spec.queue.name,
    ...(job.index !== undefined && { AWS_BATCH_JOB_ARRAY_INDEX: String(job.index) }),
  };
}

function lossReason({ environment, room }: RunningAttempt): string {
  if (isFargate(environment)) return 'Your Spot Task was interrupted.';
  return `Host EC2 (instance ${room.instance!.ec2InstanceId}) terminated.`;
}

function containerOf({ container, task, mainContainer, logGroup }: JobSpec): TaskRequest['container'] {
  const main = container ?? task?.containers?.find(({ name }) => name === mainContainer);
  const executionRoleArn = container ? container.executionRoleArn : task?.executionRoleArn;
  return { image: main?.image ?? '', logGroup, executionRoleArn };
}

/** All members are there from the start: objects that grow cost several times the memory. */
function newAttempt(taskArn: string, containerInstanceArn: string | undefined): Attempt {
  return {
    taskArn,
    containerInstanceArn,
    startedAt: undefined,
    stoppedAt: undefined,
    exitCode: undefined,
    reason: undefined,
    statusReason: undefined,
  };
}

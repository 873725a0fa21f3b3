import type {
  ArrayPropertiesDetail,
  ContainerDetail,
  ContainerSummary,
  EcsPropertiesDetail,
  JobDependency,
  JobDetail,
  JobSummary,
} from '@aws-sdk/client-batch';
import type { World } from '../../world';
import { arn } from '../../world';
import type { Job } from '../model';
import { attemptDetail, logStreamName } from './attempt';
import { latestAttempt } from './job';

export function arnOf(world: Pick<World, 'accountId' | 'region'>, job: Job): string {
  return arn(world, 'batch', `job/${job.id}`);
}

/** A job as `DescribeJobs` and events show it. */
export function jobDetail(world: Pick<World, 'accountId' | 'region'>, job: Job): JobDetail {
  const { spec } = job;
  const { queue, definition } = spec;
  return {
    jobArn: arnOf(world, job),
    jobName: spec.jobName,
    jobId: job.id,
    jobQueue: queue.arn,
    status: job.status,
    shareIdentifier: spec.shareIdentifier,
    schedulingPriority: queue.shares && spec.schedulingPriority,
    attempts: job.attempts.map((attempt) => attemptDetail(job, attempt)),
    statusReason: job.statusReason,
    createdAt: job.createdAt,
    retryStrategy: spec.retryStrategy,
    startedAt: job.startedAt,
    stoppedAt: job.stoppedAt,
    dependsOn: dependenciesOf(job),
    jobDefinition: definition.arn,
    parameters: spec.parameters,
    container: spec.container && containerOf(job, spec.container),
    ecsProperties: spec.task && taskOf(job),
    arrayProperties: arrayPropertiesOf(job),
    timeout: spec.timeoutSeconds === undefined ? undefined : { attemptDurationSeconds: spec.timeoutSeconds },
    tags: job.tags ?? {},
    propagateTags: spec.propagateTags,
    platformCapabilities: definition.platformCapabilities as JobDetail['platformCapabilities'],
    isCancelled: job.cancelReason !== undefined,
    isTerminated: job.terminateReason !== undefined,
    consumableResourceProperties: consumablesOf(job),
  };
}

/** A job as `ListJobs` shows it. */
export function jobSummary(world: Pick<World, 'accountId' | 'region'>, job: Job): JobSummary {
  const { spec } = job;
  const { exitCode, reason } = latestAttempt(job) ?? {};
  const container: ContainerSummary = { exitCode, reason };
  return {
    jobArn: arnOf(world, job),
    jobId: job.id,
    jobName: spec.jobName,
    capacityUsage: [{ capacityUnit: 'VCPU', quantity: spec.shape.vcpus }],
    createdAt: job.createdAt,
    shareIdentifier: spec.shareIdentifier,
    status: job.listedStatus,
    statusReason: job.statusReason,
    startedAt: job.startedAt,
    stoppedAt: job.stoppedAt,
    container: exitCode === undefined && reason === undefined ? undefined : container,
    arrayProperties: arrayPropertiesOf(job),
    jobDefinition: spec.definition.arn,
    // Only there when they are true.
    isCancelled: job.cancelReason === undefined ? undefined : true,
    isTerminated: job.terminateReason === undefined ? undefined : true,
  };
}

function containerOf(job: Job, asked: Readonly<ContainerDetail>): ContainerDetail {
  const attempt = latestAttempt(job);
  if (!attempt) return asked;
  const { containerInstanceArn, taskArn, exitCode, reason } = attempt;
  const state = { containerInstanceArn, taskArn, exitCode, reason, logStreamName: logStreamName(job, attempt) };
  // There are several of these for each job; `{ ...asked, ...state }` takes four times as long.
  return Object.assign({}, asked, state);
}

function taskOf(job: Job): EcsPropertiesDetail {
  const { task, mainContainer } = job.spec;
  const attempt = latestAttempt(job);
  if (!attempt) return { taskProperties: [task!] };
  const { containerInstanceArn, taskArn, exitCode, reason } = attempt;
  const state = { exitCode, reason, logStreamName: logStreamName(job, attempt) };
  const containers = task!.containers!.map((container) => ({
    ...container,
    ...(container.name === mainContainer && state),
  }));
  return { taskProperties: [{ ...task, containers, containerInstanceArn, taskArn }] };
}

/** A child depends on the children of the same index and on its predecessor. */
function dependenciesOf({ spec: { dependsOn }, parent, index }: Job): JobDependency[] {
  if (!parent) return [...dependsOn];
  return dependsOn.flatMap(({ jobId, type }): JobDependency[] => {
    if (type === 'N_TO_N') return [{ jobId: `${jobId}:${index}` }];
    if (type === 'SEQUENTIAL') return index === 0 ? [] : [{ jobId: `${parent.id}:${index! - 1}` }];
    return [];
  });
}

function arrayPropertiesOf({ array, index }: Job): ArrayPropertiesDetail | undefined {
  if (!array) return index === undefined ? undefined : { index, statusSummary: {} };
  const { size, statusSummary, lastUpdatedAt } = array;
  return { size, statusSummary: { ...statusSummary }, statusSummaryLastUpdatedAt: lastUpdatedAt };
}

function consumablesOf({ spec: { claims } }: Job): JobDetail['consumableResourceProperties'] {
  if (claims.length === 0) return undefined;
  return {
    consumableResourceList: claims.map(({ resource, quantity }) => ({ consumableResource: resource.arn, quantity })),
  };
}

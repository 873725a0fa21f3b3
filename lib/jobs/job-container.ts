import type { Duration, Size } from 'aws-cdk-lib';
import { Token, Tokenization } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { mebibytes } from './amounts';
import type { JobContainerDependency } from './container-dependencies';
import type { JobSecret } from './job-secret';
import type { JobMount } from './job-volume';
import { mountPoints } from './job-volume';
import type { LinuxOptions } from './linux-options';
import { linuxParameters, ulimits } from './linux-options';
import type { Resources } from '../capacity/config';
import type { JobData } from '../storage/job-data';
import { checkSeconds, checkWholeNumber, ValidationError } from '../validation/validation-error';

/** What each container of a job has. */
export interface JobContainerOptions {
  /**
   * The image. Private registries: `ContainerImage.fromRegistry('…', { credentials })`; the execution role is let pull it.
   */
  readonly image: ecs.ContainerImage;

  /**
   * What the container runs. `Ref::name` stands for a parameter, which must be in `parameters` or `requiredParameters`.
   *
   * @default - what the image says
   */
  readonly command?: string[];

  /** vCPUs; whole on EC2. On Fargate 0.25, 0.5, 1, 2, 4, 8, 16 or 32, of all containers together. */
  readonly vcpus: number;

  /**
   * The hard limit of the container's memory; whole MiB, at least 4. A container that goes over it is killed. On Fargate
   * what goes with the vCPUs, of all containers together.
   */
  readonly memory: Size;

  /**
   * Whole GPUs. None on Fargate.
   *
   * @default 0
   */
  readonly gpus?: number;

  /**
   * Environment variables. Names that begin with `AWS_BATCH` are the service's own.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;

  /**
   * What the job reads and writes, by the environment variable that tells the container where it is. The job role gets
   * the rights.
   *
   * @default - nothing
   */
  readonly data?: Record<string, JobData>;

  /**
   * Environment variables whose values are secret, by name. The execution role is let read them.
   *
   * @default - none
   */
  readonly secrets?: Record<string, JobSecret>;

  /**
   * Who the command runs as: a user, `user:group`, or their ids.
   *
   * @default - what the image says
   */
  readonly user?: string;

  /**
   * Whether the container has the rights of root on the instance. Not on Fargate.
   *
   * @default false
   */
  readonly privileged?: boolean;

  /**
   * Whether the container may only read its root file system.
   *
   * @default false
   */
  readonly readonlyRootFilesystem?: boolean;

  /**
   * Limits of the operating system, each once, soft ones at most as high as hard ones. Not on Fargate.
   *
   * @default - those of the Docker daemon
   */
  readonly ulimits?: batch.Ulimit[];

  /**
   * Shared memory, swap, devices, file systems in memory, an init process.
   *
   * @default - what Docker gives
   */
  readonly linux?: LinuxOptions;

  /**
   * Volumes, and where the container sees them.
   *
   * @default - none
   */
  readonly mounts?: JobMount[];

  /**
   * Where the output goes instead of the log group. On Fargate awslogs and splunk.
   *
   * @default - to the log group of the job
   */
  readonly logging?: ecs.LogDriver;

  /**
   * Containers that are started, or have ended, before this one is started.
   *
   * @default - none
   */
  readonly dependsOn?: JobContainerDependency[];

  /**
   * How long the containers that this one waits for may take; from 2 seconds.
   *
   * @default - without end
   */
  readonly startTimeout?: Duration;

  /**
   * How long after SIGTERM the container is killed; from 2 seconds, on Fargate up to 120.
   *
   * @default Duration.seconds(30)
   */
  readonly stopTimeout?: Duration;
}

/** A container beside the main one. */
export interface AdditionalContainer extends JobContainerOptions {
  /** 1 to 255 letters, digits, hyphens and underscores; no two containers have the same. */
  readonly name: string;

  /**
   * Whether the job ends with this container, as it does with the main one.
   *
   * @default false
   */
  readonly essential?: boolean;

  /**
   * Makes this container the log router of those whose `logging` is `LogDrivers.firelens()`.
   *
   * @default - it is none
   */
  readonly firelens?: FirelensRouter;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html */
export interface FirelensRouter {
  readonly type: ecs.FirelensLogRouterType;

  /**
   * Such as `enable-ecs-log-metadata`, `config-file-type` and `config-file-value`.
   *
   * @default - none
   */
  readonly options?: Record<string, string>;
}

/** What the containers of one job share. */
export interface JobSurroundings {
  readonly fargate: boolean;
  readonly jobRole: iam.IRole;
  readonly executionRole: iam.IRole;
  readonly logGroup: logs.ILogGroup;
}

/** What `containerProperties` and the containers of `ecsProperties` have in common. */
export type ContainerProperties = Pick<
  batch.CfnJobDefinition.ContainerPropertiesProperty & batch.CfnJobDefinition.TaskContainerPropertiesProperty,
  | 'image'
  | 'command'
  | 'environment'
  | 'linuxParameters'
  | 'logConfiguration'
  | 'mountPoints'
  | 'privileged'
  | 'readonlyRootFilesystem'
  | 'repositoryCredentials'
  | 'resourceRequirements'
  | 'secrets'
  | 'ulimits'
  | 'user'
>;

/** What a container asks of its host. @throws ValidationError for what no host has */
export function containerRequest(
  scope: Construct,
  path: string,
  { vcpus, memory, gpus = 0 }: JobContainerOptions,
  fargate: boolean,
): Resources {
  if (!fargate) checkWholeNumber(scope, `${path}vcpus`, vcpus, { min: 1 });
  checkWholeNumber(scope, `${path}gpus`, gpus, { min: 0, max: fargate ? 0 : undefined });
  return { vcpus, memoryMiB: mebibytes(scope, `${path}memory`, memory, 4), gpus };
}

/**
 * A container as a job definition has it, with what its roles need granted.
 *
 * @param bindings what the container's image and log driver are bound to, below the job
 * @param path how the user's properties lead to it: empty, or `additionalContainers[0].`
 */
export function containerProperties(
  scope: Construct,
  bindings: Construct,
  path: string,
  options: JobContainerOptions,
  request: Resources,
  job: JobSurroundings,
): ContainerProperties {
  const { fargate } = job;
  if (fargate && options.privileged) {
    throw new ValidationError(scope, { property: `${path}privileged`, value: 'true', allowed: 'false on Fargate' });
  }
  checkVariables(scope, path, options);
  const { imageName, repositoryCredentials } = options.image.bind(bindings, asContainer(job));
  return {
    image: imageName,
    command: options.command,
    environment: pairs(environmentOf(scope, path, options, job), (name, value) => ({ name, value })),
    secrets: pairs(options.secrets, (name, secret) => ({
      name,
      valueFrom: secret._bind(scope, `${path}secrets.${name}`, job.executionRole),
    })),
    repositoryCredentials: repositoryCredentials && {
      credentialsParameter: repositoryCredentials.credentialsParameter!,
    },
    resourceRequirements: requirements(request),
    logConfiguration: logConfiguration(scope, bindings, path, options, job),
    mountPoints: options.mounts && mountPoints(scope, `${path}mounts`, options.mounts),
    linuxParameters: options.linux && linuxParameters(scope, `${path}linux`, options.linux, fargate),
    ulimits: options.ulimits && ulimits(scope, `${path}ulimits`, options.ulimits, fargate),
    privileged: options.privileged,
    readonlyRootFilesystem: options.readonlyRootFilesystem,
    user: options.user,
  };
}

/** What only containers of `ecsProperties` have. */
export function taskOnlyProperties(
  scope: Construct,
  path: string,
  { startTimeout, stopTimeout }: JobContainerOptions,
  fargate: boolean,
): Pick<batch.CfnJobDefinition.TaskContainerPropertiesProperty, 'startTimeout' | 'stopTimeout'> {
  checkSeconds(scope, `${path}startTimeout`, startTimeout, { min: 2, max: fargate ? 120 : undefined });
  checkSeconds(scope, `${path}stopTimeout`, stopTimeout, { min: 2, max: fargate ? 120 : undefined });
  return { startTimeout: startTimeout?.toSeconds(), stopTimeout: stopTimeout?.toSeconds() };
}

function environmentOf(
  scope: Construct,
  path: string,
  { environment, data = {} }: JobContainerOptions,
  { jobRole }: JobSurroundings,
): Record<string, string> {
  const places = Object.entries(data).map(([name, one]) => [name, one._bind(scope, `${path}data.${name}`, jobRole)]);
  return { ...environment, ...(Object.fromEntries(places) as Record<string, string>) };
}

function checkVariables(
  scope: Construct,
  path: string,
  { environment = {}, data = {}, secrets = {} }: JobContainerOptions,
): void {
  for (const [property, names] of Object.entries({
    environment: Object.keys(environment),
    data: Object.keys(data),
    secrets: Object.keys(secrets),
  })) {
    for (const name of names) {
      if (!name.startsWith('AWS_BATCH')) continue;
      const allowed = 'a name that does not begin with AWS_BATCH, which AWS Batch keeps for itself';
      throw new ValidationError(scope, { property: `${path}${property}`, value: name, allowed });
    }
  }
  checkApart(scope, `${path}secrets`, secrets, 'environment', environment);
  checkApart(scope, `${path}data`, data, 'environment', environment);
  checkApart(scope, `${path}data`, data, 'secrets', secrets);
}

function checkApart(scope: Construct, property: string, one: object, otherProperty: string, other: object): void {
  const twice = Object.keys(one).find((name) => Object.hasOwn(other, name));
  if (twice === undefined) return;
  const allowed = `a name that is not in ${otherProperty} too`;
  throw new ValidationError(scope, { property, value: twice, allowed });
}

/** `undefined` rather than an empty list, which would be a property set. */
function pairs<T, P>(record: Record<string, T> | undefined, pair: (name: string, value: T) => P): P[] | undefined {
  const entries = Object.entries(record ?? {});
  return entries.length === 0 ? undefined : entries.map(([name, value]) => pair(name, value));
}

function requirements({ vcpus, memoryMiB, gpus }: Resources): batch.CfnJobDefinition.ResourceRequirementProperty[] {
  const all = { MEMORY: memoryMiB, VCPU: vcpus, ...(gpus === 0 ? {} : { GPU: gpus }) };
  return Object.entries(all).map(([type, amount]) => ({ type, value: Tokenization.stringifyNumber(amount) }));
}

const FARGATE_LOG_DRIVERS = ['awslogs', 'splunk'];

function logConfiguration(
  scope: Construct,
  bindings: Construct,
  path: string,
  { logging }: JobContainerOptions,
  job: JobSurroundings,
): batch.CfnJobDefinition.LogConfigurationProperty {
  const driver = logging ?? ecs.LogDriver.awsLogs({ logGroup: job.logGroup, streamPrefix: 'job' });
  const { logDriver, options, secretOptions } = driver.bind(bindings, asContainer(job));
  if (job.fargate && !Token.isUnresolved(logDriver) && !FARGATE_LOG_DRIVERS.includes(logDriver)) {
    const allowed = `one of ${FARGATE_LOG_DRIVERS.join(', ')} on Fargate`;
    throw new ValidationError(scope, { property: `${path}logging`, value: logDriver, allowed });
  }
  return { logDriver, options, secretOptions };
}

/**
 * Images and log drivers of aws-cdk-lib are made for ECS, and ask the container of a task definition for nothing but the
 * role that they grant to. aws-cdk-lib's own job definitions stand in for one in the same way.
 */
function asContainer({ executionRole }: JobSurroundings): ecs.ContainerDefinition {
  return { taskDefinition: { obtainExecutionRole: () => executionRole } } as ecs.ContainerDefinition;
}

import type { Duration } from 'aws-cdk-lib';
import { Lazy, Names, Stack, Tags, Token } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { sum } from './amounts';
import { checkParameters } from './command-parameters';
import type { ConsumableRequirement } from './consumable-requirements';
import { arnOf, consumableResources } from './consumable-requirements';
import { checkFargateSize, fargateProperties } from './fargate-options';
import type { ContainerJobDefinitionProps } from './container-job-props';
import type { JobContainerOptions } from './job-container';
import { containerRequest } from './job-container';
import type { IContainerJobDefinition } from './job-definition-base';
import { ImportedJobDefinition, JobDefinitionBase, nameInArn } from './job-definition-base';
import { jobLogGroup } from './job-log';
import type { JobMount, JobVolume } from './job-volume';
import type { PlacedContainer } from './job-shape';
import { workProperties } from './job-shape';
import { capacitiesOf, checkPlacement } from './placement';
import { checkRetries, retryStrategy } from './retry-rules';
import { CapacityKind } from '../capacity/capacity';
import type { Resources } from '../capacity/config';
import { noteTaker } from '../limits/shared-queue';
import { checkBatchName } from '../validation/batch-name';
import { checkSeconds, checkWholeNumber, ValidationError } from '../validation/validation-error';

/** The tag of definitions made by this library; its value is the construct's path. */
const DEFINITION_TAG = 'batch-foreman:definition';

const LONGEST_NAME = 128;

/**
 * A job of one or several containers, on EC2 or Fargate. Grants go to its job role.
 *
 * It is an `IJobDefinition` of aws-cdk-lib. `jobDefinitionArn` is the revision that is deployed with it: another stack
 * that takes it cannot be updated before this one. `jobDefinitionName` is always the latest.
 */
export class ContainerJobDefinition extends JobDefinitionBase implements iam.IGrantable, ec2.IConnectable {
  /**
   * A definition that is there already.
   *
   * @param scope of the construct
   * @param id of the construct
   * @param jobDefinitionArn with or without a revision
   */
  static fromJobDefinitionArn(scope: Construct, id: string, jobDefinitionArn: string): IContainerJobDefinition {
    return new ImportedJobDefinition(scope, id, jobDefinitionArn, nameInArn(jobDefinitionArn));
  }

  /**
   * A definition of this account and Region that is there already: the latest revision.
   *
   * @param scope of the construct
   * @param id of the construct
   * @param jobDefinitionName without a revision
   */
  static fromJobDefinitionName(scope: Construct, id: string, jobDefinitionName: string): IContainerJobDefinition {
    const arn = Stack.of(scope).formatArn({
      service: 'batch',
      resource: 'job-definition',
      resourceName: jobDefinitionName,
    });
    return new ImportedJobDefinition(scope, id, arn, jobDefinitionName);
  }

  /** Of the revision that is deployed with the construct. */
  readonly jobDefinitionArn: string;
  /** Of all revisions; a job submitted by it is of the latest. */
  readonly jobDefinitionName: string;
  /** The revision. */
  readonly jobDefinition: batch.CfnJobDefinition;
  /** What each job has to be submitted with. */
  readonly requiredParameters: string[];
  readonly jobRole: iam.IRole;
  readonly executionRole: iam.IRole;
  readonly logGroup: logs.ILogGroup;
  readonly grantPrincipal: iam.IPrincipal;
  override readonly parameters?: { [key: string]: any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- as in aws-cdk-lib
  override readonly retryAttempts?: number;
  readonly retryStrategies: batch.RetryStrategy[];
  override readonly schedulingPriority?: number;
  override readonly timeout?: Duration;
  /**
   * The containers of a job whose definition has `ecsProperties`: such a job is submitted with overrides for each.
   *
   * @internal
   */
  readonly _taskContainers?: string[];
  private readonly queues: readonly batch.IJobQueue[];
  private readonly consumables: readonly ConsumableRequirement[];
  private readonly mounts: readonly JobMount[];
  private readonly request: Resources;
  private readonly fargate: boolean;

  constructor(scope: Construct, id: string, props: ContainerJobDefinitionProps) {
    super(scope, id, { physicalName: props.jobDefinitionName ?? defaultName(scope, id) });
    this.queues = props.queues ?? [];
    this.consumables = props.consumableResources ?? [];
    this.mounts = props.mounts ?? [];
    this.fargate = this.runsOnFargate(props);
    this.parameters = props.parameters;
    this.requiredParameters = props.requiredParameters ?? [];
    this.retryAttempts = props.retryAttempts;
    this.retryStrategies = [...(props.retryStrategies ?? [])];
    this.schedulingPriority = props.schedulingPriority;
    this.timeout = props.timeout;
    const containers = this.containers(props);
    this.request = together(containers.map(({ request }) => request));
    this.check(props, containers);

    this.jobRole = props.jobRole ?? new iam.Role(this, 'JobRole', { assumedBy: ecsTasks() });
    this.grantPrincipal = this.jobRole.grantPrincipal;
    // With a role of its own for the image, the secrets and the log, a job needs none of it from the instance.
    this.executionRole = props.executionRole ?? new iam.Role(this, 'ExecutionRole', { assumedBy: ecsTasks() });
    this.logGroup = jobLogGroup(this, props);

    const work = workProperties(this, {
      containers,
      fargate: this.fargate,
      fargateProperties: this.fargate ? fargateProperties(this, props.fargate ?? {}) : undefined,
      jobRole: this.jobRole,
      executionRole: this.executionRole,
      logGroup: this.logGroup,
      ipcMode: props.ipcMode,
      pidMode: props.pidMode,
      network: this.network(),
    });
    this._taskContainers = work.ecsProperties && containers.map(({ name }) => name);
    this.jobDefinition = new batch.CfnJobDefinition(this, 'Resource', {
      type: 'container',
      jobDefinitionName: this.physicalName,
      platformCapabilities: [this.fargate ? 'FARGATE' : 'EC2'],
      ...work,
      parameters: props.parameters,
      retryStrategy: Lazy.any({ produce: () => retryStrategy(this.retryAttempts, this.retryStrategies) }),
      timeout: this.timeout && { attemptDurationSeconds: this.timeout.toSeconds() },
      schedulingPriority: this.schedulingPriority,
      consumableResourceProperties: consumableResources(this, this.consumables),
      propagateTags: props.propagateTags ?? true,
      resourceRetentionPolicy: { skipDeregisterOnUpdate: props.skipDeregisterOnUpdate ?? true },
    });
    Tags.of(this.jobDefinition).add(DEFINITION_TAG, this.node.path);
    this.jobDefinitionName = Token.isUnresolved(this.physicalName)
      ? nameInArn(this.jobDefinition.ref)
      : this.physicalName;
    this.jobDefinitionArn = this.getResourceArnAttribute(this.jobDefinition.ref, {
      service: 'batch',
      resource: 'job-definition',
      resourceName: this.physicalName,
    });
  }

  /**
   * The network of what the job runs on: rules for it hold for every job there.
   *
   * @throws ValidationError where `queues` is not given, or leads to environments that this library did not make
   */
  get connections(): ec2.Connections {
    const network = this.network();
    if (network) return network.connections;
    throw new ValidationError(this, {
      property: 'queues',
      value: this.queues.length === 0 ? undefined : this.queues.map(({ node }) => node.path).join(', '),
      allowed: 'queues on capacity of this library, for the network of the job to be known',
      advice: 'Use the connections of the compute environment.',
    });
  }

  addRetryStrategy(strategy: batch.RetryStrategy): void {
    checkRetries(this, this.retryAttempts, [...this.retryStrategies, strategy]);
    this.retryStrategies.push(strategy);
  }

  override grantSubmit(grantee: iam.IGrantable, queue: batch.IJobQueue): iam.Grant {
    this._checkQueue(queue);
    return super.grantSubmit(grantee, queue);
  }

  /**
   * Refuses a queue that can never run the job; to be called wherever the two meet.
   *
   * @internal
   */
  _checkQueue(queue: batch.IJobQueue, overrides: Partial<Resources> = {}): void {
    const [kind] = capacitiesOf(queue) ?? [];
    if (kind && (kind.kind === CapacityKind.FARGATE) !== this.fargate) {
      throw new ValidationError(this, {
        property: 'queue',
        value: queue.node.path,
        allowed: `one on ${this.fargate ? 'Fargate' : 'EC2'}, as this job is`,
        advice: 'Name the queue in `queues`.',
      });
    }
    const { vcpus = this.request.vcpus, memoryMiB = this.request.memoryMiB, gpus = this.request.gpus } = overrides;
    checkPlacement(this, queue, { vcpus, memoryMiB, gpus });
  }

  /**
   * How the main container mounts a volume.
   *
   * @internal
   */
  _mountOf(volume: JobVolume): JobMount | undefined {
    return this.mounts.find((mount) => mount.volume === volume);
  }

  /** @internal */
  protected override _consumableResourceArns(): string[] {
    return this.consumables.map(({ resource }) => arnOf(resource));
  }

  private network(): ec2.IConnectable | undefined {
    const securityGroups = this.queues
      .flatMap((queue) => capacitiesOf(queue) ?? [])
      .flatMap(({ connections }) => connections.securityGroups);
    if (securityGroups.length === 0) return undefined;
    return new ec2.Connections({ securityGroups: [...new Set(securityGroups)] });
  }

  private containers(props: ContainerJobDefinitionProps): PlacedContainer[] {
    const all = [
      { name: props.containerName ?? 'main', path: '', options: props as JobContainerOptions },
      ...(props.additionalContainers ?? []).map((options, index) => ({
        name: options.name,
        path: `additionalContainers[${index}].`,
        options,
      })),
    ];
    return all.map((one) => ({ ...one, request: containerRequest(this, one.path, one.options, this.fargate) }));
  }

  private runsOnFargate({ fargate: options }: ContainerJobDefinitionProps): boolean {
    const kinds = this.queues.flatMap((queue) => capacitiesOf(queue) ?? []).map(({ kind }) => kind);
    const fargate = options !== undefined || kinds.includes(CapacityKind.FARGATE);
    if (fargate && kinds.some((kind) => kind !== CapacityKind.FARGATE)) {
      throw new ValidationError(this, {
        property: 'queues',
        value: this.queues.map(({ node }) => node.path).join(', '),
        allowed: options === undefined ? 'all on Fargate or all on EC2' : 'all on Fargate where `fargate` is given',
        advice: 'Make a definition for each.',
      });
    }
    return fargate;
  }

  private check(props: ContainerJobDefinitionProps, containers: readonly PlacedContainer[]): void {
    checkBatchName(this, 'jobDefinitionName', props.jobDefinitionName);
    checkParameters(
      this,
      containers.map(({ path, options }) => ({ property: `${path}command`, words: options.command ?? [] })),
      { parameters: props.parameters ?? {}, required: this.requiredParameters },
    );
    checkRetries(this, this.retryAttempts, this.retryStrategies);
    checkSeconds(this, 'timeout', props.timeout, { min: 60 });
    checkWholeNumber(this, 'schedulingPriority', props.schedulingPriority, { min: 0, max: 9999 });
    if (this.fargate) checkFargateSize(this, this.request.vcpus, this.request.memoryMiB);
    for (const queue of this.queues) checkPlacement(this, queue, this.request);
    noteTaker(this, this.queues, this.consumables);
  }
}

/**
 * A name that is known before the deployment, so that other stacks and people can refer to the definition in all of its
 * revisions. Several stacks of an account never have the same: stacks' names are unique in it.
 */
function defaultName(scope: Construct, id: string): string | undefined {
  if (Token.isUnresolved(Stack.of(scope).stackName)) return undefined;
  const suffix = `-${id.replace(/[^\w-]/g, '')}`.slice(0, LONGEST_NAME / 2);
  const options = { maxLength: LONGEST_NAME - suffix.length, separator: '-', allowedSpecialCharacters: '_-' };
  return `${Names.uniqueResourceName(scope, options)}${suffix}`;
}

/** What all containers of a task ask of one host. */
function together(requests: readonly Resources[]): Resources {
  return {
    vcpus: sum(requests.map(({ vcpus }) => vcpus)),
    memoryMiB: sum(requests.map(({ memoryMiB }) => memoryMiB)),
    gpus: sum(requests.map(({ gpus }) => gpus)),
  };
}

function ecsTasks(): iam.ServicePrincipal {
  return new iam.ServicePrincipal('ecs-tasks.amazonaws.com');
}

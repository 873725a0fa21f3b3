import type {
  CreateComputeEnvironmentRequest,
  CreateComputeEnvironmentResponse,
  DeleteComputeEnvironmentRequest,
  DescribeComputeEnvironmentsRequest,
  DescribeComputeEnvironmentsResponse,
  UpdateComputeEnvironmentRequest,
  UpdateComputeEnvironmentResponse,
} from '@aws-sdk/client-batch';
import type { TaskPlacement } from '../../ports';
import type { World } from '../../world';
import { arn } from '../../world';
import type { JobQueue } from '../model';
import { namedOrPage } from '../pages';
import { check, checkName, checkRange, checkState, checkTags, refuse } from '../refusals';
import type { Registry } from '../registry';
import type { EnvironmentCapacity } from '../scheduling/environment-capacity';
import { detailOf, isFargate } from './compute-environment';
import type { ComputeEnvironment } from './compute-environment';
import { checkComputeResource } from './compute-resource-rules';
import { updatedEnvironment } from './environment-update';

const HEALTHY = 'ComputeEnvironment Healthy';

/** What an environment sets going elsewhere. */
export interface EnvironmentListener {
  /** What a new environment has to put jobs on; it is not asked for `environment` before that is made. */
  capacityOf(clusterArn: string, fargate: boolean, environment: () => ComputeEnvironment): EnvironmentCapacity;
  /** It has become VALID, or something about it has changed. */
  changed(environment: ComputeEnvironment): void;
  /** Its instances are to be replaced. @returns whether there are any */
  replaceInstances(environment: ComputeEnvironment, onReplaced: () => void): boolean;
  /** It is being deleted: what it has launched goes. @returns false when jobs stand in the way */
  release(environment: ComputeEnvironment): boolean;
}

export class ComputeEnvironments {
  private readonly random;

  constructor(
    private readonly world: World,
    private readonly tasks: TaskPlacement,
    private readonly environments: Registry<ComputeEnvironment>,
    private readonly queues: Registry<JobQueue>,
    private readonly listener: EnvironmentListener,
  ) {
    this.random = world.random.fork();
  }

  create(input: CreateComputeEnvironmentRequest): CreateComputeEnvironmentResponse {
    const name = input.computeEnvironmentName!;
    checkName(name, 'computeEnvironmentName');
    this.environments.checkNew(name);
    checkKind(input);
    checkTags(input.tags);
    const uuid = this.random.uuid();
    const clusterArn = this.tasks.createCluster(`${name}_Batch_${uuid}`);
    const { minvCpus = 0 } = input.computeResources ?? {};
    const launches = input.computeResources !== undefined && !isFargate(input);
    const environment: ComputeEnvironment = {
      name,
      arn: arn(this.world, 'batch', `compute-environment/${name}`),
      sequence: this.environments.nextSequence(),
      uuid,
      type: input.type!,
      state: input.state ?? 'ENABLED',
      status: 'CREATING',
      statusReason: 'Creating',
      unmanagedvCpus: input.unmanagedvCpus,
      computeResources: input.computeResources && {
        ...input.computeResources,
        ...(launches && { minvCpus, desiredvCpus: input.computeResources.desiredvCpus ?? minvCpus }),
      },
      serviceRole: input.serviceRole ?? this.serviceLinkedRole(),
      ecsSettings: input.ecsSettings,
      context: input.context,
      tags: { ...input.tags },
      clusterArn,
      capacity: this.listener.capacityOf(clusterArn, isFargate(input), () => environment),
    };
    this.environments.add(environment);
    this.becomesValid(environment);
    return { computeEnvironmentName: name, computeEnvironmentArn: environment.arn };
  }

  update(input: UpdateComputeEnvironmentRequest): UpdateComputeEnvironmentResponse {
    const environment = this.environments.require(input.computeEnvironment!);
    checkSettled(environment, 'update');
    checkState(input.state);
    const { changes, replacesInstances } = updatedEnvironment(environment, input);
    Object.assign(environment, changes);
    environment.status = 'UPDATING';
    environment.statusReason = 'Updating';
    const replaced = (): void => this.becomesValid(environment);
    if (!replacesInstances || !this.listener.replaceInstances(environment, replaced)) replaced();
    this.listener.changed(environment);
    return { computeEnvironmentName: environment.name, computeEnvironmentArn: environment.arn };
  }

  delete(input: DeleteComputeEnvironmentRequest): void {
    const environment = this.environments.require(input.computeEnvironment!);
    checkSettled(environment, 'delete');
    check(environment.state === 'DISABLED', 'Cannot delete, state must be DISABLED');
    const used = [...this.queues].some(({ environments }) =>
      environments.some((entry) => entry.environment === environment),
    );
    check(!used, 'Cannot delete, found existing JobQueue relationship');
    if (!this.listener.release(environment)) {
      environment.status = 'INVALID';
      environment.statusReason = 'CLIENT_ERROR - Jobs are still active on this Fargate compute environment';
      return;
    }
    environment.status = 'DELETING';
    environment.statusReason = 'Deleting';
    this.later(() => {
      environment.status = 'DELETED';
      this.environments.delete(environment);
      this.tasks.deleteCluster(environment.clusterArn);
    });
  }

  describe(input: DescribeComputeEnvironmentsRequest): DescribeComputeEnvironmentsResponse {
    const { items, nextToken } = namedOrPage(this.environments, input.computeEnvironments, input);
    return { computeEnvironments: items.map(detailOf), nextToken };
  }

  private becomesValid(environment: ComputeEnvironment): void {
    this.later(() => {
      environment.status = 'VALID';
      environment.statusReason = HEALTHY;
      this.listener.changed(environment);
    });
  }

  private later(action: () => void): void {
    this.world.clock.after(this.world.settings.batchProvisioningSeconds * 1000, action);
  }

  private serviceLinkedRole(): string {
    return `arn:aws:iam::${this.world.accountId}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch`;
  }
}

function checkKind(input: CreateComputeEnvironmentRequest): void {
  if (input.eksConfiguration) refuse('The local AWS has no Amazon EKS');
  if (input.type === 'MANAGED') {
    check(input.computeResources, 'computeResources is required for a MANAGED compute environment');
    check(input.unmanagedvCpus === undefined, 'unmanagedvCpus is only supported for UNMANAGED compute environments');
    checkComputeResource(input.computeResources);
  } else {
    check(input.type === 'UNMANAGED', `type must be MANAGED or UNMANAGED, got ${input.type}`);
    check(!input.computeResources, 'computeResources is not supported for UNMANAGED compute environments');
    checkRange(input.unmanagedvCpus, 0, Number.MAX_SAFE_INTEGER, 'unmanagedvCpus');
  }
  checkState(input.state);
}

function checkSettled({ status, name }: ComputeEnvironment, verb: string): void {
  check(status === 'VALID' || status === 'INVALID', `Cannot ${verb}, resource ${name} is being modified`);
}

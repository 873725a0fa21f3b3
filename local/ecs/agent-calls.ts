import type { DelegatedCalls, InstanceRoles, TaskRequest } from '../ports';
import type { AgentConfig } from './agent-config';
import type { ContainerInstance } from './model';

/** `123456789012.dkr.ecr.us-east-1.amazonaws.com/team/image:tag` */
const ECR_IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com[^/]*\/([^:@]+)/;

/**
 * The requests that an ECS agent makes with its instance's role, and, for a task that has one, with the execution role.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-awsmanpol.html
 */
export class AgentCalls {
  /** Instances whose logs are written with the execution role of the task, if it has one. */
  private readonly logsByExecutionRole = new WeakSet<ContainerInstance>();

  constructor(
    private readonly delegated: DelegatedCalls,
    private readonly roles: InstanceRoles,
  ) {}

  registered(instance: ContainerInstance, config: AgentConfig): void {
    if (config.logsByExecutionRole) this.logsByExecutionRole.add(instance);
    const cluster = instance.cluster.arn;
    const itself = { cluster, containerInstance: instance.containerInstanceArn };
    this.asInstance(instance, 'ecs', 'DiscoverPollEndpoint', itself);
    this.asInstance(instance, 'ecs', 'RegisterContainerInstance', { cluster });
    this.asInstance(instance, 'ecs', 'Poll', itself);
    this.asInstance(instance, 'ecs', 'StartTelemetrySession', itself);
  }

  /** The agent drains its own instance when EC2 takes it back. */
  drained(instance: ContainerInstance): void {
    const { cluster, containerInstanceArn } = instance;
    const input = { cluster: cluster.arn, containerInstances: [containerInstanceArn], status: 'DRAINING' };
    this.asInstance(instance, 'ecs', 'UpdateContainerInstancesState', input);
  }

  started(instance: ContainerInstance, taskArn: string, container: TaskRequest['container']): void {
    if (container) {
      this.pull(instance, container);
      this.openLog(instance, taskArn, container);
    }
    this.changed(instance, taskArn);
  }

  /** A task has started or stopped. */
  changed(instance: ContainerInstance, task: string): void {
    this.asInstance(instance, 'ecs', 'SubmitTaskStateChange', { cluster: instance.cluster.arn, task });
  }

  private pull(instance: ContainerInstance, { image, executionRoleArn }: Required<TaskRequest>['container']): void {
    const [, registryId, , repositoryName] = ECR_IMAGE.exec(image) ?? [];
    if (registryId === undefined) return;
    const repository = { registryId, repositoryName };
    this.as(executionRoleArn, instance, 'ecr', 'GetAuthorizationToken', {});
    this.as(executionRoleArn, instance, 'ecr', 'BatchGetImage', repository);
    this.as(executionRoleArn, instance, 'ecr', 'GetDownloadUrlForLayer', repository);
  }

  private openLog(
    instance: ContainerInstance,
    taskArn: string,
    { logGroup, executionRoleArn }: Required<TaskRequest>['container'],
  ): void {
    const writer = this.logsByExecutionRole.has(instance) ? executionRoleArn : undefined;
    const input = { logGroupName: logGroup, logStreamName: taskArn.slice(taskArn.lastIndexOf('/') + 1) };
    this.as(writer, instance, 'logs', 'CreateLogStream', input);
    this.as(writer, instance, 'logs', 'PutLogEvents', input);
  }

  private asInstance(instance: ContainerInstance, service: string, operation: string, input: object): void {
    this.as(undefined, instance, service, operation, input);
  }

  /** @param roleArn whose rights are used instead of the instance's */
  private as(
    roleArn: string | undefined,
    { host }: ContainerInstance,
    service: string,
    operation: string,
    input: object,
  ): void {
    const role = roleArn ?? (host.instanceProfile === undefined ? undefined : this.roles.roleOf(host.instanceProfile));
    if (role !== undefined) this.delegated.note(role, service, operation, input);
  }
}

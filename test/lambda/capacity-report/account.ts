/** Queues, environments and groups of the local AWS, made by API as somebody else's would be: nothing of ours is deployed. */
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateConsumableResourceCommand,
  CreateJobQueueCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  UpdateComputeEnvironmentCommand,
  UpdateJobQueueCommand,
} from '@aws-sdk/client-batch';
import type { ComputeResource, JobDetail, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient, ListContainerInstancesCommand, UpdateContainerInstancesStateCommand } from '@aws-sdk/client-ecs';
import type { EnvironmentClients } from '../../../lambda/capacity-report/observe/environments';
import { createLocalAws, type LocalAws } from '../../../local/local-aws';
import type { Settings } from '../../../local/settings';
import { LOCAL_JOB } from '../../../workload/local-job';

export interface GroupInput {
  readonly type: string;
  readonly max: number;
  readonly desired?: number;
  readonly spot?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface JobInput {
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly gpus?: number;
  readonly runSeconds?: number;
  /** Takes so many of it. */
  readonly consumable?: readonly [name: string, quantity: number];
  readonly fargate?: boolean;
  readonly arraySize?: number;
  readonly dependsOn?: SubmitJobCommandInput['dependsOn'];
}

const HOUR = 3600;

export class Account {
  readonly aws: LocalAws;
  readonly batch: BatchClient;
  private readonly autoScaling: AutoScalingClient;

  constructor(settings: Partial<Settings> = {}) {
    this.aws = createLocalAws({ settings });
    this.batch = this.aws.client(BatchClient);
    this.autoScaling = this.aws.client(AutoScalingClient);
  }

  get clients(): EnvironmentClients {
    return {
      autoScaling: this.autoScaling,
      batch: this.batch,
      ec2: this.aws.client(EC2Client),
      ecs: this.aws.client(ECSClient),
    };
  }

  now(): number {
    return this.aws.clock.now();
  }

  advance(seconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(seconds * 1000);
  }

  /** An environment whose instances come from Auto Scaling groups, by name, which nobody but the test scales. */
  async unmanaged(name: string, groups: Readonly<Record<string, GroupInput>> = {}): Promise<void> {
    await this.batch.send(new CreateComputeEnvironmentCommand({ computeEnvironmentName: name, type: 'UNMANAGED' }));
    await this.advance(2);
    for (const [group, input] of Object.entries(groups)) await this.group(name, group, input);
    await this.advance(120);
  }

  async managed(name: string, computeResources: Partial<ComputeResource>): Promise<void> {
    await this.batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: name,
        type: 'MANAGED',
        computeResources: {
          type: 'EC2',
          allocationStrategy: 'BEST_FIT_PROGRESSIVE',
          maxvCpus: 16,
          instanceTypes: ['m5.xlarge'],
          instanceRole: 'ecsInstanceRole',
          subnets: ['subnet-1'],
          securityGroupIds: ['sg-1'],
          ...computeResources,
        },
      }),
    );
    await this.advance(2);
  }

  async fargate(name: string, maxvCpus: number): Promise<void> {
    const network = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
    const computeResources = { type: 'FARGATE' as const, maxvCpus, ...network };
    await this.batch.send(
      new CreateComputeEnvironmentCommand({ computeEnvironmentName: name, type: 'MANAGED', computeResources }),
    );
    await this.advance(2);
  }

  async queue(name: string, environments: readonly string[], priority = 1): Promise<void> {
    await this.batch.send(
      new CreateJobQueueCommand({
        jobQueueName: name,
        priority,
        computeEnvironmentOrder: environments.map((computeEnvironment, order) => ({ order, computeEnvironment })),
      }),
    );
    await this.advance(2);
  }

  async consumable(name: string, totalQuantity: number): Promise<void> {
    await this.batch.send(new CreateConsumableResourceCommand({ consumableResourceName: name, totalQuantity }));
  }

  /** @returns the job's id */
  async submit(jobQueue: string, input: JobInput = {}): Promise<string> {
    const { runSeconds = HOUR, consumable, fargate = false, arraySize, dependsOn } = input;
    const jobDefinition = await this.definition(fargate);
    const { jobId } = await this.batch.send(
      new SubmitJobCommand({
        jobName: 'job',
        jobQueue,
        jobDefinition,
        dependsOn,
        ...(arraySize !== undefined && { arrayProperties: { size: arraySize } }),
        ...(consumable && {
          consumableResourcePropertiesOverride: {
            consumableResourceList: [{ consumableResource: consumable[0], quantity: consumable[1] }],
          },
        }),
        containerOverrides: {
          environment: [{ name: LOCAL_JOB, value: JSON.stringify({ attempts: [{ runSeconds }] }) }],
          resourceRequirements: requirements(input),
        },
      }),
    );
    await this.advance(1);
    return jobId!;
  }

  async job(jobId: string): Promise<JobDetail> {
    const { jobs } = await this.batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
    return jobs![0]!;
  }

  async setQueue(jobQueue: string, state: 'ENABLED' | 'DISABLED'): Promise<void> {
    await this.batch.send(new UpdateJobQueueCommand({ jobQueue, state }));
    await this.advance(2);
  }

  async setEnvironment(computeEnvironment: string, state: 'ENABLED' | 'DISABLED'): Promise<void> {
    await this.batch.send(new UpdateComputeEnvironmentCommand({ computeEnvironment, state }));
    await this.advance(2);
  }

  async setMaximum(computeEnvironment: string, maxvCpus: number): Promise<void> {
    await this.batch.send(new UpdateComputeEnvironmentCommand({ computeEnvironment, computeResources: { maxvCpus } }));
    await this.advance(2);
  }

  /** Has a group want more instances, and waits until they have registered. */
  async scale(group: string, more: number): Promise<void> {
    const { AutoScalingGroups } = await this.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    );
    const { DesiredCapacity, MaxSize } = AutoScalingGroups![0]!;
    const wanted = DesiredCapacity! + more;
    if (wanted > MaxSize!) {
      const input = { AutoScalingGroupName: group, MaxSize: wanted };
      await this.autoScaling.send(new UpdateAutoScalingGroupCommand(input));
    }
    const input = { AutoScalingGroupName: group, DesiredCapacity: wanted };
    await this.autoScaling.send(new SetDesiredCapacityCommand(input));
    await this.advance(120);
  }

  /** EC2 ids of the instances that are there, in the order of their launch. */
  instances(): string[] {
    return this.aws.state().instances.map(({ instanceId }) => instanceId);
  }

  /** Takes an instance of a group away, for which the group gets none. */
  async terminate(InstanceId: string): Promise<void> {
    await this.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: true }),
    );
    await this.advance(60);
  }

  async drain(environment: string): Promise<void> {
    const cluster = await this.cluster(environment);
    const ecs = this.aws.client(ECSClient);
    const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({ cluster }));
    const input = { cluster, containerInstances: containerInstanceArns, status: 'DRAINING' as const };
    await ecs.send(new UpdateContainerInstancesStateCommand(input));
  }

  private async group(
    environment: string,
    name: string,
    { type, max, desired = 0, spot, tags = {} }: GroupInput,
  ): Promise<void> {
    const cluster = await this.cluster(environment);
    const script = `echo ECS_CLUSTER=${cluster} >> /etc/ecs/ecs.config\necho ECS_ENABLE_GPU_SUPPORT=true >> /etc/ecs/ecs.config`;
    await this.aws.client(EC2Client).send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        LaunchTemplateData: {
          InstanceType: type as never,
          ImageId: 'ami-0123456789abcdef0',
          UserData: Buffer.from(`#!/bin/bash\n${script}`).toString('base64'),
          ...(spot && { InstanceMarketOptions: { MarketType: 'spot' } }),
        },
      }),
    );
    await this.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MinSize: 0,
        MaxSize: max,
        DesiredCapacity: desired,
        AvailabilityZones: ['us-east-1a'],
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        LaunchTemplate: { LaunchTemplateName: name, Version: '$Latest' },
      }),
    );
  }

  private async cluster(computeEnvironment: string): Promise<string> {
    const { computeEnvironments } = await this.batch.send(
      new DescribeComputeEnvironmentsCommand({ computeEnvironments: [computeEnvironment] }),
    );
    const arn = computeEnvironments![0]!.ecsClusterArn!;
    return arn.slice(arn.lastIndexOf('/') + 1);
  }

  private readonly definitions = new Map<boolean, string>();

  private async definition(fargate: boolean): Promise<string> {
    let name = this.definitions.get(fargate);
    if (name === undefined) {
      const { jobDefinitionName } = await this.batch.send(
        new RegisterJobDefinitionCommand({
          jobDefinitionName: fargate ? 'fargate' : 'ec2',
          type: 'container',
          platformCapabilities: [fargate ? 'FARGATE' : 'EC2'],
          containerProperties: {
            image: 'busybox',
            executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
            resourceRequirements: requirements({ memoryMiB: 2048 }),
          },
        }),
      );
      this.definitions.set(fargate, (name = jobDefinitionName!));
    }
    return name;
  }
}

function requirements({ vcpus = 1, memoryMiB = 512, gpus = 0 }: JobInput) {
  return [
    { type: 'VCPU' as const, value: String(vcpus) },
    { type: 'MEMORY' as const, value: String(memoryMiB) },
    ...(gpus > 0 ? [{ type: 'GPU' as const, value: String(gpus) }] : []),
  ];
}

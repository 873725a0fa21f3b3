import * as sdk from '@aws-sdk/client-batch';
import type {
  ComputeEnvironmentDetail,
  ContainerProperties,
  CreateComputeEnvironmentRequest,
  CreateJobQueueRequest,
  DescribeComputeEnvironmentsResponse,
  DescribeJobQueuesResponse,
  DescribeJobsResponse,
  JobDetail,
  JobQueueDetail,
  ListJobsRequest,
  ListJobsResponse,
  RegisterJobDefinitionRequest,
  RegisterJobDefinitionResponse,
  SubmitJobRequest,
  SubmitJobResponse,
} from '@aws-sdk/client-batch';
import { BatchService } from '../../../local/batch/batch-service';
import type { JobRunner } from '../../../local/batch/execution/job-runner';
import { Ec2Service } from '../../../local/ec2/ec2-service';
import { EcsService } from '../../../local/ecs/ecs-service';
import type { LaunchFaults, VolumeFaults, Resources } from '../../../local/ports';
import { DEFAULT_SETTINGS } from '../../../local/settings';
import type { Settings } from '../../../local/settings';
import { Activities } from '../../../local/simulation/activities';
import { Random } from '../../../local/simulation/random';
import { VirtualClock } from '../../../local/simulation/virtual-clock';
import { ServiceModel } from '../../../local/wire/model';
import { refusalOf } from '../../../local/wire/refusals';
import { ServiceError } from '../../../local/wire/service';
import { violations } from '../../../local/wire/validation';
import type { World } from '../../../local/world';
import type { LocalJobInput } from '../../../workload/local-job';

export const START = Date.UTC(2026, 0, 5);

const MODEL = new ServiceModel(sdk);
export const CALL = {
  caller: { principalArn: 'arn:aws:iam::123456789012:user/test' },
  requestId: 'r',
  origin: 'http://local',
};

export interface PublishedEvent {
  at: number;
  detailType: string;
  resources: string[];
  detail: JobDetail;
}

/** Instance types for tests: `<vcpus>x<GiB>` and `<vcpus>x<GiB>g<gpus>`, of which nothing is kept for the system. */
function testShapes(): Map<string, Resources> {
  const shapes = new Map<string, Resources>();
  for (const vcpus of [1, 2, 4, 8, 16, 64]) {
    for (const gib of [4, 8, 16, 32, 256]) {
      for (const gpus of [0, 1, 4]) {
        shapes.set(shapeName(vcpus, gib, gpus), { vcpus, memoryMiB: gib * 1024, gpus });
      }
    }
  }
  return shapes;
}

function shapeName(vcpus: number, gib: number, gpus: number): string {
  return `${vcpus}x${gib}${gpus > 0 ? `g${gpus}` : ''}`;
}

/** Batch with ECS and EC2 around it, on a virtual clock. Every call and answer is held against the SDK's schemas. */
export class Stage {
  readonly activities = new Activities();
  readonly clock = new VirtualClock(START, this.activities);
  readonly events: PublishedEvent[] = [];
  /** Error codes that EC2 answers launches of instance types with. */
  readonly launchFailures = new Map<string, string>();
  readonly ec2: Ec2Service;
  readonly ecs: EcsService;
  readonly batch: BatchService;
  readonly world: World;
  private named = 0;
  private readonly launched: string[] = [];

  constructor(
    settings: Partial<Settings> = {},
    { runner, realTypes = false }: { runner?: JobRunner; realTypes?: boolean } = {},
  ) {
    this.world = {
      clock: this.clock,
      random: new Random(1),
      settings: {
        ...DEFAULT_SETTINGS,
        memoryOverheadPercent: 0,
        instancePendingSeconds: 1,
        registrationSeconds: 1,
        ...settings,
      },
      accountId: '123456789012',
      region: 'us-east-1',
      events: {
        publish: ({ detailType, resources, detail }) => {
          if (!detailType.startsWith('Batch')) return;
          this.events.push({
            at: this.clock.now(),
            detailType,
            resources,
            detail: structuredClone(detail) as JobDetail,
          });
        },
      },
    };
    const faults: LaunchFaults & VolumeFaults = {
      snapshotFails: () => false,
      failure: (_requester, instanceType) => this.launchFailures.get(instanceType),
      neverRegister: () => false,
    };
    this.ec2 = realTypes ? new Ec2Service(this.world, faults) : new Ec2Service(this.world, faults, testShapes());
    this.ecs = new EcsService(this.world, this.ec2, faults);
    this.batch = new BatchService(this.world, { tasks: this.ecs, instances: this.ec2, sources: this.ec2, runner });
  }

  call<O>(operation: string, input: object): O {
    const { input: asked, output } = MODEL.operation(operation)!;
    const wrong = violations(asked, input, 'request');
    if (wrong.length > 0) throw refusalOf('batch', operation, wrong);
    const answer = this.batch.api.operations[operation]!(input, CALL) ?? {};
    expect(violations(output, answer, 'answer')).toEqual([]);
    return answer as O;
  }

  /** The message of the `ClientException` that a call is refused with. */
  refusal(operation: string, input: object): string {
    try {
      this.call(operation, input);
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'ClientException') return error.message;
      throw error;
    }
    throw new Error(`${operation} was not refused`);
  }

  async advance(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }

  /** Seconds since the stage was set. */
  seconds(time: number | undefined): number {
    return (time! - START) / 1000;
  }

  async environment(input: Partial<CreateComputeEnvironmentRequest> = {}): Promise<string> {
    const computeEnvironmentName = input.computeEnvironmentName ?? `environment-${++this.named}`;
    this.call('CreateComputeEnvironment', { type: 'UNMANAGED', ...input, computeEnvironmentName });
    await this.advance(this.world.settings.batchProvisioningSeconds);
    return computeEnvironmentName;
  }

  async queue(environments: readonly string[], input: Partial<CreateJobQueueRequest> = {}): Promise<string> {
    const jobQueueName = input.jobQueueName ?? `queue-${++this.named}`;
    this.call('CreateJobQueue', {
      priority: 1,
      computeEnvironmentOrder: environments.map((computeEnvironment, order) => ({ order, computeEnvironment })),
      ...input,
      jobQueueName,
    });
    await this.advance(this.world.settings.batchProvisioningSeconds);
    return jobQueueName;
  }

  /** An unmanaged environment with a queue and one instance. */
  async small(vcpus = 4, gib = 16): Promise<{ environment: string; queue: string }> {
    const environment = await this.environment();
    const queue = await this.queue([environment]);
    await this.instance(environment, vcpus, gib);
    return { environment, queue };
  }

  /** Launches an instance into an environment's cluster and waits until it has registered. @returns its EC2 id */
  async instance(environment: string, vcpus = 4, gib = 16, gpus = 0): Promise<string> {
    const cluster = this.environmentDetail(environment).ecsClusterArn!;
    const { instanceId } = this.ec2.launch({
      instanceType: shapeName(vcpus, gib, gpus),
      userData: [
        `echo ECS_CLUSTER=${cluster.slice(cluster.lastIndexOf('/') + 1)} >> /etc/ecs/ecs.config`,
        'echo ECS_ENABLE_GPU_SUPPORT=true >> /etc/ecs/ecs.config',
      ].join('\n'),
      availabilityZone: 'us-east-1a',
      spot: false,
      tags: {},
      requester: 'test',
    });
    this.launched.push(instanceId);
    await this.advance(this.world.settings.registrationSeconds);
    return instanceId;
  }

  /** EC2 ids of all instances that were launched by `instance`, in that order. */
  ec2Ids(): string[] {
    return this.launched;
  }

  environmentDetail(name: string): ComputeEnvironmentDetail {
    const input = { computeEnvironments: [name] };
    return this.call<DescribeComputeEnvironmentsResponse>('DescribeComputeEnvironments', input)
      .computeEnvironments![0]!;
  }

  queueDetail(name: string): JobQueueDetail {
    return this.call<DescribeJobQueuesResponse>('DescribeJobQueues', { jobQueues: [name] }).jobQueues![0]!;
  }

  /** Registers a definition of 1 vCPU and 1 GiB. @returns `name:revision` */
  define(container: Partial<ContainerProperties> = {}, input: Partial<RegisterJobDefinitionRequest> = {}): string {
    const { jobDefinitionName, revision } = this.call<RegisterJobDefinitionResponse>('RegisterJobDefinition', {
      jobDefinitionName: `definition-${++this.named}`,
      type: 'container',
      containerProperties: { image: 'busybox', resourceRequirements: requirements(1, 1024), ...container },
      ...input,
    });
    return `${jobDefinitionName}:${revision}`;
  }

  /** @returns the job's id */
  submit(jobQueue: string, input: Partial<SubmitJobRequest> = {}, work?: LocalJobInput): string {
    const jobDefinition = input.jobDefinition ?? (this.definition ??= this.define());
    const environment = work && [{ name: 'LOCAL_JOB', value: JSON.stringify(work) }];
    const request = {
      jobName: 'job',
      ...input,
      jobQueue,
      jobDefinition,
      ...(environment && { containerOverrides: { ...input.containerOverrides, environment } }),
    };
    return this.call<SubmitJobResponse>('SubmitJob', request).jobId!;
  }

  private definition?: string;

  job(id: string): JobDetail {
    return this.call<DescribeJobsResponse>('DescribeJobs', { jobs: [id] }).jobs![0]!;
  }

  status(...ids: string[]): string[] {
    return ids.map((id) => this.job(id).status!);
  }

  /** Names of the jobs on one page of a list. */
  list(input: ListJobsRequest): { names: string[]; ids: string[]; nextToken?: string } {
    const { jobSummaryList, nextToken } = this.call<ListJobsResponse>('ListJobs', input);
    return {
      names: jobSummaryList!.map(({ jobName }) => jobName!),
      ids: jobSummaryList!.map(({ jobId }) => jobId!),
      nextToken,
    };
  }

  /** The states that events told of a job, in their order. */
  told(id: string): string[] {
    return this.eventsOf(id).map(({ detail }) => detail.status!);
  }

  eventsOf(id: string, detailType = 'Batch Job State Change'): PublishedEvent[] {
    return this.events.filter((event) => event.detailType === detailType && event.detail.jobId === id);
  }

  /** Until a job has ended, an hour at most. */
  async end(...ids: string[]): Promise<JobDetail[]> {
    const ended = (): boolean => ids.every((id) => ['SUCCEEDED', 'FAILED'].includes(this.job(id).status!));
    expect(await this.clock.runUntilHolds(ended, this.clock.now() + 3_600_000)).toBe(true);
    return ids.map((id) => this.job(id));
  }
}

export function requirements(vcpus: number, memoryMiB: number, gpus = 0) {
  const amounts: [sdk.ResourceType, number][] = [
    ['VCPU', vcpus],
    ['MEMORY', memoryMiB],
  ];
  if (gpus > 0) amounts.push(['GPU', gpus]);
  return amounts.map(([type, value]) => ({ type, value: String(value) }));
}

export function asking(vcpus: number, memoryMiB: number, gpus = 0): Partial<SubmitJobRequest> {
  return { containerOverrides: { resourceRequirements: requirements(vcpus, memoryMiB, gpus) } };
}

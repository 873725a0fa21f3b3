/** An unmanaged environment, synthesized from the constructs and deployed to the local AWS with the bundles that ship. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { BatchClient, RegisterJobDefinitionCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { InstancePoolProps, UnmanagedCapacityOptions } from '../../../lib';
import { BatchCluster } from '../../../lib';
import type { JobReport } from '../../../local/batch/jobs/job-report';
import { instanceHistories, type InstanceHistory } from '../../../local/ecs/instance-history';
import { createLocalAws, type LocalAws } from '../../../local/local-aws';
import type { Settings } from '../../../local/settings';
import type { AttemptInput } from '../../../workload/local-job';
import { LOCAL_JOB } from '../../../workload/local-job';

export const CPU: InstancePoolProps = {
  name: 'cpu',
  instanceTypes: [new ec2.InstanceType('m5.xlarge')],
  maxInstances: 4,
  cost: 1,
};
export const GPU: InstancePoolProps = {
  name: 'gpu',
  instanceTypes: [new ec2.InstanceType('g5.2xlarge')],
  maxInstances: 2,
  cost: 5,
};

/** @returns the directory of the cloud assembly */
export function synthesize(pools: InstancePoolProps[], options: Partial<UnmanagedCapacityOptions> = {}): string {
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'stack-')),
    // The bundles are loaded from where they were built, once.
    context: { [DISABLE_ASSET_STAGING_CONTEXT]: true },
  });
  const stack = new Stack(app, 'Stack');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
  const cluster = new BatchCluster(stack, 'Cluster', { vpc });
  const capacity = cluster.addUnmanagedCapacity('Capacity', { ...options, pools });
  const outputs = {
    Normal: cluster.addQueue('Normal', { capacity: [capacity], priority: 1 }).jobQueueName,
    Urgent: cluster.addQueue('Urgent', { capacity: [capacity], priority: 10 }).jobQueueName,
    Autoscaler: capacity.autoscaler.function.functionName,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  return app.synth().directory;
}

export interface JobInput {
  vcpus?: number;
  memoryMiB?: number;
  gpus?: number;
  runSeconds?: number;
  /** What each attempt does, in place of `runSeconds`. */
  plays?: readonly AttemptInput[];
  /** How often Batch tries it. */
  attempts?: number;
  urgent?: boolean;
  arraySize?: number;
  /** Takes one of it. */
  consumable?: string;
  dependsOn?: SubmitJobCommandInput['dependsOn'];
}

/** A deployed environment, and what a test does with it. */
export class Environment {
  /** What the autoscaler has written: decisions, complaints, metrics. */
  readonly log: Readonly<Record<string, unknown>>[] = [];
  private died = 0;
  private readonly batch: BatchClient;

  private constructor(
    readonly aws: LocalAws,
    private readonly outputs: Readonly<Record<string, string>>,
  ) {
    this.batch = aws.client(BatchClient);
    aws.services.logs.onLine(({ message }) => {
      if (message.includes('signal: killed')) this.died++;
      if (message.startsWith('{')) this.log.push(JSON.parse(message) as Record<string, unknown>);
    });
  }

  /** @param prepare makes what is there before the stack is deployed */
  static async deploy(
    assembly: string,
    settings: Partial<Settings> = {},
    prepare: (aws: LocalAws) => Promise<void> = async () => {},
  ): Promise<Environment> {
    const aws = createLocalAws({ settings });
    await prepare(aws);
    const [stack] = await aws.deploy(assembly);
    const environment = new Environment(aws, stack!.outputs);
    await environment.batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'job',
        type: 'container',
        containerProperties: { image: 'busybox', resourceRequirements: requirements({}) },
      }),
    );
    return environment;
  }

  get autoscaler(): string {
    return this.outputs['Autoscaler']!;
  }

  /** @returns the job's id */
  async submit(input: JobInput = {}): Promise<string> {
    const { runSeconds = 60, urgent = false, arraySize, consumable, dependsOn } = input;
    const { attempts, plays = [{ runSeconds }] } = input;
    const { jobId } = await this.batch.send(
      new SubmitJobCommand({
        jobName: 'job',
        jobQueue: this.outputs[urgent ? 'Urgent' : 'Normal'],
        jobDefinition: 'job',
        dependsOn,
        ...(attempts !== undefined && { retryStrategy: { attempts } }),
        ...(arraySize !== undefined && { arrayProperties: { size: arraySize } }),
        ...(consumable !== undefined && {
          consumableResourcePropertiesOverride: {
            consumableResourceList: [{ consumableResource: consumable, quantity: 1 }],
          },
        }),
        containerOverrides: {
          environment: [{ name: LOCAL_JOB, value: JSON.stringify({ attempts: plays }) }],
          resourceRequirements: requirements(input),
        },
      }),
    );
    return jobId!;
  }

  advance(seconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(seconds * 1000);
  }

  /** Runs until it holds. @throws when it has not come to hold within that time */
  async until(what: string, condition: () => boolean, seconds = 3600): Promise<void> {
    const clock = this.aws.virtualClock!;
    if (await clock.runUntilHolds(condition, clock.now() + seconds * 1000)) return;
    throw new Error(`Not within ${seconds} s: ${what}. ${JSON.stringify({ jobs: this.jobs(), left: this.left() })}`);
  }

  job(jobId: string): JobReport {
    return this.jobs().find(({ id }) => id === jobId)!;
  }

  jobs(): JobReport[] {
    return [...this.aws.services.batch.jobs()];
  }

  instances(): InstanceHistory[] {
    const { ec2, ecs } = this.aws.services;
    return instanceHistories(ec2, ecs);
  }

  /** Instances that are there or on their way. */
  left(): InstanceHistory[] {
    return this.instances().filter(({ shuttingDownAt }) => shuttingDownAt === undefined);
  }

  /** The Auto Scaling groups, and how many instances each wants and has. */
  async groups(): Promise<{ name: string; desired: number; instances: number }[]> {
    const { AutoScalingGroups = [] } = await this.aws
      .client(AutoScalingClient)
      .send(new DescribeAutoScalingGroupsCommand({}));
    return AutoScalingGroups.map(({ AutoScalingGroupName, DesiredCapacity, Instances = [] }) => ({
      name: AutoScalingGroupName!,
      desired: DesiredCapacity!,
      instances: Instances.length,
    }));
  }

  /** Jobs that ended because an instance was terminated. */
  killed(): string[] {
    return this.instances().flatMap(({ killed }) => killed);
  }

  /** What the autoscaler has done, in order. */
  decisions(): string[] {
    const actions = ['launch', 'reset', 'drain', 'undrain', 'terminate', 'keep', 'protected'];
    return this.log.map(({ message }) => String(message)).filter((message) => actions.includes(message));
  }

  /** Invocations that were killed. */
  crashes(): number {
    return this.died;
  }

  /** API calls by service and operation, without those counted before. */
  callsSince(before: Record<string, Record<string, number>>): Record<string, Record<string, number>> {
    const difference: Record<string, Record<string, number>> = {};
    for (const [service, operations] of Object.entries(this.aws.calls.counts())) {
      for (const [operation, count] of Object.entries(operations)) {
        const made = count - (before[service]?.[operation] ?? 0);
        if (made > 0) (difference[service] ??= {})[operation] = made;
      }
    }
    return difference;
  }

  /** Until all jobs have ended and all instances have gone. */
  async untilOver(seconds = 3600): Promise<void> {
    const ended = () => this.jobs().every(({ status }) => status === 'SUCCEEDED' || status === 'FAILED');
    await this.until('all over', () => ended() && this.left().length === 0, seconds);
  }
}

function requirements({ vcpus = 1, memoryMiB = 512, gpus = 0 }: JobInput) {
  return [
    { type: 'VCPU' as const, value: String(vcpus) },
    { type: 'MEMORY' as const, value: String(memoryMiB) },
    ...(gpus > 0 ? [{ type: 'GPU' as const, value: String(gpus) }] : []),
  ];
}

/** A life of the reference app, and of an environment beside it, in which everything happens that needs a right. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetInstanceProtectionCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  BatchClient,
  CreateConsumableResourceCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { BatchStack } from '../../bin/batch-stack';
import { BatchCluster, DeletionBehavior } from '../../lib';
import { createLocalAws, type LocalAws } from '../../local/local-aws';
import { LOCAL_JOB } from '../../workload/local-job';
import { encrypt } from './customer-key';
import { playLimits } from './limits-scenario';
import { playFanOut } from './fan-out-scenario';
import { Recording } from './recording';
import { playRetries } from './retries-scenario';
import { playSchedules } from './scheduled-job-scenario';
import { playTimeouts } from './timeouts-scenario';
import { playWorkflows } from './workflow-scenario';

const ACCOUNT = '123456789012';

/** An environment of Spot Instances, whose jobs are not waited for when it goes. */
class SpotStack extends Stack {
  constructor(app: App, id: string, types: readonly string[]) {
    super(app, id);
    const cluster = new BatchCluster(this, 'Cluster', { vpc: new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
    const spot = cluster.addUnmanagedCapacity('Spot', {
      pools: types.map((type) => ({ instanceTypes: [new ec2.InstanceType(type)], maxInstances: 4, spot: true })),
      provisionTimeout: Duration.minutes(2),
      deletionBehavior: DeletionBehavior.TERMINATE,
    });
    const queue = cluster.addQueue('Queue', { capacity: [spot] });
    cluster.addQueue('OtherQueue', { capacity: [spot] });
    new CfnOutput(this, 'SpotQueueName', { value: queue.jobQueueName });
    new CfnOutput(this, 'SpotAutoscalerFunctionName', { value: spot.autoscaler.function.functionName });
  }
}

function synthesize(spotTypes: readonly string[]): string {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'iam-')) });
  encrypt(app, new Stack(app, 'Keys'));
  new BatchStack(app, 'Batch', { dashboard: true });
  new SpotStack(app, 'Spot', spotTypes);
  return app.synth().directory;
}

export async function play(): Promise<Recording> {
  // Longer than an invocation may wait for instances to go.
  const aws = createLocalAws({ settings: { instanceShutdownSeconds: 1200 } });
  const recording = new Recording(aws);
  const life = new Life(aws, recording);
  await life.deploy(synthesize(['m5.xlarge', 'm5.2xlarge']));
  await life.registerForeignDefinition();
  await life.runJobs();
  await life.loseInstances();
  await life.loseAgent();
  await life.failToLaunch();
  await life.failToRun();
  await life.removePool();
  await playFanOut(aws, recording);
  await life.destroyWithJobs();
  await playLimits(aws, recording);
  await playRetries(aws, recording);
  await playSchedules(aws, recording);
  await playTimeouts(aws, recording);
  await playWorkflows(aws, recording);
  return recording;
}

type Overrides = Pick<SubmitJobCommandInput, 'arrayProperties' | 'consumableResourcePropertiesOverride'> & {
  vcpus?: number;
  memoryMiB?: number;
  runSeconds?: number;
};

class Life {
  private readonly batch: BatchClient;
  private outputs: Readonly<Record<string, string>> = {};

  constructor(
    private readonly aws: LocalAws,
    private readonly recording: Recording,
  ) {
    this.batch = aws.client(BatchClient);
  }

  async deploy(assembly: string): Promise<void> {
    const stacks = await this.aws.deploy(assembly);
    this.outputs = Object.assign({}, ...stacks.map(({ outputs }) => outputs)) as Record<string, string>;
    this.recording.noteGrants();
  }

  /** Each pool of the reference app opens and closes; a resource is short; two runs meet. */
  async runJobs(): Promise<void> {
    await this.batch.send(
      new CreateConsumableResourceCommand({
        consumableResourceName: 'licence',
        totalQuantity: 1,
        resourceType: 'REPLENISHABLE',
      }),
    );
    const licence = { consumableResourceList: [{ consumableResource: 'licence', quantity: 1 }] };
    await this.occupyPools(60);
    await this.submit('Normal', this.cpu, { arrayProperties: { size: 3 } });
    for (const queue of ['Normal', 'Normal', 'Spot', 'Spot']) {
      await this.submit(queue, 'foreign', { consumableResourcePropertiesOverride: licence });
    }
    await this.runTwice();
    await this.untilOver();
  }

  /** A job definition that the library did not make: no execution role, the account's image, Batch's default log. */
  async registerForeignDefinition(): Promise<void> {
    await this.batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'foreign',
        type: 'container',
        containerProperties: {
          image: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/team/tool:1`,
          resourceRequirements: [
            { type: 'VCPU', value: '1' },
            { type: 'MEMORY', value: '512' },
          ],
        },
      }),
    );
  }

  /** Spot takes back an instance in use; the agent drains it. */
  async loseInstances(): Promise<void> {
    await this.submit('Spot', 'foreign', { runSeconds: 300 });
    await this.until(() => this.running() === 1);
    this.aws.setFaults({ reclaim: this.instances().map(({ instanceId }) => instanceId) });
    await this.untilOver();
  }

  /** An agent loses its connection while another job waits; whoever reports on it asks whether the instance is there. */
  async loseAgent(): Promise<void> {
    await this.submit('Normal', 'foreign', { runSeconds: 300 });
    await this.until(() => this.running() === 1);
    const [{ instanceId }] = this.instances();
    this.aws.services.ecs.disconnectAgent(instanceId);
    await this.submit('Normal', 'foreign');
    await this.advance(120);
    this.aws.services.ecs.reconnectAgent(instanceId);
    await this.untilOver();
  }

  /** EC2 has no instances; then they come and never register, until each pool is protected and says so. */
  async failToLaunch(): Promise<void> {
    this.aws.setFaults({ launch: { '*': 'InsufficientInstanceCapacity' } });
    await this.submit('Normal', 'foreign');
    await this.submit('Spot', 'foreign');
    await this.advance(600);
    this.aws.setFaults({ neverRegister: ['*'] });
    const reporters = new Set<string>();
    this.aws.calls.onCall(({ operation, principalArn }) => {
      if (operation === 'PutEvents' && principalArn.includes('Autoscaler')) reporters.add(principalArn);
    });
    await this.until(() => reporters.size === 2);
    this.aws.setFaults({});
    await this.untilOver();
  }

  /** The autoscalers fail; their ticks go to the dead-letter queues. */
  async failToRun(): Promise<void> {
    this.aws.setFaults({ fail: { 'batch:*': 1 } });
    await this.advance(300);
    this.aws.setFaults({});
  }

  /** A pool is taken out of the template while its instance runs a job. */
  async removePool(): Promise<void> {
    await this.submit('Spot', 'foreign', { vcpus: 8, runSeconds: 3000 });
    await this.until(() => this.running() === 1);
    await this.deploy(synthesize(['m5.xlarge']));
    await this.untilOver();
  }

  /** One environment waits for its jobs for longer than one invocation lasts, the other ends them. */
  async destroyWithJobs(): Promise<void> {
    await this.occupyPools(3000);
    await this.submit('Spot', 'foreign', { runSeconds: 3000 });
    await this.until(() => this.running() === 4);
    await this.removeProtection();
    await this.aws.destroy();
  }

  private async occupyPools(runSeconds: number): Promise<void> {
    await this.submit('Normal', this.cpu, { runSeconds });
    await this.submit('Normal', this.cpu, { runSeconds, vcpus: 16, memoryMiB: 32_000 });
    // All of an instance, so that no other job fits beside it.
    await this.submit('Urgent', this.outputs.GpuJobDefinitionName!, { runSeconds, vcpus: 8 });
  }

  /** Every call lets other invocations run first. */
  private async runTwice(): Promise<void> {
    this.aws.setFaults({ yield: { '*': 1 } });
    const lambda = this.aws.client(LambdaClient);
    const { InstancesAutoscalerFunctionName, SpotAutoscalerFunctionName } = this.outputs;
    for (const FunctionName of [InstancesAutoscalerFunctionName, SpotAutoscalerFunctionName]) {
      const invoke = new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{}' });
      await this.aws.finish(Promise.all([lambda.send(invoke), lambda.send(invoke)]));
    }
    await this.advance(10);
    this.aws.setFaults({});
  }

  /** A person takes the protection off the instances whose jobs are to be waited for. */
  private async removeProtection(): Promise<void> {
    const autoScaling = this.aws.client(AutoScalingClient);
    const { AutoScalingGroups } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    for (const { AutoScalingGroupName, Instances } of AutoScalingGroups!) {
      const InstanceIds = Instances!.map(({ InstanceId }) => InstanceId!);
      if (InstanceIds.length === 0 || !AutoScalingGroupName!.startsWith('Batch-')) continue;
      const unprotected = { AutoScalingGroupName, InstanceIds, ProtectedFromScaleIn: false };
      await autoScaling.send(new SetInstanceProtectionCommand(unprotected));
    }
  }

  private get cpu(): string {
    return this.outputs.CpuJobDefinitionName!;
  }

  private async submit(queue: string, jobDefinition: string, overrides: Overrides = {}): Promise<void> {
    const { vcpus, memoryMiB, runSeconds = 60, ...rest } = overrides;
    await this.batch.send(
      new SubmitJobCommand({
        jobName: 'job',
        jobQueue: this.outputs[`${queue}QueueName`],
        jobDefinition,
        containerOverrides: {
          environment: [{ name: LOCAL_JOB, value: JSON.stringify({ attempts: [{ runSeconds }] }) }],
          resourceRequirements: [
            ...(vcpus === undefined ? [] : [{ type: 'VCPU' as const, value: String(vcpus) }]),
            ...(memoryMiB === undefined ? [] : [{ type: 'MEMORY' as const, value: String(memoryMiB) }]),
          ],
        },
        ...rest,
      }),
    );
  }

  private running(): number {
    return this.aws.state().jobs.filter(({ status }) => status === 'RUNNING').length;
  }

  private advance(seconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(seconds * 1000);
  }

  /** Instances that are there or on their way. */
  private instances() {
    return this.aws.state().instances.filter(({ shuttingDownAt }) => shuttingDownAt === undefined);
  }

  private untilOver(): Promise<void> {
    return this.until(() => {
      const ended = this.aws.state().jobs.every(({ status }) => status === 'SUCCEEDED' || status === 'FAILED');
      return ended && this.instances().length === 0;
    });
  }

  /** Looks twice a minute. */
  private async until(condition: () => boolean): Promise<void> {
    for (let looks = 0; !condition(); looks++) {
      if (looks === 480) throw new Error(`Not within four hours: ${condition.toString()}`);
      await this.advance(30);
    }
  }
}

import { DescribeComputeEnvironmentsCommand, DescribeJobQueuesCommand } from '@aws-sdk/client-batch';
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import { Account } from './account';
import { DeployedStack } from './deployed-stack';
import { eventually } from '../processes';

/** What takes longer has hung. */
const TIMEOUT_MILLISECONDS = 8 * 60_000;
jest.setTimeout(TIMEOUT_MILLISECONDS);

const CHANGED_APP = ['--app', 'npx tsx test/deploy/changed-app.ts'];

let account: Account;
let stack: DeployedStack;

beforeAll(async () => {
  account = await Account.open();
});

afterAll(() => account.close());

async function queueNames(): Promise<readonly string[]> {
  const { jobQueues } = await account.batch.send(new DescribeJobQueuesCommand({}));
  return jobQueues!.map(({ jobQueueName, status }) => `${status} ${jobQueueName}`).sort();
}

async function runningInstances(): Promise<number> {
  const { Reservations = [] } = await account.ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['pending', 'running'] }] }),
  );
  return Reservations.flatMap(({ Instances = [] }) => Instances).length;
}

async function succeeded(jobId: string): Promise<boolean> {
  return (await stack.jobStatus(jobId)) === 'SUCCEEDED';
}

test('the CDK bootstraps the account and deploys the reference app', async () => {
  expect(await account.bootstrap()).toMatchObject({ exitCode: 0 });

  stack = new DeployedStack(account, 'Batch', await account.deploy('Batch'));

  expect(await stack.status()).toBe('CREATE_COMPLETE');
  expect(await stack.resources()).toMatchObject({
    'AWS::AutoScaling::AutoScalingGroup': 3,
    'AWS::Batch::ComputeEnvironment': 1,
    'AWS::Batch::JobDefinition': 2,
    'AWS::Batch::JobQueue': 2,
    'AWS::DynamoDB::Table': 2,
    'AWS::EC2::LaunchTemplate': 3,
    'AWS::Events::Rule': 3,
    'AWS::Lambda::EventSourceMapping': 1,
    'AWS::Lambda::Function': 3,
    'Custom::BatchEcsCluster': 1,
    'Custom::BatchPoolLifecycle': 3,
  });
  expect(stack.outputs).toEqual({
    NormalQueueName: expect.stringMatching(/^Batch-ClusterNormal/),
    NormalQueueArn: `arn:aws:batch:us-east-1:123456789012:job-queue/${stack.outputs.NormalQueueName}`,
    UrgentQueueName: expect.stringMatching(/^Batch-ClusterUrgent/),
    UrgentQueueArn: `arn:aws:batch:us-east-1:123456789012:job-queue/${stack.outputs.UrgentQueueName}`,
    InstancesEnvironmentName: expect.stringMatching(/^Batch-ClusterInstances/),
    InstancesEnvironmentArn: expect.stringContaining(`:compute-environment/${stack.outputs.InstancesEnvironmentName}`),
    InstancesAutoscalerFunctionName: expect.stringContaining('Autoscaler'),
    InstancesLifecycleFunctionName: expect.stringContaining('Lifecycle'),
    CpuJobDefinitionName: expect.stringContaining('CpuJob'),
    GpuJobDefinitionName: expect.stringContaining('GpuJob'),
  });
  expect(await queueNames()).toEqual([
    `VALID ${stack.outputs.NormalQueueName}`,
    `VALID ${stack.outputs.UrgentQueueName}`,
  ]);
});

test("the minute's tick launches an instance for a job, which runs, and the instance leaves", async () => {
  const job = await stack.submit(stack.outputs.NormalQueueName!, stack.outputs.CpuJobDefinitionName!, {
    startSeconds: 1,
    runSeconds: 2,
  });

  // Nobody calls the autoscaler but EventBridge.
  await eventually('an instance for the job', 150, async () => (await stack.instances()).small === 1);
  await eventually('the job has succeeded', 60, () => succeeded(job));
  await stack.whileScaling('no instance is left', 300, async () => (await runningInstances()) === 0);

  expect(await stack.instances()).toEqual({});
});

test('an update adds a queue, and its jobs get instances', async () => {
  await account.deploy('Batch', ...CHANGED_APP);

  expect(await stack.status()).toBe('UPDATE_COMPLETE');
  expect(await queueNames()).toContain('VALID bulk');
  const job = await stack.submit('bulk', stack.outputs.CpuJobDefinitionName!, { startSeconds: 1, runSeconds: 2 });
  await stack.whileScaling('the job of the new queue has succeeded', 120, () => succeeded(job));
});

test('an update that fails half-way is rolled back, and the former stack works', async () => {
  const [config, queues, resources] = [await stack.autoscalerConfig(), await queueNames(), await stack.resources()];

  await expect(account.deploy('Batch', ...CHANGED_APP, '--context', 'broken=true')).rejects.toThrow('nowhere');

  expect(await stack.status()).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(await stack.autoscalerConfig()).toEqual(config);
  expect(await queueNames()).toEqual(queues);
  expect(await stack.resources()).toEqual(resources);
  const job = await stack.submit('bulk', stack.outputs.GpuJobDefinitionName!, { startSeconds: 1, runSeconds: 2 });
  await stack.whileScaling('a job gets an instance and succeeds', 120, () => succeeded(job));
});

test('the stack is destroyed while a job runs: the job ends, and its instances leave', async () => {
  const job = await stack.submit(stack.outputs.UrgentQueueName!, stack.outputs.CpuJobDefinitionName!, {
    startSeconds: 1,
    runSeconds: 60,
  });
  await stack.whileScaling('the job runs', 120, async () => (await stack.jobStatus(job)) === 'RUNNING');

  const destruction = account.destroy('Batch');
  await eventually('the deletion has begun', 60, async () => (await stack.status()) === 'DELETE_IN_PROGRESS');
  expect(await stack.jobStatus(job)).toBe('RUNNING');

  await destruction;
  expect(await stack.jobStatus(job)).toBe('SUCCEEDED');
  expect(await runningInstances()).toBe(0);
  expect(await queueNames()).toEqual([]);
  expect((await account.autoScaling.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups).toEqual([]);
  expect((await account.batch.send(new DescribeComputeEnvironmentsCommand({}))).computeEnvironments).toEqual([]);
  await expect(stack.status()).rejects.toThrow('does not exist');
});

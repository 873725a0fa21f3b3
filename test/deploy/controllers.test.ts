/** A schedule, timeouts and retries on a stack that the CDK has deployed. */
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import {
  DescribeJobDefinitionsCommand,
  DescribeJobsCommand,
  type JobDetail,
  ListJobsCommand,
} from '@aws-sdk/client-batch';
import { ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { Account } from './account';
import { DeployedStack } from './deployed-stack';
import { eventually } from '../processes';

const APP = ['--app', 'npx tsx test/deploy/controllers-app.ts'];
/** A sweep comes each minute. The events of AWS Batch stay in the local AWS: sweeps are all that tells of jobs here. */
const SWEEPS_SECONDS = 400;

let account: Account;
let stack: DeployedStack;

beforeAll(async () => {
  account = await Account.open();
});

afterAll(() => account.close());

async function jobsNamed(name: string): Promise<readonly JobDetail[]> {
  const { jobSummaryList = [] } = await account.batch.send(
    new ListJobsCommand({ jobQueue: stack.outputs.QueueName, filters: [{ name: 'JOB_NAME', values: [name] }] }),
  );
  if (jobSummaryList.length === 0) return [];
  const ids = jobSummaryList.map(({ jobId }) => jobId!);
  const { jobs = [] } = await account.batch.send(new DescribeJobsCommand({ jobs: ids }));
  return [...jobs].sort((a, b) => a.createdAt! - b.createdAt!);
}

async function schedule(): Promise<string | undefined> {
  const { Schedules = [] } = await account.scheduler.send(new ListSchedulesCommand({}));
  const names = Schedules.map(({ Name }) => Name);
  expect(names).toEqual([stack.outputs.ScheduleName]);
  return account.scheduleExpression(Schedules[0]!);
}

test('the CDK deploys a schedule, timeouts and retries', async () => {
  expect(await account.bootstrap()).toMatchObject({ exitCode: 0 });
  stack = new DeployedStack(account, 'Controllers', await account.deploy('Controllers', ...APP));
  expect(await stack.resources()).toMatchObject({
    'AWS::Batch::JobQueue': 2,
    'AWS::Scheduler::Schedule': 1,
    'AWS::Scheduler::ScheduleGroup': 1,
    'AWS::Lambda::Function': 6,
  });
  expect(await schedule()).toBe('cron(* * * * ? *)');
});

test('the schedule fires, and its job knows for when', async () => {
  const jobs = await eventually('jobs of the schedule', SWEEPS_SECONDS, async () => {
    const found = await jobsNamed('each-*');
    return found.filter(({ status }) => status === 'SUCCEEDED').length > 1 && found;
  });
  const names = jobs.map(({ jobName }) => jobName!);
  expect(new Set(names).size).toBe(names.length);
  for (const { jobName, parameters, createdAt } of jobs) {
    const time = parameters!.scheduledTime!;
    expect(jobName).toBe(`each-${time.replaceAll(/[-:]/g, '')}`);
    expect(createdAt! - Date.parse(time)).toBeGreaterThanOrEqual(0);
  }
});

test('a job that runs too long is ended, and one that fails is retried', async () => {
  const [long, failing] = await Promise.all([
    stack.submit(stack.outputs.QueueName!, stack.outputs.JobDefinitionArn!, { runSeconds: 3600 }, 'long'),
    stack.submit(
      stack.outputs.QueueName!,
      stack.outputs.JobDefinitionArn!,
      // Long enough to be seen by a sweep.
      { runSeconds: 70, exitCode: 1 },
      'failing',
    ),
  ]);
  const [ended] = await eventually('the long job has ended', SWEEPS_SECONDS, async () => {
    const jobs = await jobsNamed('long');
    return jobs[0]?.status === 'FAILED' && jobs;
  });
  expect(ended).toMatchObject({ jobId: long, statusReason: expect.stringMatching(/^Timed out: RUNNING for/) });

  const retried = await eventually('the failing job has failed again', SWEEPS_SECONDS, async () => {
    const jobs = await jobsNamed('failing');
    return jobs.length > 1 && jobs[1]!.status === 'FAILED' && jobs;
  });
  expect(retried).toMatchObject([
    { jobId: failing, status: 'FAILED' },
    { tags: { 'batch-foreman:lineage': failing, 'batch-foreman:attempt': '2' } },
  ]);
});

test('an update changes the schedule, adds a revision and enlarges a pool on which a job runs, which goes on', async () => {
  const { InstancesQueueName, InstancesJobDefinitionArn, JobDefinitionArn: before } = stack.outputs;
  const running = await stack.submit(InstancesQueueName!, InstancesJobDefinitionArn!, { runSeconds: 90 });
  await stack.whileScaling('the job runs', 120, async () => (await stack.jobStatus(running)) === 'RUNNING');
  const outputs = await account.deploy('Controllers', ...APP, '--context', 'changed=true');
  expect(await stack.jobStatus(running)).toBe('RUNNING');

  expect(outputs.JobDefinitionArn).not.toBe(before);
  const { jobDefinitions = [] } = await account.batch.send(
    new DescribeJobDefinitionsCommand({ jobDefinitions: [before!, outputs.JobDefinitionArn!] }),
  );
  expect(jobDefinitions.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE']);
  expect(await schedule()).toBe('cron(0 * * * ? *)');
  expect(await stack.autoscalerConfig()).toMatchObject({ pools: [{ name: 'small', max: 5 }] });
  const { AutoScalingGroups = [] } = await account.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
  expect(AutoScalingGroups.map(({ MaxSize, Instances = [] }) => [MaxSize, Instances.length])).toEqual([[5, 1]]);
  await eventually('the job has succeeded', 120, async () => (await stack.jobStatus(running)) === 'SUCCEEDED');
});

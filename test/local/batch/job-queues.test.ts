import type { DescribeJobQueuesResponse } from '@aws-sdk/client-batch';
import { Stage } from './stage';

const FARGATE = {
  type: 'MANAGED' as const,
  computeResources: { type: 'FARGATE' as const, maxvCpus: 16, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
};
const ec2 = (instanceType: string) => ({
  type: 'MANAGED' as const,
  computeResources: {
    type: 'EC2' as const,
    maxvCpus: 16,
    instanceTypes: [instanceType],
    instanceRole: 'role',
    subnets: ['subnet-1'],
    securityGroupIds: ['sg-1'],
  },
});

test('a new queue is CREATING, then VALID, and shows its environments in their order', async () => {
  const stage = new Stage();
  const [a, b] = [await stage.environment(), await stage.environment()];
  const computeEnvironmentOrder = [
    { order: 20, computeEnvironment: a },
    { order: 10, computeEnvironment: b },
  ];
  stage.call('CreateJobQueue', { jobQueueName: 'q', priority: 7, computeEnvironmentOrder });
  expect(stage.queueDetail('q').status).toBe('CREATING');
  await stage.advance(1);
  const arn = (name: string) => stage.environmentDetail(name).computeEnvironmentArn;
  expect(stage.queueDetail('q')).toMatchObject({
    jobQueueArn: 'arn:aws:batch:us-east-1:123456789012:job-queue/q',
    status: 'VALID',
    state: 'ENABLED',
    priority: 7,
    jobQueueType: 'ECS',
    computeEnvironmentOrder: [
      { order: 10, computeEnvironment: arn(b) },
      { order: 20, computeEnvironment: arn(a) },
    ],
  });
});

test('a queue has one to three environments, all VALID, of EC2 or of Fargate, of one architecture', async () => {
  const stage = new Stage();
  const names = await Promise.resolve(['a', 'b', 'c', 'd']);
  for (const name of names) await stage.environment({ computeEnvironmentName: name });
  await stage.environment({ ...FARGATE, computeEnvironmentName: 'fargate' });
  await stage.environment({ ...ec2('m5.large'), computeEnvironmentName: 'x86' });
  await stage.environment({ ...ec2('m6g.large'), computeEnvironmentName: 'arm' });
  stage.call('CreateComputeEnvironment', { computeEnvironmentName: 'new', type: 'UNMANAGED' });
  const refusal = (...environments: string[]) =>
    stage.refusal('CreateJobQueue', {
      jobQueueName: 'q',
      priority: 1,
      computeEnvironmentOrder: environments.map((computeEnvironment, order) => ({ order, computeEnvironment })),
    });
  expect(refusal()).toContain('computeEnvironmentOrder is required');
  expect(refusal(...names)).toContain('at most 3');
  expect(refusal('new')).toContain('new is not VALID: it is CREATING');
  expect(refusal('none')).toContain('none does not exist');
  expect(refusal('a', 'fargate')).toContain('EC2 and Fargate compute environments cannot be mixed');
  expect(refusal('x86', 'arm')).toContain('must share an architecture');
});

test('managed and unmanaged environments in one queue are accepted or not, as the setting says', async () => {
  for (const mixedQueuesAccepted of [true, false]) {
    const stage = new Stage({ mixedQueuesAccepted });
    const unmanaged = await stage.environment();
    const managed = await stage.environment(ec2('m5.large'));
    const queue = stage.queue([unmanaged, managed]);
    if (mixedQueuesAccepted) await queue;
    else await expect(queue).rejects.toThrow('cannot be mixed');
  }
});

test.each([
  [{ priority: -1 }, 'priority'],
  [{ state: 'PAUSED' }, 'state must be ENABLED or DISABLED'],
  [
    {
      jobStateTimeLimitActions: [
        {
          state: 'RUNNABLE',
          action: 'CANCEL',
          reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
          maxTimeSeconds: 599,
        },
      ],
    },
    'between 600 and 86400',
  ],
  [
    { jobStateTimeLimitActions: [{ state: 'RUNNABLE', action: 'CANCEL', reason: 'bored', maxTimeSeconds: 600 }] },
    'reason must be one of',
  ],
  [
    {
      jobStateTimeLimitActions: [
        {
          state: 'RUNNABLE',
          action: 'TERMINATE',
          reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
          maxTimeSeconds: 600,
        },
      ],
    },
    'the only supported action is CANCEL',
  ],
  [{ schedulingPolicyArn: 'arn:aws:batch:us-east-1:123456789012:scheduling-policy/none' }, 'does not exist'],
  [{ jobQueueType: 'ECS_FARGATE' }, 'is not that of the environments'],
])('%j is refused', async (input, message) => {
  const stage = new Stage();
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: await stage.environment() }];
  const queue = { jobQueueName: 'q', priority: 1, computeEnvironmentOrder, ...input };
  expect(stage.refusal('CreateJobQueue', queue)).toContain(message);
});

test('a DISABLED queue takes no new jobs; those that are in it finish', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  const jobs = [stage.submit(queue), stage.submit(queue)];
  await stage.advance(10);
  stage.call('UpdateJobQueue', { jobQueue: queue, state: 'DISABLED' });
  const jobDefinition = stage.define();
  expect(stage.refusal('SubmitJob', { jobName: 'late', jobQueue: queue, jobDefinition })).toContain('not ENABLED');
  await stage.end(...jobs);
  expect(stage.status(...jobs)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
});

test('a queue is deleted once it is DISABLED, and its jobs are terminated', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  const [running, waiting] = [stage.submit(queue), stage.submit(queue)];
  await stage.advance(10);
  expect(stage.refusal('DeleteJobQueue', { jobQueue: queue })).toContain('state must be DISABLED');
  stage.call('UpdateJobQueue', { jobQueue: queue, state: 'DISABLED' });
  expect(stage.refusal('DeleteJobQueue', { jobQueue: queue })).toContain('being modified');
  await stage.advance(1);
  stage.call('DeleteJobQueue', { jobQueue: queue });
  expect(stage.queueDetail(queue).status).toBe('DELETING');
  await stage.advance(1);
  expect(stage.queueDetail(queue)).toBeUndefined();
  expect(stage.status(running, waiting)).toEqual(['FAILED', 'FAILED']);
  expect(stage.job(waiting).statusReason).toBe('Job queue was deleted');
});

test('a queue can be given other environments, of its kind, and another priority', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  const waiting = [stage.submit(queue), stage.submit(queue)];
  await stage.advance(10);
  const roomy = await stage.environment();
  await stage.instance(roomy);
  await stage.environment({ ...FARGATE, computeEnvironmentName: 'fargate' });
  const update = (environment: string) => ({
    jobQueue: queue,
    priority: 9,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment }],
  });
  expect(stage.refusal('UpdateJobQueue', update('fargate'))).toContain('cannot replace each other');
  stage.call('UpdateJobQueue', update(roomy));
  await stage.advance(1);
  expect(stage.queueDetail(queue).priority).toBe(9);
  expect(stage.status(waiting[1]!)).toEqual(['STARTING']);
});

test('a scheduling policy can be replaced, but neither added nor removed', async () => {
  const stage = new Stage();
  const environment = await stage.environment();
  const policy = (name: string) =>
    stage.call<{ arn: string }>('CreateSchedulingPolicy', { name, fairsharePolicy: {} }).arn;
  const [first, second] = [policy('first'), policy('second')];
  const fifo = await stage.queue([environment]);
  const shared = await stage.queue([environment], { schedulingPolicyArn: first });
  expect(stage.refusal('UpdateJobQueue', { jobQueue: fifo, schedulingPolicyArn: second })).toContain(
    'cannot have one added',
  );
  stage.call('UpdateJobQueue', { jobQueue: shared, schedulingPolicyArn: second });
  expect(stage.queueDetail(shared).schedulingPolicyArn).toBe(second);
});

test('queues are described in pages', async () => {
  const stage = new Stage();
  const environment = await stage.environment();
  for (const name of ['a', 'b', 'c']) await stage.queue([environment], { jobQueueName: name });
  const page = stage.call<DescribeJobQueuesResponse>('DescribeJobQueues', { maxResults: 2 });
  const next = { maxResults: 2, nextToken: page.nextToken };
  const rest = stage.call<DescribeJobQueuesResponse>('DescribeJobQueues', next);
  expect([page, rest].map(({ jobQueues }) => jobQueues!.map((queue) => queue.jobQueueName))).toEqual([
    ['a', 'b'],
    ['c'],
  ]);
  expect(rest.nextToken).toBeUndefined();
});

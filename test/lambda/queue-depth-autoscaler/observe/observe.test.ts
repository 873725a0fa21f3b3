import type { AutoScalingClient, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { BatchClient, JobDetail, JobSummary } from '@aws-sdk/client-batch';
import type { ContainerInstance, ECSClient } from '@aws-sdk/client-ecs';
import { EMPTY_STATE } from '../../../../lambda/queue-depth-autoscaler/decide';
import { type ObserveClients, Observer } from '../../../../lambda/queue-depth-autoscaler/observe/observe';
import { WHOLE_LOOK_EVERY } from '../../../../lambda/queue-depth-autoscaler/observe/queue-scan';
import type { StoredState } from '../../../../lambda/queue-depth-autoscaler/state';
import type { AutoscalerConfig, PoolConfig } from '../../../../lib/autoscaling/config';
import { type Call, scriptedClient, sdkError } from '../../scripted-client';

const NOW = 1_000_000;
const BEFORE: StoredState = { autoscaler: EMPTY_STATE, launchedAt: {} };

interface World {
  groups: Partial<AutoScalingGroup>[];
  registered?: ContainerInstance[];
  jobs?: { summary: JobSummary; status: string; detail: JobDetail }[];
  refuse?: string[];
}

function config(gpus: number): AutoscalerConfig {
  const pool: PoolConfig = {
    name: 'pool',
    autoScalingGroupName: 'asg',
    instanceTypes: ['g5.2xlarge'],
    capacity: { vcpus: 8, memoryMiB: 30_000, gpus },
    cost: 1,
    maxInstances: 4,
    spareInstances: 0,
    opensForCpuJobs: false,
  };
  return {
    computeEnvironmentArn: 'arn:aws:batch:r:a:compute-environment/ce',
    clusterArn: 'cluster',
    queueArns: ['q'],
    pools: [pool],
    tableName: 'table',
    scaleInAfterSeconds: 60,
    drainSeconds: 60,
    provisionTimeoutSeconds: 600,
    jobBudget: 1000,
  };
}

function observerOf(world: World, gpus = 0): { observer: Observer; clients: ObserveClients; calls: Call[] } {
  const calls: Call[] = [];
  const answering = (script: Record<string, (input: never) => object>) =>
    Object.fromEntries(
      Object.entries(script).map(([operation, answer]) => [
        operation,
        (input: never) => {
          if (world.refuse?.includes(operation)) throw sdkError('ThrottlingException');
          return answer(input);
        },
      ]),
    );
  const clients = {
    autoScaling: scriptedClient<AutoScalingClient>(
      answering({
        DescribeAutoScalingGroups: () => ({
          AutoScalingGroups: world.groups.map((group) => ({ AutoScalingGroupName: 'asg', MaxSize: 4, ...group })),
        }),
        DescribeScalingActivities: () => ({
          Activities: [
            { Description: 'Launching', StatusCode: 'Failed', StatusMessage: 'no capacity', EndTime: new Date(5000) },
          ],
        }),
      }),
      calls,
    ),
    batch: scriptedClient<BatchClient>(
      answering({
        ListJobs: ({ jobStatus }: { jobStatus: string }) => ({
          jobSummaryList: (world.jobs ?? []).filter(({ status }) => status === jobStatus).map(({ summary }) => summary),
        }),
        DescribeJobs: ({ jobs }: { jobs: string[] }) => ({
          jobs: (world.jobs ?? []).filter(({ detail }) => jobs.includes(detail.jobId!)).map(({ detail }) => detail),
        }),
        GetJobQueueSnapshot: () => ({ frontOfQueue: { jobs: [] } }),
      }),
      calls,
    ),
    ecs: scriptedClient<ECSClient>(
      answering({
        ListContainerInstances: () => ({
          containerInstanceArns: (world.registered ?? []).map(({ containerInstanceArn }) => containerInstanceArn),
        }),
        DescribeContainerInstances: () => ({ containerInstances: world.registered }),
      }),
      calls,
    ),
  };
  return { observer: new Observer(config(gpus), clients), clients, calls };
}

function container(more: Partial<ContainerInstance> = {}): ContainerInstance {
  const resources = (cpu: number, gpus: number) => [
    { name: 'CPU', type: 'INTEGER', integerValue: cpu },
    { name: 'MEMORY', type: 'INTEGER', integerValue: 30_000 },
    { name: 'GPU', type: 'STRINGSET', stringSetValue: Array.from({ length: gpus }, (_, index) => `gpu-${index}`) },
  ];
  return {
    containerInstanceArn: 'ci-1',
    ec2InstanceId: 'i-1',
    status: 'ACTIVE',
    agentConnected: true,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    registeredAt: new Date(4000),
    registeredResources: resources(8192, 2),
    remainingResources: resources(6144, 2),
    ...more,
  };
}

function job(status: string, jobId = 'job-1'): NonNullable<World['jobs']>[number] {
  const startedAt = status === 'RUNNING' ? 7000 : undefined;
  const container = { containerInstanceArn: 'ci-1', resourceRequirements: [{ type: 'GPU' as const, value: '1' }] };
  return {
    status,
    summary: { jobId, jobName: jobId, startedAt },
    detail: { jobId, status, startedAt, container } as JobDetail,
  };
}

const instances = [{ InstanceId: 'i-1', LifecycleState: 'InService', InstanceType: 'g5.2xlarge' }] as never;

test('empty groups cost one call, and ECS is not asked', async () => {
  const { observer, calls } = observerOf({ groups: [{ DesiredCapacity: 0 }] });
  const { observation } = await observer.look(NOW, BEFORE);
  expect(calls.map(({ operation }) => operation).sort()).toEqual(['DescribeAutoScalingGroups', 'ListJobs', 'ListJobs']);
  expect(observation).toMatchObject({ time: NOW, demand: [], demandComplete: true, supplyComplete: true });
  expect(observation.pools).toMatchObject([{ name: 'pool', desired: 0, max: 4, instances: [] }]);
});

test('an instance is as ECS knows it', async () => {
  const { observer } = observerOf({
    groups: [{ DesiredCapacity: 1, Instances: instances }],
    registered: [container({ runningTasksCount: 1, pendingTasksCount: 2, status: 'DRAINING' })],
  });
  const { observation } = await observer.look(NOW, BEFORE);
  expect(observation.pools[0]!.instances).toMatchObject([
    {
      instanceId: 'i-1',
      pool: 'pool',
      lifecycle: 'InService',
      container: {
        containerInstanceArn: 'ci-1',
        status: 'DRAINING',
        agentConnected: true,
        registered: { vcpus: 8, memoryMiB: 30_000, gpus: 2 },
        remaining: { vcpus: 6, memoryMiB: 30_000, gpus: 2 },
        jobs: 3,
      },
    },
  ]);
});

test('of two registrations of one instance the connected one counts', async () => {
  const { observer } = observerOf({
    groups: [{ DesiredCapacity: 1, Instances: instances }],
    registered: [container(), container({ containerInstanceArn: 'ci-0', agentConnected: false })],
  });
  const { observation } = await observer.look(NOW, BEFORE);
  expect(observation.pools[0]!.instances[0]!.container!.containerInstanceArn).toBe('ci-1');
});

test('GPUs that jobs hold are taken, also where ECS still shows them, as soon as a job waits for one', async () => {
  const world: World = {
    groups: [{ DesiredCapacity: 1, Instances: instances }],
    registered: [container()],
    jobs: [job('RUNNING', 'job-1'), job('STARTING', 'job-2')],
  };
  const { observer, calls } = observerOf(world, 2);
  const before = await observer.look(NOW, BEFORE);
  expect(before.observation.pools[0]!.instances[0]!.container).toMatchObject({ remaining: { gpus: 2 } });
  expect(calls.filter(({ operation }) => operation === 'ListJobs')).toHaveLength(2);

  world.jobs!.push(job('RUNNABLE', 'job-3'));
  const look = await observer.look(NOW, BEFORE);
  expect(look.observation.pools[0]!.instances[0]!.container).toMatchObject({ remaining: { gpus: 0 }, jobs: 2 });

  // One that runs stays where it is; one that starts has to be asked about again.
  calls.length = 0;
  await observer.look(NOW, BEFORE);
  expect(calls.filter(({ operation }) => operation === 'DescribeJobs').map(({ input }) => input)).toEqual([
    { jobs: ['job-2'] },
  ]);
});

test('an instance is as old as it was first seen, and forgotten when it has gone', async () => {
  const { observer } = observerOf({ groups: [{ DesiredCapacity: 1, Instances: instances }] });
  const first = await observer.look(NOW, { ...BEFORE, launchedAt: { 'i-gone': 1 } });
  expect(first.kept.launchedAt).toEqual({ 'i-1': NOW });
  const second = await observer.look(NOW + 60_000, { ...BEFORE, ...first.kept });
  expect(second.observation.pools[0]!.instances[0]!.launchedAt).toBe(NOW);
});

test('why a launch failed is asked only of a group that wants more than it has', async () => {
  const satisfied = observerOf({ groups: [{ DesiredCapacity: 1, Instances: instances }], registered: [container()] });
  expect((await satisfied.observer.look(NOW, BEFORE)).observation.pools[0]!.launchFailure).toBeUndefined();
  expect(satisfied.calls.map(({ operation }) => operation)).not.toContain('DescribeScalingActivities');

  const short = observerOf({ groups: [{ DesiredCapacity: 2, Instances: instances }], registered: [container()] });
  const { observation } = await short.observer.look(NOW, BEFORE);
  expect(observation.pools[0]!.launchFailure).toEqual({ at: 5000, reason: 'no capacity' });
});

test('a group that is forbidden to launch says so', async () => {
  const { observer } = observerOf({
    groups: [{ DesiredCapacity: 1, SuspendedProcesses: [{ ProcessName: 'Launch' }] }],
  });
  const { observation } = await observer.look(NOW, BEFORE);
  expect(observation.pools[0]!.launchFailure!.reason).toMatch('suspended');
});

test.each(['DescribeAutoScalingGroups', 'ListContainerInstances', 'DescribeContainerInstances'])(
  'when %s fails the supply is not known, and nothing is forgotten',
  async (operation) => {
    const { observer } = observerOf({
      groups: [{ DesiredCapacity: 1, Instances: instances }],
      registered: [container()],
      refuse: [operation],
    });
    const { observation, errors, kept } = await observer.look(NOW, { ...BEFORE, launchedAt: { 'i-1': 3 } });
    expect(observation.supplyComplete).toBe(false);
    expect(observation.demandComplete).toBe(true);
    expect(errors).toHaveLength(1);
    expect(kept.launchedAt).toEqual({ 'i-1': 3 });
  },
);

describe('the cheap look sees nothing', () => {
  const empty = [{ DesiredCapacity: 0 }];

  test('only when nothing waits and nothing is there', async () => {
    expect(await observerOf({ groups: empty }).observer.seesNothing()).toBe(true);
    expect(await observerOf({ groups: [{ DesiredCapacity: 1 }] }).observer.seesNothing()).toBe(false);
    expect(await observerOf({ groups: [{ DesiredCapacity: 0, Instances: instances }] }).observer.seesNothing()).toBe(
      false,
    );
    expect(await observerOf({ groups: empty, jobs: [job('RUNNABLE')] }).observer.seesNothing()).toBe(false);
  });

  test('also when jobs wait for other jobs, not when children of an array wait', async () => {
    const pending = job('PENDING');
    expect(await observerOf({ groups: empty, jobs: [pending] }).observer.seesNothing()).toBe(true);
    const array = { ...pending.summary, arrayProperties: { size: 2, statusSummary: { RUNNABLE: 1 } } };
    expect(await observerOf({ groups: empty, jobs: [{ ...pending, summary: array }] }).observer.seesNothing()).toBe(
      false,
    );
  });

  test('reading the lists of arrays and the groups only once in a few looks', async () => {
    const { clients, calls } = observerOf({ groups: empty });
    const queueArns = ['q0', 'q1', 'q2'];
    const observer = new Observer({ ...config(0), queueArns }, clients);
    for (let look = 0; look < WHOLE_LOOK_EVERY; look++) expect(await observer.seesNothing()).toBe(true);
    const lists = (status: string) => calls.filter(({ input }) => input['jobStatus'] === status);
    expect(lists('PENDING').map(({ input }) => input['jobQueue'])).toEqual(queueArns);
    expect(lists('RUNNABLE')).toHaveLength(queueArns.length * WHOLE_LOOK_EVERY);
    expect(calls.filter(({ operation }) => operation === 'DescribeAutoScalingGroups')).toHaveLength(1);
  });

  test('not when something could not be read', async () => {
    expect(await observerOf({ groups: empty, refuse: ['ListJobs'] }).observer.seesNothing()).toBe(false);
  });
});

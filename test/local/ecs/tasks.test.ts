import type { Settings } from '../../../local/settings';
import type { TaskRequest } from '../../../local/ports';
import { Compute } from '../ec2/compute';

interface Registered {
  compute: Compute;
  cluster: string;
  instanceId: string;
  containerInstance: string;
  start(request?: Partial<TaskRequest>): string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  describe(): Promise<any>;
}

async function registered(settings: Partial<Settings> = {}, instanceType = 'm5.xlarge'): Promise<Registered> {
  const compute = new Compute({ memoryOverheadPercent: 0, ...settings });
  const cluster = compute.ecs.createCluster('jobs');
  const userData = ['ECS_CLUSTER=jobs', 'ECS_ENABLE_GPU_SUPPORT=true', 'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true']
    .map((one) => `echo ${one} >> /etc/ecs/ecs.config`)
    .join('\n');
  const { instanceId } = compute.ec2.launch(compute.request({ instanceType, userData, spot: true }));
  await compute.seconds(90);
  const containerInstance = compute.ecs.placeable(cluster)[0]!.containerInstanceArn;
  return {
    compute,
    cluster,
    instanceId,
    containerInstance,
    start: (request) =>
      compute.ecs.startTask({
        clusterArn: cluster,
        containerInstanceArn: containerInstance,
        resources: { vcpus: 1, memoryMiB: 1024, gpus: 0 },
        startedBy: 'job',
        onHostLost: () => {},
        ...request,
      }),
    describe: async () => {
      const { containerInstances } = await compute.call('ecs', 'DescribeContainerInstances', {
        cluster: 'jobs',
        containerInstances: [containerInstance],
      });
      return containerInstances[0];
    },
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
function resource(resources: any[], name: string): any {
  const found = resources.find((one) => one.name === name);
  return found.stringSetValue ?? found.integerValue;
}

test('a task reserves what it asks for and gives it back exactly', async () => {
  const { compute, cluster, start, describe } = await registered();
  const [placeable] = compute.ecs.placeable(cluster);
  const before = { ...placeable!.remaining };
  const tasks = [0.1, 0.2, 0.7].map((vcpus) => start({ resources: { vcpus, memoryMiB: 100, gpus: 0 } }));
  expect(placeable!.remaining.memoryMiB).toBe(before.memoryMiB - 300);
  expect(resource((await describe()).remainingResources, 'CPU')).toBe(4096 - 102 - 205 - 717);
  for (const task of tasks) compute.ecs.stopTask(task, 'done');
  expect(placeable!.remaining).toEqual(before);
});

test('a task that does not fit is refused', async () => {
  const { start } = await registered();
  expect(() => start({ resources: { vcpus: 5, memoryMiB: 1, gpus: 0 } })).toThrow('does not fit');
  expect(() => start({ resources: { vcpus: 1, memoryMiB: 1_000_000, gpus: 0 } })).toThrow('does not fit');
  expect(() => start({ resources: { vcpus: 1, memoryMiB: 1, gpus: 1 } })).toThrow('does not fit');
});

test.each([
  [true, 2],
  [false, 4],
])('GPUs in use are left out of remainingResources: %s', async (remainingResourcesShowGpus, shown) => {
  const { compute, cluster, start, describe } = await registered({ remainingResourcesShowGpus }, 'g5.12xlarge');
  const task = start({ resources: { vcpus: 1, memoryMiB: 1024, gpus: 2 } });
  const instance = await describe();
  expect(resource(instance.registeredResources, 'GPU')).toHaveLength(4);
  expect(resource(instance.remainingResources, 'GPU')).toHaveLength(shown);
  expect(compute.ecs.placeable(cluster)[0]!.remaining.gpus).toBe(2);
  const { tasks } = await compute.call('ecs', 'DescribeTasks', { cluster: 'jobs', tasks: [task] });
  expect(tasks[0].containers[0].gpuIds).toHaveLength(2);
});

test('a task is pending until its container runs', async () => {
  const { compute, start, describe } = await registered();
  const task = start({ pendingSeconds: 5 });
  expect(await describe()).toMatchObject({ pendingTasksCount: 1, runningTasksCount: 0 });
  await compute.seconds(5);
  expect(await describe()).toMatchObject({ pendingTasksCount: 0, runningTasksCount: 1 });
  compute.ecs.stopTask(task, 'Essential container in task exited', 3);
  expect(await describe()).toMatchObject({ pendingTasksCount: 0, runningTasksCount: 0 });
  const { tasks } = await compute.call('ecs', 'DescribeTasks', { cluster: 'jobs', tasks: [task] });
  expect(tasks).toMatchObject([
    {
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ exitCode: 3 }],
    },
  ]);
});

test('a task that is stopped while it is pending does not run later', async () => {
  const { compute, start, describe } = await registered();
  compute.ecs.stopTask(start({ pendingSeconds: 5 }), 'cancelled');
  await compute.seconds(10);
  expect(await describe()).toMatchObject({ pendingTasksCount: 0, runningTasksCount: 0 });
});

test('tasks are listed by instance, starter and status; stopped ones for an hour', async () => {
  const { compute, containerInstance, start } = await registered();
  const [first, second] = [start({ startedBy: 'a' }), start({ startedBy: 'b' })];
  const list = async (input: object = {}): Promise<string[]> =>
    (await compute.call('ecs', 'ListTasks', { cluster: 'jobs', ...input })).taskArns;
  expect(await list()).toEqual([first, second]);
  expect(await list({ containerInstance })).toEqual([first, second]);
  expect(await list({ startedBy: 'b' })).toEqual([second]);
  expect(await list({ family: 'other' })).toEqual([]);
  compute.ecs.stopTask(first, 'done');
  expect(await list()).toEqual([second]);
  expect(await list({ desiredStatus: 'STOPPED' })).toEqual([first]);
  await compute.seconds(3601);
  compute.ecs.stopTask(second, 'done');
  expect(await list({ desiredStatus: 'STOPPED' })).toEqual([second]);
  await expect(list({ containerInstance: 'nobody' })).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

test('a list of tasks that lags leaves out new ones and shows ended ones', async () => {
  const { compute, containerInstance, start } = await registered({ listLagSeconds: 20 });
  await compute.seconds(60);
  const list = async (): Promise<string[]> =>
    (await compute.call('ecs', 'ListTasks', { cluster: 'jobs', containerInstance })).taskArns;
  const task = start();
  expect(await list()).toEqual([]);
  await compute.seconds(20);
  expect(await list()).toEqual([task]);
  compute.ecs.stopTask(task, 'done');
  expect(await list()).toEqual([task]);
  await compute.seconds(20);
  expect(await list()).toEqual([]);
});

test('tasks page by a hundred', async () => {
  const { compute, start } = await registered();
  for (let index = 0; index < 120; index++) start({ resources: { vcpus: 1 / 64, memoryMiB: 8, gpus: 0 } });
  const first = await compute.call('ecs', 'ListTasks', { cluster: 'jobs' });
  const second = await compute.call('ecs', 'ListTasks', { cluster: 'jobs', nextToken: first.nextToken });
  expect([first.taskArns.length, second.taskArns.length]).toEqual([100, 20]);
});

test('a task stopped through the API tells the job that it is for', async () => {
  const { compute, start, describe } = await registered();
  const lost: string[] = [];
  const task = start({ onHostLost: (reason) => void lost.push(reason) });
  await compute.call('ecs', 'StopTask', { cluster: 'jobs', task, reason: 'by hand' });
  await compute.call('ecs', 'StopTask', { cluster: 'jobs', task, reason: 'again' });
  expect(lost).toEqual(['by hand']);
  expect(await describe()).toMatchObject({ runningTasksCount: 0 });
});

test('draining leaves tasks alone and takes no new ones', async () => {
  const { compute, cluster, containerInstance, start, describe } = await registered();
  start();
  const { failures } = await compute.call('ecs', 'UpdateContainerInstancesState', {
    cluster: 'jobs',
    containerInstances: [containerInstance, 'nobody'],
    status: 'DRAINING',
  });
  expect(failures).toEqual([{ arn: 'nobody', reason: 'MISSING' }]);
  await compute.seconds(600);
  expect(await describe()).toMatchObject({ status: 'DRAINING', runningTasksCount: 1, agentConnected: true });
  expect(compute.ecs.placeable(cluster)).toEqual([]);
});

test('placement may pass over DRAINING, where the setting says so', async () => {
  const { compute, cluster, containerInstance } = await registered({ placementHonoursDraining: false });
  await compute.call('ecs', 'UpdateContainerInstancesState', {
    cluster: 'jobs',
    containerInstances: [containerInstance],
    status: 'DRAINING',
  });
  expect(compute.ecs.placeable(cluster)).toHaveLength(1);
});

test('states of at most ten instances change in one call, and only to ACTIVE or DRAINING', async () => {
  const { compute } = await registered();
  const update = (containerInstances: string[], status = 'DRAINING'): Promise<unknown> =>
    compute.call('ecs', 'UpdateContainerInstancesState', { cluster: 'jobs', containerInstances, status });
  await expect(update(Array.from({ length: 11 }, String))).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: 'instanceIds can have at most 10 items.',
  });
  await expect(update([])).rejects.toMatchObject({ code: 'InvalidParameterException' });
  await expect(update(['a'], 'DEREGISTERING')).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

test('an instance with tasks is deregistered only by force, and its tasks are lost', async () => {
  const { compute, cluster, containerInstance, start, describe } = await registered();
  const lost: string[] = [];
  start({ onHostLost: (reason) => void lost.push(reason) });
  const deregister = (force: boolean): Promise<unknown> =>
    compute.call('ecs', 'DeregisterContainerInstance', { cluster: 'jobs', containerInstance, force });
  await expect(deregister(false)).rejects.toMatchObject({ message: 'Found running tasks on the instance.' });
  await deregister(true);
  expect(lost).toEqual(['Container instance deregistration forced by user.']);
  expect(await describe()).toMatchObject({ status: 'INACTIVE', agentConnected: false });
  expect(compute.ecs.placeable(cluster)).toEqual([]);
  await expect(deregister(true)).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

test('the agent of a disconnected instance is told apart, its tasks run on', async () => {
  const { compute, instanceId, start, describe } = await registered();
  start();
  compute.ecs.disconnectAgent(instanceId);
  expect(await describe()).toMatchObject({ agentConnected: false, status: 'ACTIVE', runningTasksCount: 1 });
  expect(() => compute.ecs.disconnectAgent('i-unknown')).toThrow('No agent of i-unknown has registered');
});

test('jobs on a host that goes end with the words of Batch, once, after all is free', async () => {
  const { compute, cluster, instanceId, start } = await registered();
  const lost: string[] = [];
  for (const startedBy of ['a', 'b']) {
    start({
      startedBy,
      onHostLost: (reason) => {
        lost.push(`${startedBy}: ${reason}`);
        expect(compute.ecs.placeable(cluster)).toEqual([]);
      },
    });
  }
  compute.ec2.terminate(instanceId, 'scaled in');
  expect(lost).toEqual(['a', 'b'].map((job) => `${job}: Host EC2 (instance ${instanceId}) terminated.`));
  await compute.seconds(600);
  expect(lost).toHaveLength(2);
});

test.each([
  [0, 30],
  [1200, 1230],
])('a container instance stays registered %s s after its host has terminated', async (stale, gone) => {
  const { compute, instanceId, describe } = await registered({
    staleContainerInstanceSeconds: stale,
    instanceShutdownSeconds: 30,
  });
  compute.ec2.terminate(instanceId, 'scaled in');
  await compute.seconds(gone - 1);
  expect(await describe()).toMatchObject({ status: 'ACTIVE', agentConnected: false });
  await compute.seconds(1);
  expect(await describe()).toMatchObject({ status: 'INACTIVE' });
});

test('a reclaim drains an instance whose agent is told to', async () => {
  const { compute, instanceId, start, describe } = await registered();
  start();
  compute.ec2.reclaim(instanceId);
  expect(await describe()).toMatchObject({ status: 'DRAINING', runningTasksCount: 1, agentConnected: true });
});

test('a reclaim that comes before the agent is up drains it as it registers', async () => {
  const compute = new Compute({ registrationSeconds: 90 });
  const cluster = compute.ecs.createCluster('jobs');
  const userData = ['ECS_CLUSTER=jobs', 'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true']
    .map((one) => `echo ${one} >> /etc/ecs/ecs.config`)
    .join('\n');
  const { instanceId } = compute.ec2.launch(compute.request({ spot: true, userData }));
  await compute.seconds(60);
  compute.ec2.reclaim(instanceId);
  await compute.seconds(30);
  expect(compute.ecs.history(instanceId)).toMatchObject({ drainedAt: compute.clock.now() });
  expect(compute.ecs.placeable(cluster)).toEqual([]);
});

test('a reclaim does not drain without ECS_ENABLE_SPOT_INSTANCE_DRAINING', async () => {
  const compute = new Compute();
  const cluster = compute.ecs.createCluster('jobs');
  const { instanceId } = compute.ec2.launch(compute.request({ spot: true }));
  await compute.seconds(90);
  compute.ec2.reclaim(instanceId);
  expect(compute.ecs.placeable(cluster)).toHaveLength(1);
});

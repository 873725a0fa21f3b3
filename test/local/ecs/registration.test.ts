import { Compute, START } from '../ec2/compute';

async function listed(compute: Compute, input: object = {}): Promise<string[]> {
  const { containerInstanceArns } = await compute.call('ecs', 'ListContainerInstances', { cluster: 'jobs', ...input });
  return containerInstanceArns;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function described(compute: Compute): Promise<any[]> {
  const containerInstances = await listed(compute);
  const answer = await compute.call('ecs', 'DescribeContainerInstances', { cluster: 'jobs', containerInstances });
  return answer.containerInstances;
}

function gpuUserData(...settings: string[]): string {
  return ['ECS_CLUSTER=jobs', ...settings].map((one) => `echo ${one} >> /etc/ecs/ecs.config`).join('\n');
}

test('an instance registers so many seconds after its launch', async () => {
  const compute = new Compute({ registrationSeconds: 90 });
  compute.ecs.createCluster('jobs');
  const { instanceId } = compute.ec2.launch(compute.request());
  await compute.seconds(89);
  expect(await listed(compute)).toEqual([]);
  await compute.seconds(1);
  expect(await described(compute)).toMatchObject([
    { ec2InstanceId: instanceId, status: 'ACTIVE', agentConnected: true, registeredAt: new Date(START + 90_000) },
  ]);
});

test('an instance does not register before it runs', async () => {
  const compute = new Compute({ registrationSeconds: 10, instancePendingSeconds: 40 });
  compute.ecs.createCluster('jobs');
  compute.ec2.launch(compute.request());
  await compute.seconds(39);
  expect(await listed(compute)).toEqual([]);
  await compute.seconds(1);
  expect(await listed(compute)).toHaveLength(1);
});

test('what is registered is what ECS shows: CPU units, a little less memory, ports, no GPUs', async () => {
  const compute = new Compute({ memoryOverheadPercent: 3.2 });
  compute.ecs.createCluster('jobs');
  compute.ec2.launch(compute.request({ instanceType: 'm5.xlarge', imageId: 'ami-1' }));
  await compute.seconds(90);
  const [instance] = await described(compute);
  const resources = [
    { name: 'CPU', type: 'INTEGER', integerValue: 4096 },
    { name: 'MEMORY', type: 'INTEGER', integerValue: Math.floor(16384 * 0.968) },
    { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22', '2375', '2376', '51678', '51679'] },
    { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
  ];
  expect(instance).toMatchObject({
    registeredResources: resources,
    remainingResources: resources,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    attributes: expect.arrayContaining([
      { name: 'ecs.ami-id', value: 'ami-1' },
      { name: 'ecs.availability-zone', value: 'us-east-1a' },
      { name: 'ecs.instance-type', value: 'm5.xlarge' },
    ]),
  });
  expect(instance.versionInfo.agentVersion).toMatch(/^\d+\.\d+\.\d+$/);
});

test('memory that the agent reserves is not registered', async () => {
  const compute = new Compute({ memoryOverheadPercent: 0 });
  compute.ecs.createCluster('jobs');
  compute.ec2.launch(compute.request({ userData: gpuUserData('ECS_RESERVED_MEMORY=384') }));
  await compute.seconds(90);
  expect((await described(compute))[0].registeredResources[1]).toMatchObject({ integerValue: 16000 });
});

test('GPUs register only with ECS_ENABLE_GPU_SUPPORT', async () => {
  const compute = new Compute();
  compute.ecs.createCluster('jobs');
  compute.ec2.launch(compute.request({ instanceType: 'g5.12xlarge', userData: gpuUserData() }));
  compute.ec2.launch(
    compute.request({ instanceType: 'g5.12xlarge', userData: gpuUserData('ECS_ENABLE_GPU_SUPPORT=true') }),
  );
  await compute.seconds(90);
  const gpus = (await described(compute)).map(({ registeredResources }) =>
    registeredResources.find(({ name }: { name: string }) => name === 'GPU'),
  );
  expect(gpus[0]).toBeUndefined();
  expect(gpus[1]).toMatchObject({ type: 'STRINGSET', stringSetValue: expect.any(Array) });
  expect(new Set(gpus[1].stringSetValue).size).toBe(4);
});

test.each([
  ['names no cluster', '#!/bin/bash'],
  ['names a cluster that there is not', 'echo ECS_CLUSTER=other >> /etc/ecs/ecs.config'],
])('an instance whose user data %s registers nowhere', async (_, userData) => {
  const compute = new Compute();
  compute.ecs.createCluster('jobs');
  compute.ec2.launch(compute.request({ userData }));
  await compute.seconds(600);
  expect(await listed(compute)).toEqual([]);
});

test('an agent that a fault keeps silent never registers', async () => {
  const compute = new Compute();
  compute.ecs.createCluster('jobs');
  compute.mute = (requester) => requester === 'bad';
  compute.ec2.launch(compute.request({ requester: 'bad' }));
  const good = compute.ec2.launch(compute.request({ requester: 'good' }));
  await compute.seconds(600);
  expect((await described(compute)).map(({ ec2InstanceId }) => ec2InstanceId)).toEqual([good.instanceId]);
});

test('an instance that goes before its agent is up never registers', async () => {
  const compute = new Compute();
  compute.ecs.createCluster('jobs');
  const { instanceId } = compute.ec2.launch(compute.request());
  await compute.seconds(60);
  compute.ec2.terminate(instanceId, 'not needed');
  await compute.seconds(600);
  expect(compute.ecs.history(instanceId)).toBeUndefined();
});

test('tasks can be placed on connected, active instances in the order of their launch', async () => {
  const compute = new Compute({ registrationSeconds: 90 });
  const cluster = compute.ecs.createCluster('jobs');
  const launched = Array.from({ length: 5 }, () => compute.ec2.launch(compute.request()).instanceId);
  await compute.seconds(90);
  const placeable = (): string[] => compute.ecs.placeable(cluster).map(({ ec2InstanceId }) => ec2InstanceId);
  expect(placeable()).toEqual(launched);
  compute.ecs.disconnectAgent(launched[1]!);
  expect(placeable()).toEqual([launched[0], launched[2], launched[3], launched[4]]);
  compute.ecs.reconnectAgent(launched[1]!);
  expect(placeable()).toEqual(launched);
  expect(compute.ecs.placeable(cluster)).toBe(compute.ecs.placeable(cluster));
});

test('a cluster that can take more says so: a registration, a reconnection, an end of draining, a task stopped by hand', async () => {
  const compute = new Compute();
  const cluster = compute.ecs.createCluster('jobs');
  const told: string[] = [];
  compute.ecs.onCapacity((clusterArn) => void told.push(clusterArn));
  const { instanceId } = compute.ec2.launch(compute.request());
  await compute.seconds(90);
  expect(told).toEqual([cluster]);
  compute.ecs.disconnectAgent(instanceId);
  compute.ecs.reconnectAgent(instanceId);
  expect(told).toHaveLength(2);
  const containerInstances = await listed(compute);
  const setStatus = (status: string): Promise<void> =>
    compute.call('ecs', 'UpdateContainerInstancesState', { cluster: 'jobs', containerInstances, status });
  await setStatus('DRAINING');
  expect(told).toHaveLength(2);
  await setStatus('ACTIVE');
  expect(told).toHaveLength(3);
  const task = compute.ecs.startTask({
    clusterArn: cluster,
    containerInstanceArn: containerInstances[0]!,
    resources: { vcpus: 1, memoryMiB: 1024, gpus: 0 },
    startedBy: 'job',
    onHostLost: () => {},
  });
  await compute.call('ecs', 'StopTask', { cluster: 'jobs', task });
  expect(told).toHaveLength(4);
});

test('lists page by a hundred', async () => {
  const compute = new Compute();
  compute.ecs.createCluster('jobs');
  for (let index = 0; index < 130; index++) compute.ec2.launch(compute.request());
  await compute.seconds(90);
  const first = await compute.call('ecs', 'ListContainerInstances', { cluster: 'jobs' });
  const second = await compute.call('ecs', 'ListContainerInstances', { cluster: 'jobs', nextToken: first.nextToken });
  expect(first.containerInstanceArns).toHaveLength(100);
  expect(second.containerInstanceArns).toHaveLength(30);
  expect(second.nextToken).toBeUndefined();
  expect(new Set([...first.containerInstanceArns, ...second.containerInstanceArns]).size).toBe(130);
  await expect(listed(compute, { maxResults: 101 })).rejects.toMatchObject({ code: 'InvalidParameterException' });
  await expect(
    compute.call('ecs', 'DescribeContainerInstances', {
      cluster: 'jobs',
      containerInstances: [...first.containerInstanceArns, 'one-more'],
    }),
  ).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

test('lists are filtered by status and by the cluster query language', async () => {
  const compute = new Compute();
  compute.ecs.createCluster('jobs');
  const small = compute.ec2.launch(compute.request({ instanceType: 'm5.large' }));
  compute.ec2.launch(compute.request({ instanceType: 'm5.4xlarge' }));
  await compute.seconds(90);
  const [smallArn, largeArn] = await listed(compute);
  await compute.call('ecs', 'UpdateContainerInstancesState', {
    cluster: 'jobs',
    containerInstances: [largeArn],
    status: 'DRAINING',
  });
  expect(await listed(compute, { status: 'DRAINING' })).toEqual([largeArn]);
  expect(await listed(compute, { status: 'ACTIVE' })).toEqual([smallArn]);
  expect(await listed(compute, { filter: `ec2InstanceId == ${small.instanceId}` })).toEqual([smallArn]);
  expect(await listed(compute, { filter: 'attribute:ecs.instance-type =~ m5.4.*' })).toEqual([largeArn]);
  await expect(listed(compute, { filter: 'ec2InstanceId ==' })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
});

test('a list that lags shows what was true then, while describing shows what is true', async () => {
  const compute = new Compute({ listLagSeconds: 30, registrationSeconds: 90, instanceShutdownSeconds: 0 });
  compute.ecs.createCluster('jobs');
  const { instanceId } = compute.ec2.launch(compute.request());
  await compute.seconds(119);
  expect(await listed(compute)).toEqual([]);
  await compute.seconds(1);
  const containerInstances = await listed(compute);
  expect(containerInstances).toHaveLength(1);
  compute.ec2.terminate(instanceId, 'done');
  await compute.seconds(29);
  expect(await listed(compute)).toEqual(containerInstances);
  expect(await described(compute)).toMatchObject([{ status: 'INACTIVE', agentConnected: false }]);
  await compute.seconds(1);
  expect(await listed(compute)).toEqual([]);
});

test('what is not in the cluster is a failure in the answer; an unknown cluster is an error', async () => {
  const compute = new Compute();
  compute.ecs.createCluster('jobs');
  expect(
    await compute.call('ecs', 'DescribeContainerInstances', { cluster: 'jobs', containerInstances: ['nobody'] }),
  ).toEqual({ containerInstances: [], failures: [{ arn: 'nobody', reason: 'MISSING' }] });
  await expect(listed(compute, { cluster: 'other' })).rejects.toMatchObject({ code: 'ClusterNotFoundException' });
});

test('registration and its end are events', async () => {
  const compute = new Compute();
  const cluster = compute.ecs.createCluster('jobs');
  const { instanceId } = compute.ec2.launch(compute.request());
  await compute.seconds(90);
  compute.ec2.terminate(instanceId, 'done');
  await compute.seconds(60);
  const events = compute.eventsOf('ECS Container Instance State Change');
  expect(events.map(({ detail }) => detail)).toMatchObject([
    { clusterArn: cluster, ec2InstanceId: instanceId, status: 'ACTIVE', agentConnected: true, version: 1 },
    { status: 'ACTIVE', agentConnected: false, version: 2 },
    { status: 'INACTIVE', agentConnected: false, version: 3 },
  ]);
});

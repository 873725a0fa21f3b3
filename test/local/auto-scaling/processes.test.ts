import { Compute, START } from '../ec2/compute';

const processes = (
  compute: Compute,
  operation: 'SuspendProcesses' | 'ResumeProcesses',
  ...names: string[]
): Promise<unknown> =>
  compute.call('autoscaling', operation, {
    AutoScalingGroupName: 'pool',
    ...(names.length > 0 && { ScalingProcesses: names }),
  });

async function settled(desired: number, options: object = {}): Promise<Compute> {
  const compute = new Compute();
  await compute.group('pool', { DesiredCapacity: desired, ...options });
  await compute.seconds(60);
  return compute;
}

async function inService(compute: Compute): Promise<string[]> {
  const members = await compute.members('pool');
  return members.filter((one) => one.LifecycleState === 'InService').map(({ InstanceId }) => InstanceId);
}

async function perZone(compute: Compute): Promise<number[]> {
  const zones = new Map([
    ['us-east-1a', 0],
    ['us-east-1b', 0],
    ['us-east-1c', 0],
  ]);
  for (const { AvailabilityZone } of await compute.members('pool')) {
    zones.set(AvailabilityZone, zones.get(AvailabilityZone)! + 1);
  }
  return [...zones.values()];
}

test('without Launch nothing is launched until it resumes', async () => {
  const compute = await settled(0);
  await processes(compute, 'SuspendProcesses', 'Launch');
  await compute.setDesired('pool', 2);
  await compute.seconds(3600);
  expect(await inService(compute)).toEqual([]);
  await processes(compute, 'ResumeProcesses', 'Launch');
  await compute.seconds(60);
  expect(await inService(compute)).toHaveLength(2);
});

test('without Terminate nothing is ended until it resumes, except by name', async () => {
  const compute = await settled(3);
  await processes(compute, 'SuspendProcesses', 'Terminate');
  await compute.setDesired('pool', 2);
  await compute.seconds(3600);
  const [first] = await inService(compute);
  expect(await inService(compute)).toHaveLength(3);
  await compute.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
    InstanceId: first,
    ShouldDecrementDesiredCapacity: true,
  });
  await compute.seconds(60);
  expect(await inService(compute)).toHaveLength(2);
  await processes(compute, 'ResumeProcesses');
  await compute.seconds(60);
  expect(await inService(compute)).toHaveLength(1);
});

test('without HealthCheck a loss is not seen; without ReplaceUnhealthy it is seen and left', async () => {
  const compute = await settled(2);
  const [first, second] = await inService(compute);
  await processes(compute, 'SuspendProcesses', 'HealthCheck');
  await compute.call('ec2', 'TerminateInstances', { InstanceIds: [first] });
  await compute.seconds(600);
  expect(await compute.members('pool')).toMatchObject([{ HealthStatus: 'Healthy' }, { HealthStatus: 'Healthy' }]);

  await processes(compute, 'SuspendProcesses', 'ReplaceUnhealthy');
  await processes(compute, 'ResumeProcesses', 'HealthCheck');
  expect(await compute.members('pool')).toMatchObject([{ HealthStatus: 'Unhealthy' }, { HealthStatus: 'Healthy' }]);
  await compute.seconds(600);
  expect(await compute.members('pool')).toHaveLength(2);

  await processes(compute, 'ResumeProcesses', 'ReplaceUnhealthy');
  await compute.seconds(60);
  const replaced = await inService(compute);
  expect(replaced).toHaveLength(2);
  expect(replaced).toContain(second);
  expect(replaced).not.toContain(first);
});

test('all processes are suspended and resumed when none is named; a wrong name is refused', async () => {
  const compute = await settled(0);
  await processes(compute, 'SuspendProcesses');
  expect((await compute.described('pool')).SuspendedProcesses).toHaveLength(9);
  await processes(compute, 'ResumeProcesses');
  expect((await compute.described('pool')).SuspendedProcesses).toEqual([]);
  await expect(processes(compute, 'SuspendProcesses', 'Breathing')).rejects.toMatchObject({ code: 'ValidationError' });
});

/** Five instances, of which the three in the second and third zone have been terminated with decrement. */
async function unbalanced(options: object = {}): Promise<Compute> {
  const compute = new Compute();
  let onlyFirst = true;
  compute.failing = (_, __, zone) => (onlyFirst && zone !== 'us-east-1a' ? 'InsufficientInstanceCapacity' : undefined);
  await compute.group('pool', { DesiredCapacity: 4, MaxSize: 4, ...options });
  await compute.seconds(60);
  onlyFirst = false;
  expect(await perZone(compute)).toEqual([4, 0, 0]);
  return compute;
}

test('AZRebalance launches first, then ends, one instance at a time, until the zones are even', async () => {
  const compute = await unbalanced();
  await processes(compute, 'ResumeProcesses', 'AZRebalance');
  let most = 0;
  for (let step = 0; step < 120; step++) {
    await compute.seconds(10);
    most = Math.max(most, (await inService(compute)).length);
  }
  expect(most).toBe(5);
  expect((await perZone(compute)).sort()).toEqual([1, 1, 2]);
  expect(await inService(compute)).toHaveLength(4);
  const causes = (await compute.scalingActivities('pool')).map(({ Cause }) => Cause);
  expect(causes).toContainEqual(
    expect.stringContaining('instances were launched to balance instances in zones us-east-1b'),
  );
});

test('suspended AZRebalance leaves the zones as they are', async () => {
  const compute = await unbalanced();
  const before = await inService(compute);
  await compute.seconds(7200);
  expect(await inService(compute)).toEqual(before);
});

test('AZRebalance does not touch protected instances', async () => {
  const compute = await unbalanced({ NewInstancesProtectedFromScaleIn: true });
  const before = await inService(compute);
  await processes(compute, 'ResumeProcesses', 'AZRebalance');
  await compute.seconds(7200);
  expect(await inService(compute)).toEqual(before);
});

test('AZRebalance tries again when the other zone has no room', async () => {
  const compute = await unbalanced();
  compute.failing = () => 'InsufficientInstanceCapacity';
  await processes(compute, 'ResumeProcesses', 'AZRebalance');
  await compute.seconds(600);
  expect(await perZone(compute)).toEqual([4, 0, 0]);
  compute.failing = () => undefined;
  await compute.seconds(600);
  expect((await perZone(compute)).sort()).toEqual([1, 1, 2]);
});

test('a cooldown is honoured only when asked', async () => {
  const compute = await settled(1, { DefaultCooldown: 300 });
  const setDesired = (DesiredCapacity: number): Promise<unknown> =>
    compute.call('autoscaling', 'SetDesiredCapacity', {
      AutoScalingGroupName: 'pool',
      DesiredCapacity,
      HonorCooldown: true,
    });
  await expect(setDesired(2)).rejects.toMatchObject({ code: 'ScalingActivityInProgress' });
  await compute.setDesired('pool', 2);
  await compute.seconds(5);
  await expect(setDesired(3)).rejects.toMatchObject({
    message: expect.stringMatching(/^Scaling activity .* is in progress and blocks this action$/),
  });
  await compute.seconds(60 + 300);
  await setDesired(3);
  expect(await compute.described('pool')).toMatchObject({ DesiredCapacity: 3 });
});

test('activities are filtered by status and start, and page', async () => {
  const compute = await settled(3);
  const list = (input: object): Promise<{ Activities: { ActivityId: string }[]; NextToken?: string }> =>
    compute.call('autoscaling', 'DescribeScalingActivities', { AutoScalingGroupName: 'pool', ...input });
  await compute.seconds(3600);
  await compute.setDesired('pool', 2);
  await compute.seconds(5);
  const status = (value: string): object => ({ Filters: [{ Name: 'Status', Values: [value] }] });
  expect((await list(status('Successful'))).Activities).toHaveLength(3);
  expect((await list(status('InProgress'))).Activities).toHaveLength(1);
  const later = new Date(START + 3_600_000).toISOString();
  expect((await list({ Filters: [{ Name: 'StartTimeLowerBound', Values: [later] }] })).Activities).toHaveLength(1);
  expect((await list({ Filters: [{ Name: 'StartTimeUpperBound', Values: [later] }] })).Activities).toHaveLength(3);
  const first = await list({ MaxRecords: 3 });
  const second = await list({ MaxRecords: 3, NextToken: first.NextToken });
  const ids = [...first.Activities, ...second.Activities].map(({ ActivityId }) => ActivityId);
  expect(new Set(ids).size).toBe(4);
  expect((await list({ ActivityIds: [ids[2]!, 'unknown'] })).Activities).toMatchObject([{ ActivityId: ids[2] }]);
});

test('activities are kept for six weeks', async () => {
  const compute = await settled(1);
  await compute.seconds(42 * 86_400);
  expect(await compute.scalingActivities('pool')).toEqual([]);
});

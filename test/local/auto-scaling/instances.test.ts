import { Compute } from '../ec2/compute';

/** A settled group, and the ids of its instances. */
async function settled(options: object): Promise<{ compute: Compute; ids: string[] }> {
  const compute = new Compute();
  await compute.group('pool', options);
  await compute.seconds(60);
  return { compute, ids: (await compute.members('pool')).map(({ InstanceId }) => InstanceId) };
}

const terminate = (compute: Compute, input: object): Promise<{ Activity: object; Activities: object[] }> =>
  compute.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', input);

const protect = (compute: Compute, InstanceIds: string[], ProtectedFromScaleIn = true): Promise<unknown> =>
  compute.call('autoscaling', 'SetInstanceProtection', {
    AutoScalingGroupName: 'pool',
    InstanceIds,
    ProtectedFromScaleIn,
  });

test('terminating with decrement ends that instance, protected or not, and leaves the rest', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 3, NewInstancesProtectedFromScaleIn: true });
  const { Activity } = await terminate(compute, { InstanceId: ids[1], ShouldDecrementDesiredCapacity: true });
  expect(Activity).toMatchObject({
    StatusCode: 'InProgress',
    Description: `Terminating EC2 instance: ${ids[1]}`,
    Cause: expect.stringContaining('in response to a user request'),
  });
  expect(await compute.described('pool')).toMatchObject({ DesiredCapacity: 2 });
  await compute.seconds(600);
  expect((await compute.members('pool')).map(({ InstanceId }) => InstanceId)).toEqual([ids[0], ids[2]]);
  expect(compute.ec2.history()[1]).toMatchObject({ terminationCause: 'scale-in' });
});

test('terminating without decrement has it replaced', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 2 });
  await terminate(compute, { InstanceId: ids[0], ShouldDecrementDesiredCapacity: false });
  await compute.seconds(600);
  const members = await compute.members('pool');
  expect(members).toHaveLength(2);
  expect(members.map(({ InstanceId }) => InstanceId)).not.toContain(ids[0]);
});

test('terminating with decrement is refused where it would go below the minimum', async () => {
  const { compute, ids } = await settled({ MinSize: 1, DesiredCapacity: 1 });
  await expect(terminate(compute, { InstanceId: ids[0], ShouldDecrementDesiredCapacity: true })).rejects.toMatchObject({
    code: 'ValidationError',
    message:
      "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate group's min " +
      "size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
  });
  expect(await compute.members('pool')).toHaveLength(1);
});

test('an instance that is terminating already does not count twice', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 3 });
  const request = { InstanceId: ids[0], ShouldDecrementDesiredCapacity: true };
  await terminate(compute, request);
  await expect(terminate(compute, request)).rejects.toMatchObject({ code: 'ScalingActivityInProgress' });
  expect(await compute.described('pool')).toMatchObject({ DesiredCapacity: 2 });
});

test('several instances are terminated in one call', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 3 });
  const InstanceIds = ids.slice(0, 2);
  await expect(terminate(compute, { InstanceIds, ShouldDecrementDesiredCapacity: true })).rejects.toMatchObject({
    code: 'ValidationError',
  });
  const { Activities } = await terminate(compute, {
    AutoScalingGroupName: 'pool',
    InstanceIds,
    ShouldDecrementDesiredCapacity: true,
  });
  expect(Activities).toHaveLength(2);
  expect(await compute.described('pool')).toMatchObject({ DesiredCapacity: 1 });
});

test('an instance that no group has is refused', async () => {
  const { compute } = await settled({});
  const { instanceId } = compute.ec2.launch(compute.request());
  await expect(
    terminate(compute, { InstanceId: instanceId, ShouldDecrementDesiredCapacity: false }),
  ).rejects.toMatchObject({
    message: `Instance Id not found - No managed instance found for instance ID: ${instanceId}`,
  });
  await expect(protect(compute, [instanceId])).rejects.toMatchObject({
    message: `The instance ${instanceId} is not part of Auto Scaling group pool.`,
  });
});

test('protection is set on instances in service only, on all of a call or on none', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 2 });
  await terminate(compute, { InstanceId: ids[1], ShouldDecrementDesiredCapacity: true });
  await expect(protect(compute, ids)).rejects.toMatchObject({
    message: `The instance ${ids[1]} is not in InService or EnteringStandby or Standby.`,
  });
  expect((await compute.members('pool'))[0]).toMatchObject({ ProtectedFromScaleIn: false });
  await protect(compute, [ids[0]!]);
  expect((await compute.members('pool'))[0]).toMatchObject({ ProtectedFromScaleIn: true });
  await expect(protect(compute, Array(51).fill(ids[0]))).rejects.toMatchObject({ code: 'ValidationError' });
});

test('protection that is taken away lets a scale-in go on', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 2, NewInstancesProtectedFromScaleIn: true });
  await compute.setDesired('pool', 0);
  await compute.seconds(60);
  await protect(compute, ids, false);
  await compute.seconds(60);
  expect(await compute.members('pool')).toEqual([]);
});

test('a detached instance runs on without the group', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 2 });
  const detach = (InstanceIds: string[], ShouldDecrementDesiredCapacity: boolean): Promise<{ Activities: object[] }> =>
    compute.call('autoscaling', 'DetachInstances', {
      AutoScalingGroupName: 'pool',
      InstanceIds,
      ShouldDecrementDesiredCapacity,
    });
  expect((await detach([ids[0]!], true)).Activities).toMatchObject([
    { Description: `Detaching EC2 instance: ${ids[0]}`, StatusCode: 'Successful' },
  ]);
  await detach([ids[1]!], false);
  await compute.seconds(600);
  expect(await compute.described('pool')).toMatchObject({ DesiredCapacity: 1 });
  const [member] = await compute.members('pool');
  expect(ids).not.toContain(member.InstanceId);
  expect(ids.map((id) => compute.ec2.get(id)?.state)).toEqual(['running', 'running']);
  await compute.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName: 'pool', MinSize: 1 });
  await expect(detach([member.InstanceId], true)).rejects.toMatchObject({
    message: expect.stringContaining('AutoScalingGroup pool has min-size=1, max-size=10, and desired-size=1.'),
  });
});

test('an instance that is set to Unhealthy is ended and replaced, protected or not', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 1, NewInstancesProtectedFromScaleIn: true });
  await compute.call('autoscaling', 'SetInstanceHealth', { InstanceId: ids[0], HealthStatus: 'Unhealthy' });
  expect(await compute.members('pool')).toMatchObject([{ LifecycleState: 'Terminating', HealthStatus: 'Unhealthy' }]);
  await compute.seconds(600);
  expect(await compute.members('pool')).toMatchObject([{ LifecycleState: 'InService', HealthStatus: 'Healthy' }]);
});

test('instances are described across groups; ids that no group has are left out', async () => {
  const { compute, ids } = await settled({ DesiredCapacity: 2 });
  await compute.group('other', { DesiredCapacity: 1 });
  await compute.seconds(60);
  const describe = async (input: object = {}): Promise<{ InstanceId: string; AutoScalingGroupName: string }[]> =>
    (await compute.call('autoscaling', 'DescribeAutoScalingInstances', input)).AutoScalingInstances;
  expect((await describe()).map(({ AutoScalingGroupName }) => AutoScalingGroupName)).toEqual(['pool', 'pool', 'other']);
  expect(await describe({ InstanceIds: [ids[1], 'i-0'] })).toMatchObject([
    { InstanceId: ids[1], LifecycleState: 'InService', HealthStatus: 'HEALTHY', AutoScalingGroupName: 'pool' },
  ]);
  expect(await describe({ MaxRecords: 2 })).toHaveLength(2);
});

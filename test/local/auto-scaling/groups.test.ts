import { Compute } from '../ec2/compute';

async function group(name: string, options: object = {}): Promise<Compute> {
  const compute = new Compute();
  await compute.group(name, options);
  return compute;
}

const update = (compute: Compute, changes: object): Promise<unknown> =>
  compute.call('autoscaling', 'UpdateAutoScalingGroup', { AutoScalingGroupName: 'pool', ...changes });

const remove = (compute: Compute, ForceDelete?: boolean): Promise<unknown> =>
  compute.call('autoscaling', 'DeleteAutoScalingGroup', { AutoScalingGroupName: 'pool', ForceDelete });

test('a group is described as it was made', async () => {
  const compute = await group('pool', {
    MinSize: 1,
    MaxSize: 4,
    NewInstancesProtectedFromScaleIn: true,
    DefaultCooldown: 60,
    Tags: [{ Key: 'team', Value: 'a', PropagateAtLaunch: true }],
  });
  expect(await compute.described('pool')).toMatchObject({
    AutoScalingGroupARN: expect.stringMatching(
      /^arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:[0-9a-f-]{36}:autoScalingGroupName\/pool$/,
    ),
    LaunchTemplate: { LaunchTemplateName: 'pool-template', Version: '1' },
    MinSize: 1,
    MaxSize: 4,
    DesiredCapacity: 1,
    DefaultCooldown: 60,
    AvailabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    VPCZoneIdentifier: (await compute.subnets()).join(','),
    HealthCheckType: 'EC2',
    NewInstancesProtectedFromScaleIn: true,
    TerminationPolicies: ['Default'],
    SuspendedProcesses: [{ ProcessName: 'AZRebalance', SuspensionReason: 'User suspended at 2026-01-01T00:00:00Z' }],
    Tags: [
      { ResourceId: 'pool', ResourceType: 'auto-scaling-group', Key: 'team', Value: 'a', PropagateAtLaunch: true },
    ],
    Instances: [],
  });
});

test.each([
  ['MinSize above MaxSize', { MinSize: 3, MaxSize: 2 }, 'Max bound, 2, must be greater than or equal to min bound, 3'],
  [
    'a desired capacity outside',
    { MinSize: 0, MaxSize: 2, DesiredCapacity: 3 },
    'Desired capacity:3 must be between the specified min size:0 and max size:2',
  ],
  ['a subnet that there is not', { VPCZoneIdentifier: 'subnet-0' }, "The subnet ID 'subnet-0' does not exist"],
  [
    'no subnet and no zone',
    { VPCZoneIdentifier: undefined },
    'At least one Availability Zone or VPC Subnet is required.',
  ],
  ['nothing to launch from', { LaunchTemplate: undefined }, 'Valid requests must contain either LaunchTemplate'],
  [
    'a template that there is not',
    { LaunchTemplate: { LaunchTemplateName: 'nothing' } },
    'You must use a valid fully-formed launch template. The specified launch template, with template name nothing, ' +
      'does not exist.',
  ],
  ['an unknown termination policy', { TerminationPolicies: ['Youngest'] }, "Invalid termination policy: 'Youngest'"],
  ['what is not modelled', { TargetGroupARNs: ['arn'] }, 'The local AWS does not model TargetGroupARNs.'],
  [
    'a Spot template in a mixed group',
    {
      LaunchTemplate: undefined,
      MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateName: 'spot' } } },
    },
    'Incompatible launch template',
  ],
  [
    'weights in a mixed group',
    {
      LaunchTemplate: undefined,
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: { LaunchTemplateName: 'pool-template' },
          Overrides: [{ InstanceType: 'm5.large', WeightedCapacity: '2' }],
        },
      },
    },
    'The local AWS does not model InstanceRequirements, WeightedCapacity and ImageId overrides.',
  ],
])('a group with %s is refused', async (_, options, message) => {
  const compute = new Compute();
  await compute.launchTemplate('spot', { InstanceMarketOptions: { MarketType: 'spot' } });
  await expect(compute.group('pool', options)).rejects.toMatchObject({
    code: 'ValidationError',
    message: expect.stringContaining(message),
  });
});

test('a name is given once', async () => {
  const compute = await group('pool');
  await expect(
    compute.call('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: 'pool',
      MinSize: 0,
      MaxSize: 1,
      AvailabilityZones: ['us-east-1a'],
      LaunchTemplate: { LaunchTemplateName: 'pool-template' },
    }),
  ).rejects.toMatchObject({ code: 'AlreadyExists' });
});

test('a minimum that is raised, or a maximum that is lowered, takes the desired capacity with it', async () => {
  const compute = await group('pool', { MinSize: 0, MaxSize: 10, DesiredCapacity: 2 });
  await compute.seconds(60);
  await update(compute, { MinSize: 3 });
  expect(await compute.described('pool')).toMatchObject({ MinSize: 3, DesiredCapacity: 3 });
  await update(compute, { MinSize: 0, MaxSize: 1 });
  await compute.seconds(60);
  expect(await compute.described('pool')).toMatchObject({ MaxSize: 1, DesiredCapacity: 1 });
  expect(await compute.members('pool')).toHaveLength(1);
  await expect(update(compute, { MinSize: 2 })).rejects.toMatchObject({ code: 'ValidationError' });
});

test('an update keeps what it does not name', async () => {
  const compute = await group('pool', { NewInstancesProtectedFromScaleIn: true, DesiredCapacity: 1 });
  await update(compute, { TerminationPolicies: ['NewestInstance'] });
  expect(await compute.described('pool')).toMatchObject({
    NewInstancesProtectedFromScaleIn: true,
    TerminationPolicies: ['NewestInstance'],
    DesiredCapacity: 1,
    LaunchTemplate: { Version: '1' },
  });
});

test('an update of the mixed policy keeps the part that it leaves out', async () => {
  const compute = new Compute();
  await compute.launchTemplate('gpu');
  const LaunchTemplate = { LaunchTemplateSpecification: { LaunchTemplateName: 'gpu', Version: '1' } };
  await compute.group('pool', { MixedInstancesPolicy: { LaunchTemplate } });
  await update(compute, { MixedInstancesPolicy: { InstancesDistribution: { OnDemandBaseCapacity: 1 } } });
  expect((await compute.described('pool')).MixedInstancesPolicy).toEqual({
    LaunchTemplate,
    InstancesDistribution: { OnDemandBaseCapacity: 1 },
  });
});

test('a group is not deleted while it has instances, nor while it is busy', async () => {
  const compute = await group('pool', { DesiredCapacity: 1 });
  await compute.seconds(60);
  await expect(remove(compute)).rejects.toMatchObject({
    code: 'ResourceInUse',
    message:
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in ' +
      'the group.',
  });
  await compute.setDesired('pool', 0);
  await compute.seconds(3);
  await expect(remove(compute)).rejects.toMatchObject({
    code: 'ScalingActivityInProgress',
    message: 'You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.',
  });
  await compute.seconds(60);
  await remove(compute);
  expect(await compute.described('pool')).toBeUndefined();
});

test('a forced deletion ends all, protected or not, and the group is gone with the last', async () => {
  const compute = await group('pool', { DesiredCapacity: 3, NewInstancesProtectedFromScaleIn: true });
  await compute.seconds(60);
  await remove(compute, true);
  expect(await compute.described('pool')).toMatchObject({ Status: 'Delete in progress' });
  await expect(compute.setDesired('pool', 1)).rejects.toMatchObject({ code: 'ValidationError' });
  await compute.seconds(600);
  expect(await compute.described('pool')).toBeUndefined();
  expect(compute.ec2.history().map(({ state, terminationCause }) => [state, terminationCause])).toEqual(
    Array(3).fill(['terminated', 'group-deletion']),
  );
  const { Activities } = await compute.call('autoscaling', 'DescribeScalingActivities', {
    AutoScalingGroupName: 'pool',
    IncludeDeletedGroups: true,
  });
  expect(Activities).toHaveLength(6);
  expect(Activities[0]).toMatchObject({ AutoScalingGroupState: 'Deleted', StatusCode: 'Successful' });
});

test('a group that is deleted while its launches fail tries no more', async () => {
  const compute = await group('pool');
  compute.failing = () => 'InsufficientInstanceCapacity';
  await compute.setDesired('pool', 2);
  await compute.seconds(10);
  await remove(compute);
  compute.failing = () => undefined;
  await compute.seconds(3600);
  expect(compute.ec2.history()).toEqual([]);
});

test('unknown names are left out of the answer, but nothing can be done to them', async () => {
  const compute = await group('pool');
  const { AutoScalingGroups } = await compute.call('autoscaling', 'DescribeAutoScalingGroups', {
    AutoScalingGroupNames: ['pool', 'other'],
  });
  expect(AutoScalingGroups).toHaveLength(1);
  await expect(compute.setDesired('other', 1)).rejects.toMatchObject({
    code: 'ValidationError',
    message: expect.stringContaining('AutoScalingGroup name not found'),
  });
});

test('groups page, are found by tags, and come without instances where asked', async () => {
  const compute = new Compute();
  for (const name of ['a', 'b', 'c']) await compute.group(name, { DesiredCapacity: 1 });
  await compute.call('autoscaling', 'CreateOrUpdateTags', {
    Tags: [{ ResourceId: 'b', ResourceType: 'auto-scaling-group', Key: 'team', Value: 'x', PropagateAtLaunch: false }],
  });
  await compute.seconds(60);
  const describe = async (input: object): Promise<{ names: string[]; NextToken?: string }> => {
    const answer = await compute.call('autoscaling', 'DescribeAutoScalingGroups', input);
    const names = answer.AutoScalingGroups.map((one: { AutoScalingGroupName: string }) => one.AutoScalingGroupName);
    return { names, NextToken: answer.NextToken };
  };
  const first = await describe({ MaxRecords: 2 });
  expect(first.names).toEqual(['a', 'b']);
  expect((await describe({ MaxRecords: 2, NextToken: first.NextToken })).names).toEqual(['c']);
  expect((await describe({ Filters: [{ Name: 'tag:team', Values: ['x', 'y'] }] })).names).toEqual(['b']);
  expect((await describe({ Filters: [{ Name: 'tag-key', Values: ['nothing'] }] })).names).toEqual([]);
  await expect(describe({ MaxRecords: 101 })).rejects.toMatchObject({ code: 'ValidationError' });
  await compute.call('autoscaling', 'DeleteTags', {
    Tags: [{ ResourceId: 'b', ResourceType: 'auto-scaling-group', Key: 'team' }],
  });
  expect((await describe({ Filters: [{ Name: 'tag-key', Values: ['team'] }] })).names).toEqual([]);
  const { AutoScalingGroups } = await compute.call('autoscaling', 'DescribeAutoScalingGroups', {
    AutoScalingGroupNames: ['a'],
    IncludeInstances: false,
  });
  expect(AutoScalingGroups[0].Instances).toBeUndefined();
});

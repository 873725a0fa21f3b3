import { instanceHistories } from '../../../local/ecs/instance-history';
import { Compute } from '../ec2/compute';

const zonesOf = (members: { AvailabilityZone: string }[]): string[] =>
  members.map((member) => member.AvailabilityZone).sort();

const lifecycles = (members: { LifecycleState: string }[]): string[] => members.map((one) => one.LifecycleState);

/** A group that has settled with so many instances in service. */
async function settled(options: object, desired: number, settings = {}): Promise<Compute> {
  const compute = new Compute(settings);
  await compute.group('pool', options);
  await compute.setDesired('pool', desired);
  await compute.seconds(60);
  return compute;
}

test('raising the desired capacity launches after a short delay, spread over the zones', async () => {
  const compute = new Compute({ scalingDelaySeconds: 3, instancePendingSeconds: 15 });
  await compute.group('pool');
  await compute.setDesired('pool', 4);
  await compute.seconds(2);
  expect(await compute.members('pool')).toEqual([]);
  await compute.seconds(1);
  const members = await compute.members('pool');
  expect(lifecycles(members)).toEqual(Array(4).fill('Pending'));
  expect(zonesOf(members)).toEqual(['us-east-1a', 'us-east-1a', 'us-east-1b', 'us-east-1c']);
  await compute.seconds(15);
  expect(lifecycles(await compute.members('pool'))).toEqual(Array(4).fill('InService'));
});

test('in service means running, not registered', async () => {
  const compute = await settled({}, 1, { instancePendingSeconds: 15, registrationSeconds: 600 });
  expect(lifecycles(await compute.members('pool'))).toEqual(['InService']);
});

test('instances know their template version, carry the propagated tags and the profile', async () => {
  const compute = new Compute();
  await compute.group('pool', {
    Tags: [
      { Key: 'team', Value: 'a', PropagateAtLaunch: true },
      { Key: 'note', Value: 'b', PropagateAtLaunch: false },
    ],
  });
  const launchTemplateId = compute.ec2.launchTemplate({ launchTemplateName: 'pool-template' }).launchTemplateId;
  await compute.setDesired('pool', 1);
  await compute.seconds(30);
  const [member] = await compute.members('pool');
  expect(member).toMatchObject({
    InstanceType: 'm5.xlarge',
    HealthStatus: 'Healthy',
    ProtectedFromScaleIn: false,
    LaunchTemplate: { LaunchTemplateId: launchTemplateId, LaunchTemplateName: 'pool-template', Version: '1' },
  });
  const { Reservations } = await compute.call('ec2', 'DescribeInstances', { InstanceIds: [member.InstanceId] });
  expect(Reservations[0].Instances[0].Tags).toEqual([
    { Key: 'team', Value: 'a' },
    { Key: 'aws:autoscaling:groupName', Value: 'pool' },
    { Key: 'aws:ec2launchtemplate:id', Value: launchTemplateId },
    { Key: 'aws:ec2launchtemplate:version', Value: '1' },
  ]);
});

test('a group on $Latest launches new versions from then on', async () => {
  const compute = new Compute();
  await compute.group('pool', { LaunchTemplate: { LaunchTemplateName: 'pool-template', Version: '$Latest' } });
  await compute.setDesired('pool', 1);
  await compute.seconds(30);
  await compute.call('ec2', 'CreateLaunchTemplateVersion', {
    LaunchTemplateName: 'pool-template',
    SourceVersion: '1',
    LaunchTemplateData: { InstanceType: 'm5.large' },
  });
  await compute.setDesired('pool', 2);
  await compute.seconds(30);
  const members = await compute.members('pool');
  expect(members.map(({ LaunchTemplate }) => LaunchTemplate.Version)).toEqual(['1', '2']);
  expect(members.map(({ InstanceType }) => InstanceType)).toEqual(['m5.xlarge', 'm5.large']);
});

test('lowering the desired capacity ends unprotected instances, and frees their places when they are gone', async () => {
  const compute = await settled({}, 5, { instanceShutdownSeconds: 30 });
  await compute.setDesired('pool', 2);
  await compute.seconds(3);
  expect(lifecycles(await compute.members('pool')).sort()).toEqual([
    'InService',
    'InService',
    'Terminating',
    'Terminating',
    'Terminating',
  ]);
  await compute.seconds(30);
  const left = await compute.members('pool');
  expect(lifecycles(left)).toEqual(['InService', 'InService']);
  expect(new Set(zonesOf(left)).size).toBe(2);
});

test('new instances are protected where the group says so; scale-in waits until one is not', async () => {
  const compute = await settled({ NewInstancesProtectedFromScaleIn: true }, 3);
  const members = await compute.members('pool');
  expect(members.map(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn)).toEqual([true, true, true]);
  await compute.setDesired('pool', 2);
  await compute.seconds(3600);
  expect(lifecycles(await compute.members('pool'))).toEqual(Array(3).fill('InService'));
  expect((await compute.described('pool')).DesiredCapacity).toBe(2);
  const message = 'Could not scale to desired capacity because all remaining instances are protected from scale-in.';
  const [activity, ...others] = await compute.scalingActivities('pool');
  expect(activity).toMatchObject({ StatusCode: 'Cancelled', Description: message });
  expect(others.filter(({ Description }) => Description === message)).toEqual([]);

  const named = members[1].InstanceId;
  await compute.call('autoscaling', 'SetInstanceProtection', {
    AutoScalingGroupName: 'pool',
    InstanceIds: [named],
    ProtectedFromScaleIn: false,
  });
  await compute.seconds(60);
  const left = await compute.members('pool');
  expect(left.map(({ InstanceId }) => InstanceId)).toEqual([members[0].InstanceId, members[2].InstanceId]);
});

test('an instance that goes from outside is replaced once the health check has seen it', async () => {
  const compute = await settled({ NewInstancesProtectedFromScaleIn: true }, 2, { healthCheckSeconds: 30 });
  const [lost, kept] = await compute.members('pool');
  await compute.call('ec2', 'TerminateInstances', { InstanceIds: [lost.InstanceId] });
  await compute.seconds(29);
  expect((await compute.members('pool'))[0]).toMatchObject({ LifecycleState: 'InService', HealthStatus: 'Healthy' });
  await compute.seconds(61);
  const members = await compute.members('pool');
  expect(lifecycles(members)).toEqual(['InService', 'InService']);
  expect(members[0].InstanceId).toBe(kept.InstanceId);
  expect(members[1].InstanceId).not.toBe(lost.InstanceId);
  const causes = (await compute.scalingActivities('pool')).map(({ Cause }) => Cause);
  expect(causes).toContainEqual(expect.stringContaining('EC2 health check indicating it has been terminated'));
});

test('a reclaimed Spot Instance is replaced', async () => {
  const compute = new Compute({ healthCheckSeconds: 30 });
  await compute.launchTemplate('spot', { InstanceMarketOptions: { MarketType: 'spot' } });
  await compute.group('pool', { LaunchTemplate: { LaunchTemplateName: 'spot' }, DesiredCapacity: 1 });
  await compute.seconds(60);
  const [before] = await compute.members('pool');
  compute.ec2.reclaim(before.InstanceId);
  await compute.seconds(300);
  const members = await compute.members('pool');
  expect(lifecycles(members)).toEqual(['InService']);
  expect(members[0].InstanceId).not.toBe(before.InstanceId);
});

test('a group is not larger than its maximum, nor smaller than its minimum', async () => {
  const compute = new Compute();
  await compute.group('pool', { MinSize: 1, MaxSize: 2 });
  await compute.seconds(60);
  expect(await compute.members('pool')).toHaveLength(1);
  await expect(compute.setDesired('pool', 3)).rejects.toMatchObject({
    code: 'ValidationError',
    message: 'New SetDesiredCapacity value 3 is above max value 2 for the AutoScalingGroup.',
  });
  await expect(compute.setDesired('pool', 0)).rejects.toMatchObject({
    message: 'New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.',
  });
});

test('several types and a share of Spot: a mixed group launches by its policy', async () => {
  const compute = new Compute();
  compute.failing = (_, instanceType) => (instanceType === 'g5.xlarge' ? 'InsufficientInstanceCapacity' : undefined);
  await compute.launchTemplate('gpu', { InstanceType: 't3.micro' });
  await compute.group('pool', {
    MixedInstancesPolicy: {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateName: 'gpu', Version: '1' },
        Overrides: [{ InstanceType: 'g5.xlarge' }, { InstanceType: 'g4dn.xlarge' }],
      },
      InstancesDistribution: { OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 0 },
    },
    DesiredCapacity: 3,
  });
  await compute.seconds(60);
  const launched = instanceHistories(compute.ec2, compute.ecs);
  expect(launched.map(({ instanceType, spot }) => ({ instanceType, spot }))).toEqual([
    { instanceType: 'g4dn.xlarge', spot: false },
    { instanceType: 'g4dn.xlarge', spot: true },
    { instanceType: 'g4dn.xlarge', spot: true },
  ]);
  // Another type of the same zone had room: nothing has failed for the group.
  expect((await compute.scalingActivities('pool')).map(({ StatusCode }) => StatusCode)).not.toContain('Failed');
});

test('launches and terminations are events', async () => {
  const compute = await settled({}, 1);
  const [{ InstanceId }] = await compute.members('pool');
  await compute.setDesired('pool', 0);
  await compute.seconds(60);
  const { AutoScalingGroupARN } = await compute.described('pool');
  for (const [detailType, description] of [
    ['EC2 Instance Launch Successful', `Launching a new EC2 instance: ${InstanceId}`],
    ['EC2 Instance Terminate Successful', `Terminating EC2 instance: ${InstanceId}`],
  ] as const) {
    expect(compute.eventsOf(detailType)).toMatchObject([
      {
        source: 'aws.autoscaling',
        resources: [AutoScalingGroupARN, `arn:aws:ec2:us-east-1:123456789012:instance/${InstanceId}`],
        detail: {
          StatusCode: 'InProgress',
          Description: description,
          AutoScalingGroupName: 'pool',
          EC2InstanceId: InstanceId,
          Details: { 'Availability Zone': 'us-east-1a', 'Subnet ID': expect.stringMatching(/^subnet-/) },
        },
      },
    ]);
  }
});

test('activities tell what was done and why, the newest first', async () => {
  const compute = await settled({}, 1, { scalingDelaySeconds: 3, instancePendingSeconds: 15 });
  const [{ InstanceId }] = await compute.members('pool');
  expect(await compute.scalingActivities('pool')).toMatchObject([
    {
      AutoScalingGroupName: 'pool',
      Description: `Launching a new EC2 instance: ${InstanceId}`,
      Cause:
        'At 2026-01-01T00:00:00Z a user request explicitly set group desired capacity changing the desired capacity ' +
        'from 0 to 1.  At 2026-01-01T00:00:03Z an instance was started in response to a difference between desired ' +
        'and actual capacity, increasing the capacity from 0 to 1.',
      StartTime: new Date('2026-01-01T00:00:03Z'),
      EndTime: new Date('2026-01-01T00:00:18Z'),
      StatusCode: 'Successful',
      Progress: 100,
      Details: expect.stringContaining('"Availability Zone":"us-east-1a"'),
    },
  ]);
  await compute.setDesired('pool', 0);
  await compute.seconds(3);
  const [newest, oldest] = await compute.scalingActivities('pool');
  expect(newest).toMatchObject({ Description: `Terminating EC2 instance: ${InstanceId}`, StatusCode: 'InProgress' });
  expect(newest.Cause).toMatch(/shrinking the capacity from 1 to 0\..*was selected for termination\.$/);
  expect(oldest.StatusCode).toBe('Successful');
});

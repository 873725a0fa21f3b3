import { Compute } from '../ec2/compute';

async function failures(compute: Compute): Promise<{ at: number; message: string; zone: string }[]> {
  return (await compute.scalingActivities('pool'))
    .filter(({ StatusCode }) => StatusCode === 'Failed')
    .map(({ StartTime, StatusMessage, Details }) => ({
      at: (StartTime.getTime() - Date.UTC(2026, 0, 1)) / 1000,
      message: StatusMessage,
      zone: JSON.parse(Details)['Availability Zone'],
    }))
    .reverse();
}

test('a failing launch is tried again, later each time, as long as it is desired', async () => {
  const compute = new Compute({ scalingDelaySeconds: 3, launchRetrySeconds: 60 });
  compute.failing = () => 'InsufficientInstanceCapacity';
  await compute.group('pool', { VPCZoneIdentifier: (await compute.subnets())[0] });
  await compute.setDesired('pool', 2);
  await compute.seconds(3600);
  expect((await failures(compute)).map(({ at }) => at)).toEqual([3, 63, 183, 423, 903, 1803, 2703]);
  const message =
    'We currently do not have sufficient m5.xlarge capacity in the Availability Zone you requested (us-east-1a). Our ' +
    'system will be working on provisioning additional capacity. Launching EC2 instance failed.';
  expect((await failures(compute))[0]!.message).toBe(message);
  expect(compute.eventsOf('EC2 Instance Launch Unsuccessful')[0]).toMatchObject({
    source: 'aws.autoscaling',
    detail: { StatusCode: 'Failed', StatusMessage: message, AutoScalingGroupName: 'pool', EC2InstanceId: '' },
  });
  compute.failing = () => undefined;
  await compute.seconds(900);
  expect(await compute.members('pool')).toHaveLength(2);
});

test('nothing more is tried once it is not desired any more', async () => {
  const compute = new Compute({ launchRetrySeconds: 60 });
  compute.failing = () => 'VcpuLimitExceeded';
  await compute.group('pool', { VPCZoneIdentifier: (await compute.subnets())[0] });
  await compute.setDesired('pool', 1);
  await compute.seconds(10);
  await compute.setDesired('pool', 0);
  await compute.seconds(7200);
  expect(await failures(compute)).toHaveLength(1);
});

test('a new wish is tried at once, whatever failed before', async () => {
  const compute = new Compute({ scalingDelaySeconds: 3, launchRetrySeconds: 600 });
  compute.failing = () => 'InsufficientInstanceCapacity';
  await compute.group('pool');
  await compute.setDesired('pool', 1);
  await compute.seconds(10);
  compute.failing = () => undefined;
  await compute.setDesired('pool', 2);
  await compute.seconds(3);
  expect(await compute.members('pool')).toHaveLength(2);
});

test('a zone without room is passed over, and said so once', async () => {
  const compute = new Compute();
  compute.failing = (_, __, zone) => (zone === 'us-east-1a' ? 'InsufficientInstanceCapacity' : undefined);
  await compute.group('pool');
  await compute.setDesired('pool', 4);
  await compute.seconds(60);
  const zones = (await compute.members('pool')).map(({ AvailabilityZone }) => AvailabilityZone).sort();
  expect(zones).toEqual(['us-east-1b', 'us-east-1b', 'us-east-1c', 'us-east-1c']);
  expect((await failures(compute)).map(({ zone }) => zone)).toEqual(['us-east-1a']);
});

test('what could be launched stays, the rest is tried again', async () => {
  const compute = new Compute({ launchRetrySeconds: 60 });
  let room = 2;
  compute.failing = () => (room-- > 0 ? undefined : 'InsufficientInstanceCapacity');
  await compute.group('pool', { VPCZoneIdentifier: (await compute.subnets())[0] });
  await compute.setDesired('pool', 5);
  await compute.seconds(30);
  expect(await compute.members('pool')).toHaveLength(2);
  room = 9;
  await compute.seconds(60);
  expect(await compute.members('pool')).toHaveLength(5);
});

test('a mixed group names the market and the code', async () => {
  const compute = new Compute();
  compute.failing = () => 'UnfulfillableCapacity';
  await compute.launchTemplate('any');
  await compute.group('pool', {
    VPCZoneIdentifier: (await compute.subnets())[0],
    MixedInstancesPolicy: {
      LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateName: 'any', Version: '1' } },
      InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: 0 },
    },
    DesiredCapacity: 1,
  });
  await compute.seconds(10);
  expect((await failures(compute)).map(({ message }) => message)).toEqual([
    'Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request ' +
      'configuration. Please adjust your request and try again. Launching EC2 instance failed.',
  ]);
});

test('a launch template that has gone fails the launches, not the group', async () => {
  const compute = new Compute();
  await compute.group('pool');
  await compute.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateName: 'pool-template' });
  await compute.setDesired('pool', 1);
  await compute.seconds(10);
  expect((await failures(compute))[0]!.message).toContain(
    'The specified launch template, with template name pool-template, does not exist.',
  );
});

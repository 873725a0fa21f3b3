import { Compute } from '../ec2/compute';

const launch = (compute: Compute, input: object): Promise<Record<string, never[]>> =>
  compute.call('autoscaling', 'LaunchInstances', { AutoScalingGroupName: 'pool', RequestedCapacity: 2, ...input });

async function group(options: object = {}): Promise<Compute> {
  const compute = new Compute();
  await compute.group('pool', options);
  return compute;
}

const zone = { AvailabilityZones: ['us-east-1b'] };

test('instances are launched before the call returns, and the desired capacity grows by them', async () => {
  const compute = await group();
  const { Instances, Errors } = await launch(compute, { ...zone, ClientToken: 'a' });
  expect(Errors).toEqual([]);
  expect(Instances).toMatchObject([
    {
      InstanceType: 'm5.xlarge',
      MarketType: 'OnDemand',
      AvailabilityZone: 'us-east-1b',
      InstanceIds: [expect.stringMatching(/^i-/), expect.stringMatching(/^i-/)],
    },
  ]);
  expect(await compute.described('pool')).toMatchObject({ DesiredCapacity: 2 });
  await compute.seconds(600);
  expect(await compute.members('pool')).toHaveLength(2);
});

test('the same client token launches once; with other parameters it is refused', async () => {
  const compute = await group();
  const first = await launch(compute, { ...zone, ClientToken: 'a' });
  expect(await launch(compute, { ...zone, ClientToken: 'a' })).toEqual(first);
  expect(await compute.members('pool')).toHaveLength(2);
  await expect(launch(compute, { ...zone, ClientToken: 'a', RequestedCapacity: 1 })).rejects.toMatchObject({
    code: 'IdempotentParameterMismatch',
  });
});

test('a failure is in the answer, with what did launch', async () => {
  const compute = await group();
  let room = 1;
  compute.failing = () => (room-- > 0 ? undefined : 'InsufficientInstanceCapacity');
  const { Instances, Errors } = await launch(compute, { ...zone, ClientToken: 'a' });
  expect(Instances).toMatchObject([{ InstanceIds: [expect.any(String)] }]);
  expect(Errors).toMatchObject([
    { ErrorCode: 'InsufficientInstanceCapacity', AvailabilityZone: 'us-east-1b', MarketType: 'OnDemand' },
  ]);
  await compute.seconds(7200);
  expect(await compute.described('pool')).toMatchObject({ DesiredCapacity: 1 });
});

test('what failed is tried again in any zone where the call asks for it', async () => {
  const compute = await group();
  compute.failing = (_, __, name) => (name === 'us-east-1b' ? 'InsufficientInstanceCapacity' : undefined);
  await launch(compute, { ...zone, ClientToken: 'a', RetryStrategy: 'retry-with-group-configuration' });
  expect(await compute.described('pool')).toMatchObject({ DesiredCapacity: 2 });
  await compute.seconds(60);
  expect(await compute.members('pool')).toHaveLength(2);
});

test.each([
  ['more than the maximum allows', { ...zone, RequestedCapacity: 11 }, 'above max value 10'],
  ['none', { ...zone, RequestedCapacity: 0 }, 'greater than or equal to 1'],
  ['no zone of several', {}, 'Either AvailabilityZones or SubnetIds must be specified'],
  ['a zone that the group does not have', { AvailabilityZones: ['us-east-1f'] }, 'is not part of the group'],
  ['a subnet that the group does not have', { SubnetIds: ['subnet-0'] }, 'is not part of the group'],
])('%s is refused', async (_, input, message) => {
  const compute = await group();
  await expect(launch(compute, { ClientToken: 'a', ...input })).rejects.toMatchObject({
    code: 'ValidationError',
    message: expect.stringContaining(message),
  });
});

test('a group of one zone needs no zone in the call', async () => {
  const compute = new Compute();
  await compute.group('pool', { VPCZoneIdentifier: (await compute.subnets())[2] });
  const { Instances } = await launch(compute, { ClientToken: 'a' });
  expect(Instances).toMatchObject([{ AvailabilityZone: 'us-east-1c' }]);
});

test('a suspended Launch process refuses it', async () => {
  const compute = await group();
  await compute.call('autoscaling', 'SuspendProcesses', { AutoScalingGroupName: 'pool', ScalingProcesses: ['Launch'] });
  await expect(launch(compute, { ...zone, ClientToken: 'a' })).rejects.toMatchObject({ code: 'ValidationError' });
});

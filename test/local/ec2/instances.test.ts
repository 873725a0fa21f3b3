import { instanceHistories } from '../../../local/ecs/instance-history';
import { Compute } from './compute';

async function states(compute: Compute, ids?: string[]): Promise<string[]> {
  const { Reservations } = await compute.call('ec2', 'DescribeInstances', { InstanceIds: ids });
  return Reservations.map((one: { Instances: { State: { Name: string } }[] }) => one.Instances[0]!.State.Name);
}

test('an instance is pending, then running, then shutting down, then terminated, with an event for each', async () => {
  const compute = new Compute({ instancePendingSeconds: 15, instanceShutdownSeconds: 30 });
  const { instanceId } = compute.ec2.launch(compute.request());
  expect(await states(compute)).toEqual(['pending']);
  await compute.seconds(15);
  expect(await states(compute)).toEqual(['running']);
  await compute.call('ec2', 'TerminateInstances', { InstanceIds: [instanceId] });
  expect(await states(compute)).toEqual(['shutting-down']);
  await compute.seconds(30);
  expect(await states(compute)).toEqual(['terminated']);
  expect(
    compute.eventsOf('EC2 Instance State-change Notification').map(({ source, resources, detail }) => ({
      source,
      resources,
      detail,
    })),
  ).toEqual(
    ['pending', 'running', 'shutting-down', 'terminated'].map((state) => ({
      source: 'aws.ec2',
      resources: [`arn:aws:ec2:us-east-1:123456789012:instance/${instanceId}`],
      detail: { 'instance-id': instanceId, state },
    })),
  );
});

test('an instance that is terminated while it boots never runs', async () => {
  const compute = new Compute();
  const { instanceId } = compute.ec2.launch(compute.request());
  compute.ec2.terminate(instanceId, 'changed my mind');
  await compute.seconds(300);
  const seen = compute.eventsOf('EC2 Instance State-change Notification').map(({ detail }) => detail);
  expect(seen.map((detail) => (detail as { state: string }).state)).toEqual(['pending', 'shutting-down', 'terminated']);
});

test('terminating twice changes nothing', async () => {
  const compute = new Compute();
  const { instanceId } = compute.ec2.launch(compute.request());
  compute.ec2.terminate(instanceId, 'first', 'user-request');
  await compute.seconds(10);
  compute.ec2.terminate(instanceId, 'second', 'scale-in');
  await compute.seconds(60);
  expect(instanceHistories(compute.ec2, compute.ecs)[0]).toMatchObject({
    terminationReason: 'first',
    terminationCause: 'user-request',
    shuttingDownAt: compute.clock.now() - 70_000,
  });
});

test('a reclaimed Spot Instance is warned two minutes before it goes', async () => {
  const compute = new Compute();
  const { instanceId } = compute.ec2.launch(compute.request({ spot: true }));
  await compute.seconds(100);
  compute.ec2.reclaim(instanceId);
  const [warning] = compute.eventsOf('EC2 Spot Instance Interruption Warning');
  expect(warning?.detail).toEqual({ 'instance-id': instanceId, 'instance-action': 'terminate' });
  await compute.seconds(119);
  expect(await states(compute)).toEqual(['running']);
  await compute.seconds(1);
  expect(await states(compute)).toEqual(['shutting-down']);
  const { Reservations } = await compute.call('ec2', 'DescribeInstances');
  expect(Reservations[0].Instances[0]).toMatchObject({
    InstanceLifecycle: 'spot',
    StateReason: { Code: 'Server.SpotInstanceTermination' },
  });
});

test('only a live Spot Instance can be reclaimed', async () => {
  const compute = new Compute();
  const { instanceId } = compute.ec2.launch(compute.request());
  expect(() => compute.ec2.reclaim(instanceId)).toThrow(`${instanceId} is not a live Spot Instance`);
  expect(() => compute.ec2.reclaim('i-unknown')).toThrow('i-unknown is not a live Spot Instance');
});

test.each([
  [
    'InsufficientInstanceCapacity',
    false,
    'We currently do not have sufficient m5.xlarge capacity in the Availability Zone',
  ],
  ['InsufficientInstanceCapacity', true, 'There is no Spot capacity available that matches your request.'],
  ['VcpuLimitExceeded', false, 'You have requested more vCPU capacity than your current vCPU limit'],
  ['Unsupported', false, 'Your requested instance type (m5.xlarge) is not supported'],
  ['SomethingElse', false, 'The launch of m5.xlarge failed.'],
])('a launch that is to fail with %s (spot: %s) is refused in the words of EC2', (code, spot, message) => {
  const compute = new Compute();
  compute.failing = () => code;
  expect(() => compute.ec2.launch(compute.request({ spot }))).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
  expect(compute.ec2.history()).toEqual([]);
});

test('an instance type that does not exist is refused', () => {
  const compute = new Compute();
  expect(() => compute.ec2.launch(compute.request({ instanceType: 'm5.huge' }))).toThrow(
    "Invalid value 'm5.huge' for InstanceType.",
  );
});

test('RunInstances launches from a template, what is given directly winning', async () => {
  const compute = new Compute();
  await compute.launchTemplate('workers', {
    IamInstanceProfile: { Name: 'workers' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'team', Value: 'a' }] }],
  });
  const subnets = await compute.subnets();
  const { Instances } = await compute.call('ec2', 'RunInstances', {
    MinCount: 2,
    MaxCount: 2,
    InstanceType: 'm5.2xlarge',
    SubnetId: subnets[1],
    LaunchTemplate: { LaunchTemplateName: 'workers' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'stage', Value: 'test' }] }],
  });
  expect(Instances).toHaveLength(2);
  expect(Instances[0]).toMatchObject({
    InstanceType: 'm5.2xlarge',
    ImageId: 'ami-0123456789abcdef0',
    SubnetId: subnets[1],
    Placement: { AvailabilityZone: 'us-east-1b' },
    IamInstanceProfile: { Arn: 'arn:aws:iam::123456789012:instance-profile/workers' },
    Tags: [
      { Key: 'team', Value: 'a' },
      { Key: 'stage', Value: 'test' },
    ],
  });
});

test('DescribeInstances filters, with wildcards and tags', async () => {
  const compute = new Compute();
  const small = compute.ec2.launch(compute.request({ instanceType: 'm5.large', tags: { pool: 'small' } }));
  const large = compute.ec2.launch(compute.request({ instanceType: 'm5.4xlarge', tags: { pool: 'large' } }));
  const spot = compute.ec2.launch(compute.request({ instanceType: 'g5.xlarge', spot: true }));
  const found = async (Name: string, ...Values: string[]): Promise<string[]> => {
    const { Reservations } = await compute.call('ec2', 'DescribeInstances', { Filters: [{ Name, Values }] });
    return Reservations.map((one: { Instances: { InstanceId: string }[] }) => one.Instances[0]!.InstanceId);
  };
  expect(await found('instance-type', 'm5.*')).toEqual([small.instanceId, large.instanceId]);
  expect(await found('instance-type', 'm5.?xlarge')).toEqual([large.instanceId]);
  expect(await found('tag:pool', 'small', 'none')).toEqual([small.instanceId]);
  expect(await found('tag-key', 'pool')).toEqual([small.instanceId, large.instanceId]);
  expect(await found('instance-lifecycle', 'spot')).toEqual([spot.instanceId]);
  expect(await found('instance-state-name', 'running')).toEqual([]);
  await expect(found('colour', 'blue')).rejects.toThrow("The filter 'colour' is invalid");
});

test('DescribeInstances pages, and an unknown id is an error', async () => {
  const compute = new Compute();
  const ids = Array.from({ length: 7 }, () => compute.ec2.launch(compute.request()).instanceId);
  const first = await compute.call('ec2', 'DescribeInstances', { MaxResults: 5 });
  const second = await compute.call('ec2', 'DescribeInstances', { MaxResults: 5, NextToken: first.NextToken });
  const seen = [...first.Reservations, ...second.Reservations].map((one) => one.Instances[0].InstanceId);
  expect(seen).toEqual(ids);
  expect(second.NextToken).toBeUndefined();
  await expect(compute.call('ec2', 'DescribeInstances', { InstanceIds: ['i-0'] })).rejects.toMatchObject({
    code: 'InvalidInstanceID.NotFound',
  });
});

test('a terminated instance is listed for an hour, and described by its id for ever', async () => {
  const compute = new Compute({ instanceShutdownSeconds: 30 });
  const { instanceId } = compute.ec2.launch(compute.request());
  compute.ec2.terminate(instanceId, 'done');
  await compute.seconds(30 + 3599);
  expect(await states(compute)).toEqual(['terminated']);
  await compute.seconds(1);
  expect(await states(compute)).toEqual([]);
  expect(await states(compute, [instanceId])).toEqual(['terminated']);
});

test('DescribeInstanceTypes tells vCPUs, memory and GPUs', async () => {
  const compute = new Compute();
  const { InstanceTypes } = await compute.call('ec2', 'DescribeInstanceTypes', {
    InstanceTypes: ['g5.12xlarge', 'm5.xlarge'],
  });
  expect(InstanceTypes).toMatchObject([
    {
      InstanceType: 'g5.12xlarge',
      VCpuInfo: { DefaultVCpus: 48 },
      MemoryInfo: { SizeInMiB: 196608 },
      GpuInfo: { Gpus: [{ Count: 4 }] },
    },
    { InstanceType: 'm5.xlarge', VCpuInfo: { DefaultVCpus: 4 }, MemoryInfo: { SizeInMiB: 16384 } },
  ]);
  await expect(compute.call('ec2', 'DescribeInstanceTypes', { InstanceTypes: ['m5.huge'] })).rejects.toMatchObject({
    code: 'InvalidInstanceType',
  });
  const first = await compute.call('ec2', 'DescribeInstanceTypes', { MaxResults: 10 });
  const second = await compute.call('ec2', 'DescribeInstanceTypes', { MaxResults: 10, NextToken: first.NextToken });
  expect(second.InstanceTypes).toHaveLength(10);
  expect(second.InstanceTypes).not.toContainEqual(first.InstanceTypes[9]);
});

import { zoneId } from '../../../local/ec2/availability-zones';
import { Compute } from './compute';

test('the account has a default VPC with a subnet in each zone', async () => {
  const compute = new Compute();
  const { Vpcs } = await compute.call('ec2', 'DescribeVpcs', { Filters: [{ Name: 'is-default', Values: ['true'] }] });
  const { Subnets } = await compute.call('ec2', 'DescribeSubnets', {
    Filters: [{ Name: 'vpc-id', Values: [Vpcs[0].VpcId] }],
  });
  expect(Subnets.map((one: { AvailabilityZone: string }) => one.AvailabilityZone)).toEqual([
    'us-east-1a',
    'us-east-1b',
    'us-east-1c',
  ]);
});

test('a VPC, its subnets and security groups are made, tagged, found and removed', async () => {
  const compute = new Compute();
  const { Vpc } = await compute.call('ec2', 'CreateVpc', {
    CidrBlock: '10.0.0.0/16',
    TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'batch' }] }],
  });
  const { Subnet } = await compute.call('ec2', 'CreateSubnet', {
    VpcId: Vpc.VpcId,
    CidrBlock: '10.0.0.0/24',
    AvailabilityZone: 'us-east-1b',
  });
  const { GroupId } = await compute.call('ec2', 'CreateSecurityGroup', {
    VpcId: Vpc.VpcId,
    GroupName: 'workers',
    Description: 'Batch workers',
  });
  await compute.call('ec2', 'AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 2049, ToPort: 2049 }],
  });
  await compute.call('ec2', 'CreateTags', { Resources: [Subnet.SubnetId], Tags: [{ Key: 'tier', Value: 'private' }] });

  const found = await compute.call('ec2', 'DescribeVpcs', { Filters: [{ Name: 'tag:Name', Values: ['batch'] }] });
  expect(found.Vpcs).toMatchObject([{ VpcId: Vpc.VpcId, CidrBlock: '10.0.0.0/16', IsDefault: false }]);
  const { Subnets } = await compute.call('ec2', 'DescribeSubnets', { SubnetIds: [Subnet.SubnetId] });
  expect(Subnets).toMatchObject([{ AvailabilityZone: 'us-east-1b', Tags: [{ Key: 'tier', Value: 'private' }] }]);
  const { SecurityGroups } = await compute.call('ec2', 'DescribeSecurityGroups', { GroupIds: [GroupId] });
  expect(SecurityGroups).toMatchObject([{ GroupName: 'workers', IpPermissions: [{ FromPort: 2049 }] }]);

  await expect(compute.call('ec2', 'DeleteVpc', { VpcId: Vpc.VpcId })).rejects.toMatchObject({
    code: 'DependencyViolation',
  });
  await compute.call('ec2', 'DeleteSecurityGroup', { GroupId });
  await compute.call('ec2', 'DeleteSubnet', { SubnetId: Subnet.SubnetId });
  await compute.call('ec2', 'DeleteVpc', { VpcId: Vpc.VpcId });
  await expect(compute.call('ec2', 'DescribeVpcs', { VpcIds: [Vpc.VpcId] })).rejects.toMatchObject({
    code: 'InvalidVpcID.NotFound',
  });
});

test('tags are described by key and resource, and deleted only with the value that they have', async () => {
  const compute = new Compute();
  const { instanceId } = compute.ec2.launch(compute.request({ tags: { team: 'a' } }));
  await compute.call('ec2', 'DeleteTags', { Resources: [instanceId], Tags: [{ Key: 'team', Value: 'b' }] });
  const filter = { Filters: [{ Name: 'resource-id', Values: [instanceId] }] };
  expect(await compute.call('ec2', 'DescribeTags', filter)).toMatchObject({
    Tags: [{ Key: 'team', Value: 'a', ResourceId: instanceId, ResourceType: 'instance' }],
  });
  await compute.call('ec2', 'DeleteTags', { Resources: [instanceId], Tags: [{ Key: 'team' }] });
  expect(await compute.call('ec2', 'DescribeTags', filter)).toMatchObject({ Tags: [] });
  await expect(
    compute.call('ec2', 'CreateTags', { Resources: ['i-0'], Tags: [{ Key: 'a', Value: 'b' }] }),
  ).rejects.toMatchObject({ code: 'InvalidID' });
});

test('a subnet that was there before any stack can be taken in', async () => {
  const compute = new Compute();
  expect(compute.ec2.availabilityZoneOf('subnet-0abc')).toBeUndefined();
  compute.ec2.adoptSubnet('subnet-0abc', 'us-east-1c');
  expect(compute.ec2.availabilityZoneOf('subnet-0abc')).toBe('us-east-1c');
});

test('a VPC that was there before any stack can be taken in', async () => {
  const compute = new Compute();
  const input = { GroupName: 'jobs', Description: 'jobs', VpcId: 'vpc-0abc' };
  await expect(compute.call('ec2', 'CreateSecurityGroup', input)).rejects.toMatchObject({
    code: 'InvalidVpcID.NotFound',
  });
  compute.ec2.adoptVpc('vpc-0abc');
  compute.ec2.adoptVpc('vpc-0abc');
  expect(await compute.call('ec2', 'CreateSecurityGroup', input)).toMatchObject({ GroupId: expect.any(String) });
});

test.each([
  ['us-east-1a', 'use1-az1'],
  ['ap-northeast-1c', 'apne1-az3'],
  ['eu-central-1b', 'euc1-az2'],
])('%s is the zone %s', (zone, id) => {
  expect(zoneId(zone)).toBe(id);
});

import { Compute } from './compute';

const MAPPINGS = [
  { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 50, Encrypted: true } },
  { DeviceName: '/dev/xvdb', Ebs: { VolumeSize: 10, DeleteOnTermination: false } },
];

async function launched(compute: Compute): Promise<{ InstanceId: string; Placement: { AvailabilityZone: string } }> {
  const template = await compute.launchTemplate('template', {
    BlockDeviceMappings: MAPPINGS,
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'kind', Value: 'data' }] }],
  });
  const { Instances } = await compute.call('ec2', 'RunInstances', {
    MinCount: 1,
    MaxCount: 1,
    LaunchTemplate: { LaunchTemplateId: template },
  });
  await compute.seconds(60);
  return Instances[0];
}

async function volumes(compute: Compute, Filters: object[] = []) {
  return (await compute.call('ec2', 'DescribeVolumes', { Filters })).Volumes as Record<string, unknown>[];
}

async function snapshotOf(compute: Compute, VolumeId: unknown): Promise<string> {
  const { SnapshotId } = await compute.call('ec2', 'CreateSnapshot', { VolumeId });
  await compute.seconds(300);
  return SnapshotId;
}

test('an instance has the volumes of its template, with their tags', async () => {
  const compute = new Compute();
  const { InstanceId } = await launched(compute);
  const found = await volumes(compute, [
    { Name: 'attachment.instance-id', Values: [InstanceId] },
    { Name: 'attachment.device', Values: ['/dev/xvdb'] },
    { Name: 'tag:kind', Values: ['data'] },
  ]);
  expect(found).toMatchObject([{ Size: 10, State: 'in-use', Attachments: [{ DeleteOnTermination: false }] }]);
});

test('a volume goes with its instance, or is left over', async () => {
  const compute = new Compute();
  const { InstanceId } = await launched(compute);
  await compute.call('ec2', 'TerminateInstances', { InstanceIds: [InstanceId] });
  await compute.seconds(60);
  expect(await volumes(compute)).toMatchObject([{ Size: 10, State: 'available', Attachments: [] }]);
});

test('a volume is made of a snapshot, attached in its zone, and bound to the instance', async () => {
  const compute = new Compute();
  const { InstanceId, Placement } = await launched(compute);
  const [source] = await volumes(compute);
  const SnapshotId = await snapshotOf(compute, source!.VolumeId);
  const make = (AvailabilityZone: string) => compute.call('ec2', 'CreateVolume', { SnapshotId, AvailabilityZone });
  const { VolumeId } = await make(Placement.AvailabilityZone);
  const attach = (volume: string, Device = '/dev/xvdf') =>
    compute.call('ec2', 'AttachVolume', { VolumeId: volume, InstanceId, Device });
  await expect(attach(VolumeId)).rejects.toMatchObject({ name: 'IncorrectState' });
  await compute.seconds(5);
  await expect(attach(VolumeId, '/dev/xvdb')).rejects.toThrow('Attachment point /dev/xvdb is already in use');
  await attach(VolumeId);
  await expect(attach(VolumeId)).rejects.toMatchObject({ name: 'VolumeInUse' });
  await expect(compute.call('ec2', 'DeleteVolume', { VolumeId })).rejects.toMatchObject({ name: 'VolumeInUse' });
  const elsewhere = ['us-east-1a', 'us-east-1b'].find((zone) => zone !== Placement.AvailabilityZone)!;
  const other = await make(elsewhere);
  await compute.seconds(5);
  await expect(attach(other.VolumeId, '/dev/xvdg')).rejects.toMatchObject({ name: 'InvalidVolume.ZoneMismatch' });
  await compute.call('ec2', 'ModifyInstanceAttribute', {
    InstanceId,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvdf', Ebs: { DeleteOnTermination: true } }],
  });
  const found = await volumes(compute, [{ Name: 'attachment.device', Values: ['/dev/xvdf'] }]);
  expect(found).toMatchObject([
    { SnapshotId, Size: 50, Encrypted: true, Attachments: [{ DeleteOnTermination: true }] },
  ]);
});

test('a client token makes one volume', async () => {
  const compute = new Compute();
  const make = (Size: number) =>
    compute.call('ec2', 'CreateVolume', { Size, AvailabilityZone: 'us-east-1a', ClientToken: 'once' });
  const { VolumeId } = await make(1);
  expect((await make(1)).VolumeId).toBe(VolumeId);
  await expect(make(2)).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
});

test('a snapshot completes after its volume is gone', async () => {
  const compute = new Compute();
  const { VolumeId } = await compute.call('ec2', 'CreateVolume', { Size: 1, AvailabilityZone: 'us-east-1a' });
  await compute.seconds(5);
  const { SnapshotId, State } = await compute.call('ec2', 'CreateSnapshot', { VolumeId });
  expect(State).toBe('pending');
  const make = () => compute.call('ec2', 'CreateVolume', { SnapshotId, AvailabilityZone: 'us-east-1a' });
  await expect(make()).rejects.toMatchObject({ name: 'IncorrectState' });
  await compute.call('ec2', 'DeleteVolume', { VolumeId });
  await compute.seconds(300);
  await make();
  const described = await compute.call('ec2', 'DescribeSnapshots', { SnapshotIds: [SnapshotId], OwnerIds: ['self'] });
  expect(described.Snapshots).toMatchObject([{ State: 'completed', VolumeId }]);
  await compute.call('ec2', 'DeleteSnapshot', { SnapshotId });
  await expect(make()).rejects.toMatchObject({ name: 'InvalidSnapshot.NotFound' });
});

test('a snapshot that a fault strikes ends in error', async () => {
  const compute = new Compute();
  compute.snapshotsFail = true;
  const { VolumeId } = await compute.call('ec2', 'CreateVolume', { Size: 1, AvailabilityZone: 'us-east-1a' });
  await compute.seconds(5);
  await snapshotOf(compute, VolumeId);
  expect((await compute.call('ec2', 'DescribeSnapshots')).Snapshots).toMatchObject([{ State: 'error' }]);
});

import { Size } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { InstanceMount } from '../../../lib';
import { ContainerJobDefinition, EbsMount, EfsMount, SnapshotFanOut } from '../../../lib';
import { clusterStack, SMALL, statements } from '../fixture';

const SCRATCH = new EbsMount({ size: Size.gibibytes(10), mountPoint: '/scratch' });

function mountingStack(mounts: InstanceMount[], managed = false) {
  const { stack, cluster } = clusterStack();
  const capacity = managed
    ? cluster.addManagedCapacity('Capacity', { maxvCpus: 16, mounts })
    : cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL], mounts });
  return { stack, cluster, queue: cluster.addQueue('Queue', { capacity: [capacity] }) };
}

function launchTemplate(template: Template) {
  const [{ Properties }] = Object.values(template.findResources('AWS::EC2::LaunchTemplate')) as [
    { Properties: { LaunchTemplateData: Record<string, never> } },
  ];
  return Properties.LaunchTemplateData;
}

test.each([false, true])(
  'a volume is launched with the instance, encrypted, and goes with it (managed: %s)',
  (managed) => {
    const { stack } = mountingStack([SCRATCH], managed);
    const data = launchTemplate(Template.fromStack(stack));
    expect(data.BlockDeviceMappings).toEqual([
      expect.objectContaining({ DeviceName: '/dev/xvda' }),
      {
        DeviceName: '/dev/xvdb',
        Ebs: { VolumeSize: 10, VolumeType: 'gp3', Encrypted: true, DeleteOnTermination: true },
      },
    ]);
    const tag = { Key: 'batch-foreman:data-volume', Value: 'true' };
    expect(data.TagSpecifications).toEqual(
      ['instance', 'volume'].map((ResourceType) => ({ ResourceType, Tags: expect.arrayContaining([tag]) })),
    );
  },
);

test.each([false, true])(
  'a key of one’s own: EC2 may use it, and whoever makes volumes of snapshots (imported: %s)',
  (imported) => {
    const { stack, cluster } = clusterStack();
    const encryptionKey = imported
      ? kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555')
      : new kms.Key(stack, 'Key');
    const volume = new EbsMount({ size: Size.gibibytes(10), mountPoint: '/scratch', encryptionKey });
    const builders = cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL], mounts: [volume] });
    const queue = cluster.addQueue('Queue', { capacity: [builders] });
    const image = ContainerImage.fromRegistry('example/job');
    const job = new ContainerJobDefinition(stack, 'Job', { image, vcpus: 1, memory: Size.gibibytes(2) });
    const fanOut = new SnapshotFanOut(stack, 'Data', { job, queues: [queue], volume });
    const mounts = [fanOut.mount({ mountPoint: '/data' })];
    cluster.addQueue('Working', { capacity: [cluster.addUnmanagedCapacity('Workers', { pools: [SMALL], mounts })] });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        BlockDeviceMappings: Match.arrayWith([
          Match.objectLike({
            DeviceName: '/dev/xvdb',
            Ebs: Match.objectLike({ Encrypted: true, KmsKeyId: stack.resolve(encryptionKey.keyArn) as string }),
          }),
        ]),
      },
    });
    const onKey = (role: string) => statements(template, role).filter(({ Action }) => String(Action).includes('kms:'));
    expect(onKey('ClusterWorkersInstanceRole')).toEqual([
      expect.objectContaining({
        Resource: stack.resolve(encryptionKey.keyArn) as unknown,
        Condition: { StringEquals: { 'kms:ViaService': expect.anything() } },
      }),
    ]);
    expect(onKey('ClusterCapacityInstanceRole')).toEqual([]);
    const viaEc2 = { Condition: { StringEquals: Match.objectLike({ 'kms:ViaService': Match.anyValue() }) } };
    const warnings = Annotations.fromStack(stack).findWarning(
      '*',
      Match.stringLikeRegexp('let EC2 Auto Scaling use it'),
    );
    expect(warnings).toHaveLength(imported ? 1 : 0);
    if (imported) return;
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike(viaEc2)]) },
    });
  },
);

test('volumes are mounted after the agent is configured and before what the user has run', () => {
  const { stack, cluster } = clusterStack();
  const userData = ec2.UserData.forLinux();
  userData.addCommands('echo mine');
  cluster.addQueue('Queue', {
    capacity: [cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL], mounts: [SCRATCH], userData })],
  });
  const text = JSON.stringify(launchTemplate(Template.fromStack(stack)).UserData);
  const order = ['ECS_CLUSTER=', 'gate /scratch', 'mount_device /dev/xvdb - /scratch', 'echo mine'];
  const places = order.map((words) => text.indexOf(words));
  expect(places.every((place) => place > 0)).toBe(true);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
});

test('a file system is there before the first instance, lets its network in, and is the role’s to mount', () => {
  const { stack, cluster } = clusterStack();
  const fileSystem = cluster.addFileSystem('Files');
  const mounts = [new EfsMount({ fileSystem, mountPoint: '/mnt/shared' })];
  cluster.addQueue('Queue', { capacity: [cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL], mounts })] });
  const template = Template.fromStack(stack);
  const targets = Object.keys(template.findResources('AWS::EFS::MountTarget'));
  template.hasResource('AWS::AutoScaling::AutoScalingGroup', { DependsOn: Match.arrayWith(targets) });
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    FromPort: 2049,
    SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ClusterCapacity'), 'GroupId'] },
  });
  const mount = statements(template, 'ClusterCapacityInstanceRole').find(({ Action }) =>
    String(Action).includes('Client'),
  );
  expect(mount).toMatchObject({
    Action: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
    Condition: { StringEquals: { 'elasticfilesystem:AccessPointArn': expect.anything() } },
  });
});

test('a newer snapshot changes no launch template, and instances have rights to what is tagged as theirs only', () => {
  const { stack, cluster, queue } = mountingStack([SCRATCH]);
  const job = new ContainerJobDefinition(stack, 'Job', {
    image: ContainerImage.fromRegistry('example/job'),
    vcpus: 1,
    memory: Size.gibibytes(2),
  });
  const fanOut = new SnapshotFanOut(stack, 'Data', { job, queues: [queue], volume: SCRATCH });
  const mounts = [fanOut.mount({ mountPoint: '/data' })];
  cluster.addQueue('Working', { capacity: [cluster.addUnmanagedCapacity('Workers', { pools: [SMALL], mounts })] });
  const template = Template.fromStack(stack);
  const text = JSON.stringify(template.findResources('AWS::EC2::LaunchTemplate'));
  expect(text).toContain('mount_snapshot /batch-foreman/fan-out/Stack-Data');
  expect(text).not.toContain('"SnapshotId"');
  const rights = statements(template, 'ClusterWorkersInstanceRole').filter(({ Action }) =>
    String(Action).startsWith('ec2:'),
  );
  expect(rights.length).toBeGreaterThan(0);
  for (const { Condition } of rights) expect(JSON.stringify(Condition)).toMatch(/Tag\/batch-foreman:(fan-out|mounts:)/);
});

test.each<[string, InstanceMount[], string]>([
  ['a relative path', [ebs('data')], 'mounts[0].mountPoint is data; it must be an absolute path'],
  ['a directory of the system', [ebs('/etc')], 'mounts[0].mountPoint is /etc; it must be'],
  ['a path that a shell would read otherwise', [ebs('/a b')], 'mounts[0].mountPoint is /a b; it must be'],
  ['two at one path', [ebs('/a'), ebs('/a', '/dev/xvdc')], 'mounts[1].mountPoint is /a; it must be a path that /a'],
  [
    'one that hides another',
    [ebs('/a/b'), ebs('/a', '/dev/xvdc')],
    'mounts[1].mountPoint is /a; it must be a path that /a/b',
  ],
  [
    'two of one device',
    [ebs('/a'), ebs('/b')],
    'mounts[1].deviceName is /dev/xvdb; it must be a device that no other mount has.',
  ],
  ['the root device', [ebs('/a', '/dev/xvda')], 'mounts[0].deviceName is /dev/xvda; it must be /dev/sdb to'],
  ['no size', [new EbsMount({ size: Size.gibibytes(0), mountPoint: '/a' })], 'size of /a in GiB is 0; it must be'],
])('refused: %s', (_what, mounts, message) => {
  expect(() => mountingStack(mounts)).toThrow(`[Stack/Cluster/Capacity] ${message}`);
});

test('refused: a fan-out that keeps nothing', () => {
  const { stack, queue } = mountingStack([SCRATCH]);
  const job = ContainerJobDefinition.fromJobDefinitionName(stack, 'Job', 'job');
  const props = { job, queues: [queue], volume: SCRATCH };
  expect(() => new SnapshotFanOut(stack, 'A', { ...props, keep: 0 })).toThrow('keep is 0; it must be');
  expect(() => new SnapshotFanOut(stack, 'B', { ...props, queues: [] })).toThrow('queues is empty; it must be');
});

function ebs(mountPoint: string, deviceName?: string): EbsMount {
  return new EbsMount({ size: Size.gibibytes(1), mountPoint, deviceName });
}

import { Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { EfsVolumeProps, JobVolume } from '../../../lib';
import { ContainerJobDefinition, EfsVolume } from '../../../lib';
import { clusterStack, SMALL, statements } from '../fixture';

function sharingStack(options: Partial<EfsVolumeProps> = {}) {
  const { stack, cluster } = clusterStack();
  const capacity = cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL] });
  const queue = cluster.addQueue('Queue', { capacity: [capacity] });
  const fileSystem = cluster.addFileSystem('Files');
  const volume = new EfsVolume({ name: 'shared', fileSystem, ...options });
  return { stack, cluster, queue, fileSystem, volume };
}

function job(stack: Stack, id: string, volume: JobVolume, queues = [] as ContainerJobDefinition['queues'] & object) {
  return new ContainerJobDefinition(stack, id, {
    image: ContainerImage.fromRegistry('example/job'),
    vcpus: 1,
    memory: Size.gibibytes(2),
    queues: [...queues],
    mounts: [{ volume, containerPath: '/shared' }],
  });
}

const ref = (idPrefix: string) => ({ Ref: Match.stringLikeRegexp(`^${idPrefix}`) });

function arnOf(accessPoint: string) {
  const place = [{ Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':access-point/', { Ref: accessPoint }];
  return { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':elasticfilesystem:', ...place]] };
}

test('each job has an access point of its own to the same directory, by IAM and TLS', () => {
  const { stack, queue, volume } = sharingStack({ path: '/data/sets' });
  job(stack, 'One', volume, [queue]);
  job(stack, 'Two', volume, [queue]);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::EFS::AccessPoint', 2);
  template.allResourcesProperties('AWS::EFS::AccessPoint', {
    PosixUser: { Uid: '1000', Gid: '1000' },
    RootDirectory: { Path: '/data/sets', CreationInfo: { OwnerUid: '1000', OwnerGid: '1000', Permissions: '755' } },
  });
  for (const id of ['One', 'Two']) {
    template.hasResourceProperties('AWS::Batch::JobDefinition', {
      ContainerProperties: {
        Volumes: [
          {
            Name: 'shared',
            EfsVolumeConfiguration: {
              FileSystemId: ref('ClusterFiles'),
              TransitEncryption: 'ENABLED',
              AuthorizationConfig: { AccessPointId: ref(id), Iam: 'ENABLED' },
              RootDirectory: Match.absent(),
            },
          },
        ],
      },
    });
  }
});

test.each([
  [false, ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite']],
  [true, 'elasticfilesystem:ClientMount'],
])('its role may use that access point alone (read only: %s)', (readOnly, Action) => {
  const { stack, volume } = sharingStack({ readOnly });
  job(stack, 'Job', volume);
  const [accessPoint] = Object.keys(Template.fromStack(stack).findResources('AWS::EFS::AccessPoint'));
  const [files] = Object.keys(Template.fromStack(stack).findResources('AWS::EFS::FileSystem'));
  expect(statements(Template.fromStack(stack), 'JobJobRole')).toEqual([
    {
      Effect: 'Allow',
      Action,
      Resource: { 'Fn::GetAtt': [files, 'Arn'] },
      Condition: { StringEquals: { 'elasticfilesystem:AccessPointArn': arnOf(accessPoint!) } },
    },
  ]);
});

test('the file system has a mount target in each zone, and lets nobody in by its own policy', () => {
  const { stack } = sharingStack();
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::EFS::MountTarget', 2);
  template.hasResource('AWS::EFS::FileSystem', {
    DeletionPolicy: 'Retain',
    Properties: {
      Encrypted: true,
      FileSystemPolicy: {
        Statement: [
          {
            Effect: 'Deny',
            Action: '*',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  });
});

test('the network of the job is let in, and the job is there once it can be mounted', () => {
  const { stack, queue, volume } = sharingStack();
  job(stack, 'Job', volume, [queue]);
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    FromPort: 2049,
    ToPort: 2049,
    GroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ClusterFiles'), 'GroupId'] },
    SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ClusterCapacity'), 'GroupId'] },
  });
  const targets = Object.keys(template.findResources('AWS::EFS::MountTarget'));
  template.hasResource('AWS::Batch::JobDefinition', { DependsOn: Match.arrayWith(targets) });
});

test('a file system of another stack is let into from the stack of the job', () => {
  const { stack, cluster, queue, fileSystem } = sharingStack();
  const other = new Stack(stack.node.root as never, 'Other');
  const volume = new EfsVolume({ name: 'shared', fileSystem });
  job(other, 'Job', volume, [queue]);
  expect(Object.keys(Template.fromStack(other).findResources('AWS::EFS::AccessPoint'))).toHaveLength(1);
  expect(cluster.node.path).toBe('Stack/Cluster');
});

test('on Fargate, too', () => {
  const { stack, cluster, volume } = sharingStack();
  const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 16 });
  job(stack, 'Job', volume, [cluster.addQueue('Serverless', { capacity: [fargate] })]);
  Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    SourceSecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ClusterFargate'), 'GroupId'] },
  });
});

test.each([
  ['shared', 'shared'],
  ['five names', '/a/b/c/d/e'],
  ['a hidden name', '/.a'],
  ['101 characters', `/${'a'.repeat(100)}`],
])('a path that EFS takes no access point for is refused: %s', (_what, path) => {
  const { stack, volume } = sharingStack({ path });
  expect(() => job(stack, 'Job', volume)).toThrow(
    `[Stack/Job] path of volume shared is ${path}; it must be an absolute path of at most four names and 100 characters.`,
  );
});

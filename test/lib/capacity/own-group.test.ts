import { Match, Template } from 'aws-cdk-lib/assertions';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { InstancePoolProps } from '../../../lib';
import { FargateCapacity, ManagedCapacity, UnmanagedCapacity } from '../../../lib';
import { clusterStack, LARGE, SMALL, statements } from '../fixture';

function ownGroup(options: Partial<autoscaling.AutoScalingGroupProps> = {}, userData = ec2.UserData.forLinux()) {
  const { stack, cluster, vpc } = clusterStack();
  const launchTemplate = new ec2.LaunchTemplate(stack, 'Template', {
    instanceType: SMALL.instanceTypes[0],
    machineImage: ecs.EcsOptimizedImage.amazonLinux2023(),
    role: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }),
    securityGroup: new ec2.SecurityGroup(stack, 'Group', { vpc }),
    userData,
  });
  const group = new autoscaling.AutoScalingGroup(stack, 'Mine', {
    vpc,
    launchTemplate,
    minCapacity: 0,
    maxCapacity: 4,
    ...options,
  });
  return { stack, cluster, vpc, group };
}

describe('a group of this app', () => {
  const { stack, cluster, group } = ownGroup();
  const capacity = cluster.addUnmanagedCapacity('Capacity', { pools: [{ ...SMALL, autoScalingGroup: group }] });
  cluster.addQueue('Queue', { capacity: [capacity] });
  const template = Template.fromStack(stack);
  const name = { Ref: Match.stringLikeRegexp('^Mine') };

  test('is the pool, and no other is made', () => {
    template.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 1);
    template.resourceCountIs('AWS::EC2::LaunchTemplate', 1);
    expect(capacity.pools).toEqual([{ name: 'small', autoScalingGroup: group }]);
    expect(capacity.instanceRole).toBeUndefined();
    expect(capacity.connections.securityGroups).toEqual(group.connections.securityGroups);
  });

  test('is emptied before it goes, and protects what it launches', () => {
    template.hasResourceProperties('Custom::BatchPoolLifecycle', { AutoScalingGroupName: name });
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { NewInstancesProtectedFromScaleIn: true });
  });

  test('has its instances join the cluster, and lets their agents serve it', () => {
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        UserData: {
          'Fn::Base64': {
            'Fn::Join': [
              '',
              [
                '#!/bin/bash\necho ECS_CLUSTER=',
                { 'Fn::GetAtt': [Match.anyValue(), 'ClusterName'] },
                Match.stringLikeRegexp('ECS_ENABLE_SPOT_INSTANCE_DRAINING=true'),
              ],
            ],
          },
        },
      },
    });
    const actions = statements(template, 'Role').flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(['ecs:RegisterContainerInstance', 'ecs:Poll']));
  });

  test('can have user data in parts', () => {
    const parts = new ec2.MultipartUserData();
    parts.addUserDataPart(ec2.UserData.forLinux());
    const mine = ownGroup({}, parts);
    const pools = [{ ...SMALL, autoScalingGroup: mine.group }];
    mine.cluster.addQueue('Queue', { capacity: [mine.cluster.addUnmanagedCapacity('Capacity', { pools })] });
    const [{ Properties }] = Object.values(Template.fromStack(mine.stack).findResources('AWS::EC2::LaunchTemplate'));
    expect(JSON.stringify(Properties.LaunchTemplateData.UserData)).toContain('echo ECS_CLUSTER=');
  });
});

test('a group that is imported is taken as it is, beside one that is made', () => {
  const { stack, cluster } = clusterStack();
  const autoScalingGroup = autoscaling.AutoScalingGroup.fromAutoScalingGroupName(stack, 'Theirs', 'theirs');
  const capacity = cluster.addUnmanagedCapacity('Capacity', { pools: [{ ...LARGE, autoScalingGroup }, SMALL] });
  expect(capacity.pools.map(({ name }) => name)).toEqual(['large', 'small']);
  cluster.addQueue('Queue', { capacity: [capacity] });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 1);
  template.hasResourceProperties('Custom::BatchPoolLifecycle', { AutoScalingGroupName: 'theirs' });
});

describe('refused is', () => {
  const cases: [string, Partial<autoscaling.AutoScalingGroupProps>, Partial<InstancePoolProps>, string][] = [
    [
      'a group with a minimum',
      { minCapacity: 1 },
      {},
      'pools[0].autoScalingGroup.minCapacity is 1; it must be 0. Below the minimum no instance can be terminated.',
    ],
    [
      'a group with a desired capacity',
      { desiredCapacity: 2 },
      {},
      'pools[0].autoScalingGroup.desiredCapacity is 2; it must be left out, for each deployment would set it.',
    ],
    [
      'an image for a group that has one',
      {},
      { machineImage: ecs.EcsOptimizedImage.amazonLinux2023() },
      'pools[0].machineImage is given; it must be left out with `autoScalingGroup`, whose launch template says it.',
    ],
    [
      'Spot for a group that has its own options',
      {},
      { spot: true },
      'pools[0].spot is true; it must be left out with `autoScalingGroup`, whose launch template says it.',
    ],
  ];
  test.each(cases)('%s', (_, options, pool, message) => {
    const { cluster, group } = ownGroup(options);
    const add = () =>
      cluster.addUnmanagedCapacity('Capacity', { pools: [{ ...SMALL, ...pool, autoScalingGroup: group }] });
    expect(add).toThrow(`[Stack/Cluster/Capacity] ${message}`);
  });
});

test('environments that are there already lead from queues, by their kind', () => {
  const { stack, cluster } = clusterStack();
  const arn = (name: string) => `arn:aws:batch:us-east-1:123456789012:compute-environment/${name}`;
  const managed = ManagedCapacity.fromComputeEnvironmentArn(stack, 'Managed', arn('managed'));
  const unmanaged = UnmanagedCapacity.fromComputeEnvironmentArn(stack, 'Unmanaged', arn('unmanaged'));
  const fargate = FargateCapacity.fromComputeEnvironmentArn(stack, 'Fargate', arn('fargate'));
  cluster.addQueue('OnInstances', { capacity: [managed] });
  cluster.addQueue('OnOurs', { capacity: [unmanaged], fairShare: {} });
  const template = Template.fromStack(stack);
  for (const name of ['managed', 'unmanaged']) {
    template.hasResourceProperties('AWS::Batch::JobQueue', {
      ComputeEnvironmentOrder: [{ ComputeEnvironment: arn(name), Order: 1 }],
    });
  }
  template.resourceCountIs('AWS::Batch::ComputeEnvironment', 0);
  template.resourceCountIs('AWS::IAM::Role', 0);
  expect(() => cluster.addQueue('Mixed', { capacity: [managed, fargate] })).toThrow('all Fargate or all EC2');
});

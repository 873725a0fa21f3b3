import type { Stack } from 'aws-cdk-lib';
import { CfnParameter, Duration, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { DeletionBehavior } from '../../../lib';
import { clusterStack, GPU, instanceTypes, LARGE, SMALL, statements, unmanagedStack } from '../fixture';

const COST = { cost: 1 };

describe('the environment', () => {
  const { stack } = unmanagedStack({ pools: [SMALL] });
  const template = Template.fromStack(stack);

  test('is unmanaged and left to the service-linked role', () => {
    template.hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      Type: 'unmanaged',
      State: 'ENABLED',
      ServiceRole: Match.absent(),
    });
    const roles = JSON.stringify(template.findResources('AWS::IAM::Role'));
    expect(roles).not.toContain('batch.amazonaws.com');
    expect(roles).not.toContain('ManagedPolicyArns');
  });

  test('has its cluster looked up by the lifecycle function', () => {
    const [lifecycle] = Object.entries(template.findResources('AWS::Lambda::Function')).filter(([id]) =>
      id.includes('Lifecycle'),
    );
    template.hasResourceProperties('Custom::BatchEcsCluster', {
      ServiceToken: { 'Fn::GetAtt': [lifecycle[0], 'Arn'] },
      ComputeEnvironmentArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Environment'), 'ComputeEnvironmentArn'] },
    });
  });
});

describe('a pool', () => {
  const { stack, capacity } = unmanagedStack({
    pools: [SMALL, { ...LARGE, spot: true, instanceTypes: instanceTypes('m5.4xlarge', 'm6i.4xlarge') }],
  });
  const template = Template.fromStack(stack);
  const group = (id: string) =>
    stack.resolve(capacity.pools.find(({ name }) => name === id)!.autoScalingGroup.autoScalingGroupName).Ref as string;

  test('starts at zero, protects its instances and has no desired capacity', () => {
    for (const { Properties } of Object.values(template.findResources('AWS::AutoScaling::AutoScalingGroup'))) {
      expect(Properties).toMatchObject({ MinSize: '0', NewInstancesProtectedFromScaleIn: true });
      expect(Properties).not.toHaveProperty('DesiredCapacity');
    }
    expect(template.toJSON().Resources[group('small')].Properties.MaxSize).toBe('4');
  });

  test('launches On-Demand unless it is Spot', () => {
    const { Resources } = template.toJSON();
    expect(Resources[group('small')].Properties.MixedInstancesPolicy).toMatchObject({
      InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: 100 },
      LaunchTemplate: { Overrides: [{ InstanceType: 'm5.xlarge' }] },
    });
    expect(Resources[group('large')].Properties.MixedInstancesPolicy).toMatchObject({
      InstancesDistribution: {
        OnDemandPercentageAboveBaseCapacity: 0,
        SpotAllocationStrategy: 'price-capacity-optimized',
      },
      LaunchTemplate: { Overrides: [{ InstanceType: 'm5.4xlarge' }, { InstanceType: 'm6i.4xlarge' }] },
    });
  });

  test('names the version of its launch template, which groups must not take as $Latest', () => {
    template.allResourcesProperties('AWS::AutoScaling::AutoScalingGroup', {
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: { Version: { 'Fn::GetAtt': [Match.anyValue(), 'LatestVersionNumber'] } },
        },
      },
    });
  });

  test('demands IMDSv2 within one hop and encrypts its root volume', () => {
    template.allResourcesProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, VolumeSize: 50, VolumeType: 'gp3' } }],
      },
    });
  });

  test('joins the cluster, and drains on a Spot notice where it is Spot', () => {
    const [small, large] = userDataOf(stack);
    expect(small).toContain('echo ECS_CLUSTER=<ClusterName> >> /etc/ecs/ecs.config');
    expect(small).not.toContain('SPOT');
    expect(small).not.toContain('GPU');
    expect(large).toContain('echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config');
  });

  test('is emptied by a custom resource before it is deleted, and before its queues are', () => {
    const queues = Object.keys(template.findResources('AWS::Batch::JobQueue'));
    const lifecycles = Object.values(template.findResources('Custom::BatchPoolLifecycle'));
    expect(lifecycles).toHaveLength(2);
    for (const { Properties, DependsOn } of lifecycles) {
      expect(Properties).toMatchObject({ OnDelete: 'WAIT_FOR_JOBS', ServiceTimeout: '3600' });
      expect(DependsOn).toEqual(expect.arrayContaining(queues));
    }
    expect(lifecycles.map(({ Properties }) => Properties.AutoScalingGroupName.Ref)).toEqual([
      group('small'),
      group('large'),
    ]);
  });

  test('is scaled by triggers that come after, and go before, its custom resource', () => {
    const lifecycles = Object.keys(template.findResources('Custom::BatchPoolLifecycle'));
    for (const type of ['AWS::Events::Rule', 'AWS::Lambda::EventSourceMapping']) {
      for (const { DependsOn } of Object.values(template.findResources(type))) {
        expect(DependsOn).toEqual(expect.arrayContaining(lifecycles));
      }
    }
  });
});

test('GPU types get the image with drivers, and the agent hands out GPUs', () => {
  const { stack } = unmanagedStack({ pools: [GPU] });
  const { Parameters } = Template.fromStack(stack).toJSON();
  expect(Object.values(Parameters as Record<string, { Default: string }>).map(({ Default }) => Default)).toContain(
    '/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id',
  );
  expect(userDataOf(stack)[0]).toContain('echo ECS_ENABLE_GPU_SUPPORT=true >> /etc/ecs/ecs.config');
});

test('ARM types get an ARM image', () => {
  const { stack } = unmanagedStack({ pools: [{ instanceTypes: instanceTypes('m7g.xlarge'), maxInstances: 1 }] });
  const { Parameters } = Template.fromStack(stack).toJSON();
  expect(JSON.stringify(Parameters)).toContain('/amazon-linux-2023/arm64/recommended/image_id');
});

test('the root volume and what becomes of running jobs can be chosen', () => {
  const { stack } = unmanagedStack({
    pools: [SMALL],
    rootVolume: { size: Size.gibibytes(200) },
    deletionBehavior: DeletionBehavior.TERMINATE,
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: { BlockDeviceMappings: [Match.objectLike({ Ebs: Match.objectLike({ VolumeSize: 200 }) })] },
  });
  template.hasResourceProperties('Custom::BatchPoolLifecycle', { OnDelete: 'TERMINATE' });
});

test('each pool has the volume, the security groups and the user data of its environment, and people get in', () => {
  const { stack, cluster, vpc } = clusterStack();
  const securityGroups = ['First', 'Second'].map((id) => new ec2.SecurityGroup(stack, id, { vpc }));
  const userData = ec2.UserData.forLinux();
  userData.addCommands('mount -a');
  const capacity = cluster.addUnmanagedCapacity('Capacity', {
    pools: [{ ...SMALL, machineImage: ec2.MachineImage.fromSsmParameter('/images/ubuntu') }, LARGE],
    rootVolume: { size: Size.gibibytes(100), deviceName: '/dev/sda1' },
    userData,
    securityGroups,
    sessionManager: true,
    containerInsights: ContainerInsights.DISABLED,
  });
  capacity.addUserData(ec2.UserData.custom('#cloud-config\nruncmd: [id]'));
  expect(capacity.connections.securityGroups).toEqual(securityGroups);
  cluster.addQueue('Queue', { capacity: [capacity] });
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: {
      BlockDeviceMappings: [Match.objectLike({ DeviceName: '/dev/sda1', Ebs: Match.objectLike({ VolumeSize: 100 }) })],
      SecurityGroupIds: ['First', 'Second'].map((id) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(id), 'GroupId'] })),
    },
  });
  for (const text of userDataOf(stack)) {
    expect(text.indexOf('ECS_CLUSTER')).toBeLessThan(text.indexOf('mount -a'));
    expect(text.indexOf('mount -a')).toBeLessThan(text.indexOf('text/cloud-config'));
  }
  expect(JSON.stringify(statements(template, 'ClusterCapacityInstanceRole'))).toContain('ssmmessages:OpenDataChannel');
  template.hasResourceProperties('AWS::Batch::ComputeEnvironment', {
    EcsSettings: { ContainerInsights: 'DISABLED' },
    UnmanagedvCpus: 48,
  });
});

test('what is known at deployment only is let through', () => {
  const { stack, cluster } = clusterStack();
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  const text = new CfnParameter(stack, 'Text').valueAsString;
  const capacity = cluster.addUnmanagedCapacity('Capacity', {
    pools: [
      {
        name: 'any',
        instanceTypes: instanceTypes(text),
        shape: { vcpus: number, memory: Size.mebibytes(number), gpus: 0 },
        maxInstances: number,
        spareInstances: 1,
        cost: number,
      },
    ],
    rootVolume: { size: Size.gibibytes(number) },
    scaleInAfter: Duration.seconds(number),
    provisionTimeout: Duration.seconds(number),
  });
  cluster.addQueue('Queue', { capacity: [capacity], priority: number });
  Template.fromStack(stack).hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
    MaxSize: { Ref: 'Number' },
    MixedInstancesPolicy: { LaunchTemplate: { Overrides: [{ InstanceType: { Ref: 'Text' } }] } },
  });
});

describe('refused is', () => {
  const at = 'Stack/Cluster/Capacity';
  const cases: [string, Parameters<typeof unmanagedStack>[0], string][] = [
    ['no pool', { pools: [] }, `[${at}] pools is empty; it must be a list of at least one pool.`],
    [
      'a pool with two shapes',
      { pools: [{ instanceTypes: instanceTypes('m5.xlarge', 'm5.2xlarge'), maxInstances: 1 }] },
      `[${at}] pools[0].instanceTypes is m5.xlarge (4 vCPU, 16384 MiB, x86_64) and m5.2xlarge (8 vCPU, 32768 MiB, x86_64); ` +
        'it must be types of one shape. Put each shape into a pool of its own.',
    ],
    [
      'a pool with two architectures',
      { pools: [{ instanceTypes: instanceTypes('m6i.xlarge', 'm6g.xlarge'), maxInstances: 1 }] },
      'it must be types of one shape',
    ],
    [
      'a pool without types',
      { pools: [{ instanceTypes: [], maxInstances: 1 }] },
      `[${at}] pools[0].instanceTypes is empty; it must be a list of at least one instance type.`,
    ],
    [
      'no instance',
      { pools: [SMALL, { ...LARGE, maxInstances: 0 }] },
      `[${at}] pools[1].maxInstances is 0; it must be a whole number of at least 1.`,
    ],
    [
      'half an instance',
      { pools: [{ ...SMALL, maxInstances: 1.5 }] },
      `[${at}] pools[0].maxInstances is 1.5; it must be a whole number of at least 1.`,
    ],
    [
      'more spare instances than there may be',
      { pools: [{ ...SMALL, spareInstances: 5 }] },
      `[${at}] pools[0].spareInstances is 5; it must be a whole number from 0 to 4.`,
    ],
    [
      'an unlisted type without its shape',
      { pools: [{ instanceTypes: instanceTypes('x99.large'), maxInstances: 1 }] },
      `[${at}] pools[0].shape is missing; it must be given for x99.large, which is not among the instance types listed ` +
        'by the library. Give its vCPUs, memory and GPUs.',
    ],
    [
      'a shape with part of a GPU',
      { pools: [{ ...SMALL, shape: { vcpus: 4, memory: Size.gibibytes(16), gpus: 0.5 } }] },
      `[${at}] pools[0].shape.gpus is 0.5; it must be a whole number of at least 0.`,
    ],
    [
      'a mix of GPU and CPU pools without costs',
      { pools: [SMALL, GPU] },
      `[${at}] pools[0].cost is missing; it must be given for each pool of an environment that mixes pools with and ` +
        'without GPUs. The price of an hour of one instance will do.',
    ],
    [
      'costs for some pools only',
      { pools: [SMALL, { ...LARGE, ...COST }] },
      `[${at}] pools[0].cost is missing; it must be given for all pools of an environment or for none.`,
    ],
    [
      'a cost of nothing',
      { pools: [{ ...SMALL, cost: 0 }] },
      `[${at}] pools[0].cost is 0; it must be a number above 0.`,
    ],
    [
      'two pools of one name',
      { pools: [SMALL, { ...LARGE, name: 'small' }] },
      `[${at}] pools[1].name is "small"; it must be unique in its environment.`,
    ],
    [
      'a name that is no metric dimension',
      { pools: [{ ...SMALL, name: 'a b' }] },
      `[${at}] pools[0].name is "a b"; it must be 1 to 64 letters, digits, ".", "_" and "-".`,
    ],
    [
      'pools of two architectures',
      { pools: [SMALL, { instanceTypes: instanceTypes('m7g.xlarge'), maxInstances: 1 }] },
      `[${at}] pools[1].instanceTypes is arm64; it must be x86_64 like the pools before it. Make an environment for ` +
        'each architecture, with a queue of its own.',
    ],
    [
      'ARM types with GPUs without an image',
      { pools: [{ instanceTypes: instanceTypes('g5g.xlarge'), maxInstances: 1 }] },
      'machineImage is missing; it must be given for ARM instance types with GPUs',
    ],
    [
      'a day and more of idling',
      { pools: [SMALL], scaleInAfter: Duration.hours(25) },
      'scaleInAfter is 90000 s; it must be a whole number of seconds from 0 to 86400.',
    ],
    [
      'seconds to boot',
      { pools: [SMALL], provisionTimeout: Duration.seconds(30) },
      'provisionTimeout is 30 s; it must be a whole number of seconds from 60 to 3600.',
    ],
  ];
  test.each(cases)('%s', (_, options, message) => {
    expect(() => unmanagedStack(options)).toThrow(expect.objectContaining({ name: 'ValidationError' }));
    expect(() => unmanagedStack(options)).toThrow(message);
  });
});

/** The user data of each pool, with attributes by their names. */
function userDataOf(stack: Stack): string[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::EC2::LaunchTemplate')).map(({ Properties }) =>
    (Properties.LaunchTemplateData.UserData['Fn::Base64']['Fn::Join'][1] as (string | { 'Fn::GetAtt': string[] })[])
      .map((part) => (typeof part === 'string' ? part : `<${part['Fn::GetAtt'][1]}>`))
      .join(''),
  );
}

import { CfnParameter, Duration, Size, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EcsMachineImageType } from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { ManagedCapacityOptions } from '../../../lib';
import { AllocationStrategy } from '../../../lib';
import { clusterStack, instanceTypes, statements } from '../fixture';

const { M6I, M7G, STANDARD5, G5 } = ec2.InstanceClass;

function managedStack(options: Partial<ManagedCapacityOptions> = {}) {
  const { stack, cluster } = clusterStack();
  const capacity = cluster.addManagedCapacity('Capacity', { maxvCpus: 64, ...options });
  return { stack, cluster, capacity };
}

/** The properties of the environment, and in them what is said of its resources. */
function environmentOf(options: Partial<ManagedCapacityOptions> = {}) {
  const template = Template.fromStack(managedStack(options).stack);
  const [{ Properties }] = Object.values(template.findResources('AWS::Batch::ComputeEnvironment'));
  return { ...Properties, resources: Properties.ComputeResources, template };
}

describe('a managed environment', () => {
  test('is On-Demand, of the default families, and updated in place unless told otherwise', () => {
    const { resources, ReplaceComputeEnvironment, ServiceRole } = environmentOf();
    expect(resources).toMatchObject({
      Type: 'EC2',
      AllocationStrategy: 'BEST_FIT_PROGRESSIVE',
      MinvCpus: 0,
      MaxvCpus: 64,
      InstanceTypes: ['default_x86_64'],
      Ec2Configuration: [{ ImageType: 'ECS_AL2023' }],
    });
    expect(ReplaceComputeEnvironment).toBe(false);
    // Of the service-linked role, without which AWS Batch replaces no instances.
    expect(ServiceRole).toBeUndefined();
  });

  test.each([
    [false, AllocationStrategy.BEST_FIT],
    [false, AllocationStrategy.BEST_FIT_PROGRESSIVE],
    [false, AllocationStrategy.BEST_FIT_PROGRESSIVE_ORDERED],
    [true, AllocationStrategy.BEST_FIT_PROGRESSIVE],
    [true, AllocationStrategy.SPOT_CAPACITY_OPTIMIZED],
    [true, AllocationStrategy.SPOT_CAPACITY_OPTIMIZED_PRIORITIZED],
    [true, AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED],
  ])('can be chosen for, Spot %s, by %s, without a fleet', (spot, allocationStrategy) => {
    const { resources } = environmentOf({ spot, allocationStrategy });
    expect(resources).toMatchObject({ Type: spot ? 'SPOT' : 'EC2', AllocationStrategy: allocationStrategy });
    expect(resources.SpotIamFleetRole).toBeUndefined();
  });

  test('can be a classic Spot Fleet with a role made for it, which a change replaces', () => {
    const options = { spot: true, allocationStrategy: AllocationStrategy.BEST_FIT, bidPercentage: 60 };
    const { resources, template, ReplaceComputeEnvironment } = environmentOf(options);
    expect(ReplaceComputeEnvironment).toBe(true);
    expect(resources).toMatchObject({ AllocationStrategy: 'BEST_FIT', BidPercentage: 60 });
    const role = template.toJSON().Resources[resources.SpotIamFleetRole['Fn::GetAtt'][0]];
    expect(role.Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service).toBe('spotfleet.amazonaws.com');
    expect(JSON.stringify(role.Properties.ManagedPolicyArns)).toContain('AmazonEC2SpotFleetTaggingRole');
  });

  test('takes the role of a Spot Fleet that is there', () => {
    const { stack, cluster } = clusterStack();
    cluster.addManagedCapacity('Capacity', {
      maxvCpus: 64,
      spot: true,
      allocationStrategy: AllocationStrategy.BEST_FIT,
      spotFleetRole: iam.Role.fromRoleArn(stack, 'Fleet', 'arn:aws:iam::123456789012:role/fleet'),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: { SpotIamFleetRole: 'arn:aws:iam::123456789012:role/fleet' },
    });
  });

  test('has as many vCPUs, as long and as well watched as is said', () => {
    const { resources, UpdatePolicy, EcsSettings, ComputeEnvironmentName } = environmentOf({
      minvCpus: 8,
      scaleDownDelay: Duration.hours(1),
      updateTimeout: Duration.hours(6),
      updateToLatestImageVersion: true,
      containerInsights: ContainerInsights.ENHANCED,
      computeEnvironmentName: 'mine',
    });
    expect(resources).toMatchObject({
      MinvCpus: 8,
      ScalingPolicy: { MinScaleDownDelayMinutes: 60 },
      UpdateToLatestImageVersion: true,
    });
    expect(UpdatePolicy).toMatchObject({ JobExecutionTimeoutMinutes: 360 });
    expect(EcsSettings).toEqual({ ContainerInsights: 'ENHANCED' });
    expect(ComputeEnvironmentName).toBe('mine');
    expect(environmentOf({ terminateJobsOnUpdate: true }).UpdatePolicy).toMatchObject({ TerminateJobsOnUpdate: true });
  });

  test('puts the tags of the construct on its instances and volumes', () => {
    const { stack, capacity } = managedStack();
    Tags.of(capacity).add('team', 'ocean');
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      Tags: { team: 'ocean' },
      ComputeResources: { Tags: { team: 'ocean' } },
    });
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        TagSpecifications: Match.arrayWith([
          { ResourceType: 'volume', Tags: Match.arrayWith([{ Key: 'team', Value: 'ocean' }]) },
        ]),
      },
    });
  });

  test('is in the placement group and the security groups that are given', () => {
    const { stack, cluster, vpc } = clusterStack();
    const securityGroups = ['First', 'Second'].map((id) => new ec2.SecurityGroup(stack, id, { vpc }));
    const placementGroup = new ec2.PlacementGroup(stack, 'Near');
    const capacity = cluster.addManagedCapacity('Capacity', { maxvCpus: 64, securityGroups, placementGroup });
    expect(capacity.connections.securityGroups).toEqual(securityGroups);
    Template.fromStack(stack).hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: {
        PlacementGroup: { 'Fn::GetAtt': [Match.stringLikeRegexp('Near'), 'GroupName'] },
        SecurityGroupIds: ['First', 'Second'].map((id) => ({
          'Fn::GetAtt': [Match.stringLikeRegexp(`^${id}`), 'GroupId'],
        })),
      },
    });
  });
});

describe('the instance types of a managed environment', () => {
  test('are types and families in the order given, families by the name that EC2 has for them', () => {
    const { resources } = environmentOf({
      instanceTypes: instanceTypes('c6i.4xlarge', 'c6i.8xlarge'),
      instanceClasses: [M6I, STANDARD5],
    });
    expect(resources.InstanceTypes).toEqual(['c6i.4xlarge', 'c6i.8xlarge', 'm6i', 'm5']);
  });

  test.each([
    [{ architecture: ec2.InstanceArchitecture.ARM_64 }, ['default_arm64'], 'ECS_AL2023'],
    [{ instanceClasses: [M7G] }, ['m7g'], 'ECS_AL2023'],
    [{ instanceClasses: [G5], spot: true }, ['g5'], 'ECS_AL2023_NVIDIA'],
    [{ instanceTypes: instanceTypes('g5.xlarge', 'm5.xlarge') }, ['g5.xlarge', 'm5.xlarge'], 'ECS_AL2023_NVIDIA'],
    [{ instanceTypes: instanceTypes('p3.2xlarge') }, ['p3.2xlarge'], 'ECS_AL2_NVIDIA'],
    [{ instanceTypes: instanceTypes('a1.large') }, ['a1.large'], 'ECS_AL2'],
    [{ imageType: EcsMachineImageType.ECS_AL2 }, ['default_x86_64'], 'ECS_AL2'],
  ])('%j have the image that goes with them', (options, names, imageType) => {
    const { resources } = environmentOf(options);
    expect(resources).toMatchObject({ InstanceTypes: names, Ec2Configuration: [{ ImageType: imageType }] });
  });

  test('can have any image', () => {
    const machineImage = ec2.MachineImage.genericLinux({ 'us-east-1': 'ami-1' });
    const { stack, cluster } = clusterStack({ env: { account: '123456789012', region: 'us-east-1' } });
    const types = instanceTypes('g5g.xlarge');
    cluster.addManagedCapacity('Capacity', { maxvCpus: 64, machineImage, instanceTypes: types });
    Template.fromStack(stack).hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: { Ec2Configuration: [{ ImageType: 'ECS_AL2023', ImageIdOverride: 'ami-1' }] },
    });
  });

  test('say what a job can have at most', () => {
    const { capacity } = managedStack({ instanceTypes: instanceTypes('g5.48xlarge'), maxvCpus: 96 });
    expect(capacity.shapes.map(({ vcpus, memory, gpus }) => [vcpus, memory.toGibibytes(), gpus])).toEqual([
      [96, 768, 8],
    ]);
    expect(capacity.architecture).toBe('x86_64');
    expect(managedStack({ instanceTypes: instanceTypes('x99.large') }).capacity.shapes).toEqual([]);
  });
});

describe('the launch template of a managed environment', () => {
  test('is told by its number', () => {
    const { resources } = environmentOf();
    const [id] = Object.keys(environmentOf().template.findResources('AWS::EC2::LaunchTemplate'));
    expect(resources.LaunchTemplate).toEqual({
      LaunchTemplateId: { Ref: id },
      Version: { 'Fn::GetAtt': [id, 'LatestVersionNumber'] },
    });
  });

  test('demands IMDSv2 within one hop, and has a volume as is said, encrypted with the key given', () => {
    const { stack, cluster } = clusterStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const rootVolume = { size: Size.gibibytes(200), volumeType: ec2.EbsDeviceVolumeType.GP2, encryptionKey };
    cluster.addManagedCapacity('Capacity', { maxvCpus: 64, rootVolume });
    const template = Template.fromStack(stack);
    const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] };
    template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [
          {
            DeviceName: '/dev/xvda',
            Ebs: { Encrypted: true, KmsKeyId: key, VolumeSize: 200, VolumeType: 'gp2' },
          },
        ],
        // Those of the environment hold, and AWS Batch takes no role from a template.
        SecurityGroupIds: Match.absent(),
        IamInstanceProfile: Match.absent(),
      },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['kms:CreateGrant', 'kms:GenerateDataKey*']),
            Condition: {
              StringEquals: {
                'kms:CallerAccount': { Ref: 'AWS::AccountId' },
                'kms:ViaService': { 'Fn::Join': ['', ['ec2.', { Ref: 'AWS::Region' }, '.amazonaws.com']] },
              },
            },
          }),
        ]),
      },
    });
  });

  test('warns of a key whose policy is not known', () => {
    const { stack, cluster } = clusterStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1');
    cluster.addManagedCapacity('Capacity', { maxvCpus: 64, rootVolume: { encryptionKey } });
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Key',
      Match.stringLikeRegexp('It is an imported key, whose policy has to let EC2 Auto Scaling use it'),
    );
  });

  test('has the user’s own after what configures the agent, as parts of one MIME archive', () => {
    const userData = ec2.UserData.forLinux();
    const { stack, capacity } = managedStack({ spot: true, instanceClasses: [G5], userData });
    userData.addCommands('yum install -y htop');
    capacity.addUserData(ec2.UserData.custom('#cloud-config\nruncmd: [id]'));
    const archive = new ec2.MultipartUserData();
    archive.addPart(ec2.MultipartBody.fromRawBody({ contentType: 'text/cloud-boothook', body: '#cloud-boothook' }));
    capacity.addUserData(archive);
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::EC2::LaunchTemplate'));
    expect(Properties.LaunchTemplateData.UserData['Fn::Base64']).toBe(
      [
        'Content-Type: multipart/mixed; boundary="==batch-foreman=="',
        'MIME-Version: 1.0',
        '',
        '--==batch-foreman==',
        'Content-Type: text/x-shellscript; charset="us-ascii"',
        '',
        '#!/bin/bash',
        'echo ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true >> /etc/ecs/ecs.config',
        'echo ECS_ENABLE_GPU_SUPPORT=true >> /etc/ecs/ecs.config',
        'echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config',
        '--==batch-foreman==',
        'Content-Type: text/x-shellscript; charset="us-ascii"',
        '',
        '#!/bin/bash',
        'yum install -y htop',
        '--==batch-foreman==',
        'Content-Type: text/cloud-config; charset="us-ascii"',
        '',
        '#cloud-config\nruncmd: [id]',
        '--==batch-foreman==',
        'Content-Type: multipart/mixed; boundary="+AWS+CDK+User+Data+Separator=="',
        'MIME-Version: 1.0',
        '',
        '--+AWS+CDK+User+Data+Separator==',
        'Content-Type: text/cloud-boothook',
        '',
        '#cloud-boothook',
        '--+AWS+CDK+User+Data+Separator==--',
        '',
        '--==batch-foreman==--',
        '',
      ].join('\n'),
    );
  });
});

describe('the role of managed instances', () => {
  test('is what their agents need', () => {
    const rights = statements(environmentOf({ spot: true }).template, 'ClusterCapacityInstanceRole');
    const actions = rights.flatMap(({ Action }) => Action).sort();
    expect(actions).toEqual([
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'ecs:DiscoverPollEndpoint',
      'ecs:Poll',
      'ecs:RegisterContainerInstance',
      'ecs:StartTelemetrySession',
      'ecs:SubmitTaskStateChange',
      'ecs:TagResource',
      'ecs:UpdateContainerInstancesState',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
  });

  test('has sessions opened where that is wanted, and reads no parameters', () => {
    const actions = statements(environmentOf({ sessionManager: true }).template, 'ClusterCapacityInstanceRole')
      .flatMap(({ Action }) => Action)
      .filter((action) => action.startsWith('ssm'));
    expect(actions.sort()).toEqual([
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ]);
  });

  test('can be the user’s', () => {
    const { stack, cluster } = clusterStack();
    const instanceRole = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    const capacity = cluster.addManagedCapacity('Capacity', { maxvCpus: 64, instanceRole });
    expect(capacity.instanceRole).toBe(instanceRole);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 1);
  });
});

test('what is known at deployment only is let through', () => {
  const { stack, cluster } = clusterStack();
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  const text = new CfnParameter(stack, 'Text').valueAsString;
  cluster.addManagedCapacity('Capacity', {
    maxvCpus: number,
    minvCpus: number,
    spot: true,
    bidPercentage: number,
    instanceTypes: instanceTypes(text),
    rootVolume: { size: Size.gibibytes(number) },
    scaleDownDelay: Duration.minutes(number),
    updateTimeout: Duration.minutes(number),
    computeEnvironmentName: text,
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Batch::ComputeEnvironment', {
    ComputeEnvironmentName: { Ref: 'Text' },
    ComputeResources: { MaxvCpus: { Ref: 'Number' }, InstanceTypes: [{ Ref: 'Text' }] },
    UpdatePolicy: { JobExecutionTimeoutMinutes: { Ref: 'Number' } },
  });
});

describe('refused is', () => {
  const { BEST_FIT, BEST_FIT_PROGRESSIVE_ORDERED, SPOT_CAPACITY_OPTIMIZED } = AllocationStrategy;
  const role = iam.Role.fromRoleArn(new Stack(undefined, 'Other'), 'Fleet', 'arn:aws:iam::123456789012:role/fleet');
  const cases: [string, Partial<ManagedCapacityOptions>, string][] = [
    ['no vCPU', { maxvCpus: 0 }, 'maxvCpus is 0; it must be a whole number of at least 1.'],
    ['a minimum above the maximum', { minvCpus: 65 }, 'minvCpus is 65; it must be a whole number from 0 to 64.'],
    [
      'a strategy of Spot without Spot',
      { allocationStrategy: SPOT_CAPACITY_OPTIMIZED },
      'allocationStrategy is SPOT_CAPACITY_OPTIMIZED; it must be BEST_FIT, BEST_FIT_PROGRESSIVE or ' +
        'BEST_FIT_PROGRESSIVE_ORDERED without `spot`.',
    ],
    [
      'an order of types with Spot',
      { spot: true, allocationStrategy: BEST_FIT_PROGRESSIVE_ORDERED },
      'allocationStrategy is BEST_FIT_PROGRESSIVE_ORDERED; it must be BEST_FIT, BEST_FIT_PROGRESSIVE or one of',
    ],
    ['a bid without Spot', { bidPercentage: 50 }, 'bidPercentage is 50; it must be left out without `spot`.'],
    [
      'a bid of nothing',
      { spot: true, bidPercentage: 0 },
      'bidPercentage is 0; it must be a whole number from 1 to 100.',
    ],
    [
      'a role for a fleet that there is not',
      { spot: true, spotFleetRole: role },
      'spotFleetRole is Other/Fleet; it must be left out unless with `spot` and BEST_FIT',
    ],
    [
      'no instance type',
      { instanceTypes: [] },
      'instanceTypes is empty; it must be a list of at least one, or left out for the default families.',
    ],
    [
      'two architectures',
      { instanceTypes: instanceTypes('m6i.large'), instanceClasses: [M7G] },
      'instanceTypes is m6i.large (x86_64) and m7g (arm64); it must be of one architecture. Make a capacity for each, ' +
        'with a queue of its own.',
    ],
    [
      'an architecture that the types do not have',
      { instanceClasses: [M6I], architecture: ec2.InstanceArchitecture.ARM_64 },
      'architecture is arm64; it must be x86_64, as m6i is.',
    ],
    [
      'ARM types with GPUs without an image',
      { instanceTypes: instanceTypes('g5g.xlarge') },
      'machineImage is missing; it must be given for ARM instance types with GPUs',
    ],
    [
      'an image without drivers for GPUs',
      { instanceClasses: [G5], imageType: EcsMachineImageType.ECS_AL2023 },
      'imageType is ECS_AL2023; it must be one of ECS_AL2023_NVIDIA, ECS_AL2_NVIDIA for g5.',
    ],
    [
      'Amazon Linux 2023 for what it does not run on',
      { instanceTypes: instanceTypes('p3.2xlarge'), imageType: EcsMachineImageType.ECS_AL2023_NVIDIA },
      'imageType is ECS_AL2023_NVIDIA; it must be one of ECS_AL2_NVIDIA for p3.2xlarge.',
    ],
    [
      'the newest image where one is given',
      { updateToLatestImageVersion: true, machineImage: ec2.MachineImage.latestAmazonLinux2023() },
      'updateToLatestImageVersion is true; it must be left out with `machineImage`, which stays as it is.',
    ],
    [
      'seconds to wait for the next job',
      { scaleDownDelay: Duration.seconds(90) },
      'scaleDownDelay in minutes is 1.5; it must be a whole number from 20 to 10080.',
    ],
    [
      'a week for jobs to end',
      { updateTimeout: Duration.days(7) },
      'updateTimeout in minutes is 10080; it must be a whole number from 1 to 7200.',
    ],
    [
      'time for jobs that are terminated at once',
      { updateTimeout: Duration.hours(1), terminateJobsOnUpdate: true },
      'updateTimeout is Duration.hours(1); it must be left out with `terminateJobsOnUpdate`, which leaves jobs no time.',
    ],
    [
      'an update policy for what is replaced',
      { allocationStrategy: BEST_FIT, terminateJobsOnUpdate: true },
      'terminateJobsOnUpdate is true; it must be left out with BEST_FIT, with which the environment is replaced instead ' +
        'of updated.',
    ],
    [
      'a volume that the image does not fit on',
      { rootVolume: { size: Size.gibibytes(8) } },
      'rootVolume.size in GiB is 8; it must be a whole number from 30 to 16384.',
    ],
    [
      'a part of a GiB',
      { rootVolume: { size: Size.mebibytes(50_000) } },
      'rootVolume.size in GiB is 48.828125; it must be a whole number from 30 to 16384.',
    ],
    [
      'a volume that does not boot',
      { rootVolume: { volumeType: ec2.EbsDeviceVolumeType.ST1 } },
      'rootVolume.volumeType is st1; it must be one of gp2, gp3, standard.',
    ],
    [
      'no security group',
      { securityGroups: [] },
      'securityGroups is a list of 0; it must be a list of 1 to 5, or left out.',
    ],
    [
      'a name with a dot',
      { computeEnvironmentName: 'a.b' },
      'computeEnvironmentName is "a.b"; it must be 1 to 128 letters, digits, hyphens and underscores, the first a letter ' +
        'or digit.',
    ],
  ];
  test.each(cases)('%s', (_, options, message) => {
    expect(() => managedStack(options)).toThrow(expect.objectContaining({ name: 'ValidationError' }));
    expect(() => managedStack(options)).toThrow(`[Stack/Cluster/Capacity] ${message}`);
  });
});

test('a name is warned of where a change replaces the environment', () => {
  const { stack } = managedStack({ allocationStrategy: AllocationStrategy.BEST_FIT, computeEnvironmentName: 'mine' });
  Annotations.fromStack(stack).hasWarning(
    '/Stack/Cluster/Capacity',
    Match.stringLikeRegexp('computeEnvironmentName is given with BEST_FIT'),
  );
});

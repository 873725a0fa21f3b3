import { Size, Tags } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { POOL_TAG } from './config';
import type { PoolProps, ResolvedPool } from './pool';
import type { EcsCluster } from '../lifecycle/ecs-cluster';
import { ValidationError } from '../validation/validation-error';

/** A pool whose Auto Scaling group is to be made. */
export interface InstancePoolProps extends PoolProps {
  /**
   * Whether to launch Spot instances. Jobs on an instance that EC2 takes back fail with `Host EC2 … terminated`.
   *
   * @default false
   */
  readonly spot?: boolean;

  /**
   * The image of the instances: a Linux with the ECS agent, whose root volume is `/dev/xvda`.
   *
   * @default - the newest ECS-optimized Amazon Linux 2023, for GPUs where the instance types have some
   */
  readonly machineImage?: ec2.IMachineImage;
}

/** A pool as it was made. */
export interface InstancePool {
  readonly name: string;
  readonly autoScalingGroup: autoscaling.AutoScalingGroup;
  readonly launchTemplate: ec2.LaunchTemplate;
}

/** What the pools of one environment have in common. */
export interface Surroundings {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroup: ec2.ISecurityGroup;
  readonly role: iam.IRole;
  readonly cluster: EcsCluster;
  readonly rootVolumeSize: Size;
}

export const DEFAULT_ROOT_VOLUME_SIZE = Size.gibibytes(50);
const ROOT_DEVICE = '/dev/xvda';

/** Makes the launch template and the group, which starts at zero and is scaled by nothing but the autoscaler. */
export function createInstancePool(
  scope: Construct,
  props: InstancePoolProps,
  pool: ResolvedPool,
  surroundings: Surroundings,
): InstancePool {
  const spot = props.spot ?? false;
  const launchTemplate = new ec2.LaunchTemplate(scope, 'LaunchTemplate', {
    machineImage: props.machineImage ?? ecsOptimizedImage(scope, pool),
    role: surroundings.role,
    securityGroup: surroundings.securityGroup,
    userData: ecsUserData(surroundings.cluster, pool, spot),
    // Jobs use the host's network, from which one hop is enough; a container with a network of its own gets nothing.
    httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
    httpPutResponseHopLimit: 1,
    blockDevices: [
      {
        deviceName: ROOT_DEVICE,
        volume: ec2.BlockDeviceVolume.ebs(surroundings.rootVolumeSize.toGibibytes(), {
          encrypted: true,
          volumeType: ec2.EbsDeviceVolumeType.GP3,
        }),
      },
    ],
  });
  Tags.of(launchTemplate).add('Name', scope.node.path);
  const autoScalingGroup = new autoscaling.AutoScalingGroup(scope, 'Group', {
    vpc: surroundings.vpc,
    vpcSubnets: surroundings.vpcSubnets,
    // No desired capacity: in a template it would reset the group on every deployment.
    minCapacity: 0,
    maxCapacity: props.maxInstances,
    newInstancesProtectedFromScaleIn: true,
    mixedInstancesPolicy: {
      launchTemplate,
      launchTemplateOverrides: props.instanceTypes.map((instanceType) => ({ instanceType })),
      instancesDistribution: spot
        ? {
            onDemandPercentageAboveBaseCapacity: 0,
            spotAllocationStrategy: autoscaling.SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
          }
        : {
            onDemandPercentageAboveBaseCapacity: 100,
            onDemandAllocationStrategy: autoscaling.OnDemandAllocationStrategy.LOWEST_PRICE,
          },
    },
  });
  Tags.of(autoScalingGroup).add(POOL_TAG, pool.name, { applyToLaunchedInstances: true });
  return { name: pool.name, autoScalingGroup, launchTemplate };
}

function ecsOptimizedImage(scope: Construct, { shape, architecture }: ResolvedPool): ec2.IMachineImage {
  const gpu = shape.gpus > 0;
  if (gpu && architecture === 'arm64') {
    throw new ValidationError(scope, {
      property: 'machineImage',
      value: undefined,
      allowed: 'given for ARM instance types with GPUs, for which there is no ECS-optimized Amazon Linux 2023',
    });
  }
  const hardware = gpu ? ecs.AmiHardwareType.GPU : ecs.AmiHardwareType.STANDARD;
  return ecs.EcsOptimizedImage.amazonLinux2023(architecture === 'arm64' ? ecs.AmiHardwareType.ARM : hardware);
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html */
function ecsUserData(cluster: EcsCluster, { shape }: ResolvedPool, spot: boolean): ec2.UserData {
  const settings = [
    `ECS_CLUSTER=${cluster.name}`,
    // What AWS Batch keeps for the agent on instances that it launches itself, in MiB.
    'ECS_RESERVED_MEMORY=32',
    // Jobs' own log groups are written to by their execution roles; the instance's may write to Batch's default only.
    'ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true',
    ...(shape.gpus > 0 ? ['ECS_ENABLE_GPU_SUPPORT=true'] : []),
    ...(spot ? ['ECS_ENABLE_SPOT_INSTANCE_DRAINING=true'] : []),
  ];
  const userData = ec2.UserData.forLinux();
  userData.addCommands(...settings.map((setting) => `echo ${setting} >> /etc/ecs/ecs.config`));
  return userData;
}

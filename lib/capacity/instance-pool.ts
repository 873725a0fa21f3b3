import { Tags, Tokenization } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { ENVIRONMENT_MAXIMUM_TAG, OPENS_FOR_CPU_JOBS_TAG, POOL_TAG } from './config';
import type { LaunchTemplateSettings } from './instance-launch-template';
import { instanceLaunchTemplate } from './instance-launch-template';
import type { PoolProps, ResolvedPool } from './pool';
import type { EcsCluster } from '../lifecycle/ecs-cluster';
import { ValidationError } from '../validation/validation-error';

/** A pool, whose Auto Scaling group is made unless it is there already. */
export interface InstancePoolProps extends PoolProps {
  /**
   * Whether to launch Spot instances. Jobs on an instance that EC2 takes back fail with `Host EC2 … terminated`.
   *
   * @default false
   */
  readonly spot?: boolean;

  /**
   * The image of the instances: a Linux with the ECS agent. Where its root volume is not `/dev/xvda`, say so in
   * `rootVolume`.
   *
   * @default - the newest ECS-optimized Amazon Linux 2023, for GPUs where the instance types have some
   */
  readonly machineImage?: ec2.IMachineImage;

  /**
   * A group that is there already, for this environment alone; it says by itself what is launched. It has a minimum of 0, a
   * launch template, no desired capacity and no scaling policy. The instances of one of this app are made to join the
   * cluster; an imported one has to protect its new instances from scale-in and to configure their agents itself.
   *
   * @default - a new one
   */
  readonly autoScalingGroup?: autoscaling.IAutoScalingGroup;
}

/** A pool as it was made. */
export interface InstancePool {
  readonly name: string;
  readonly autoScalingGroup: autoscaling.IAutoScalingGroup;
  /** Nothing where the group was there already. */
  readonly launchTemplate?: ec2.LaunchTemplate;
}

/** What the pools of one environment have in common. */
export interface Surroundings extends Pick<
  LaunchTemplateSettings,
  'rootVolume' | 'userData' | 'mounts' | 'role' | 'securityGroups'
> {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly cluster: EcsCluster;
  /** Of the environment. */
  readonly maxvCpus?: number;
}

/** Makes the launch template and the group, which starts at zero and is scaled by nothing but the autoscaler. */
export function createInstancePool(
  scope: Construct,
  props: InstancePoolProps,
  pool: ResolvedPool,
  surroundings: Surroundings,
): InstancePool {
  const spot = props.spot ?? false;
  const launchTemplate = instanceLaunchTemplate(scope, 'LaunchTemplate', {
    ...surroundings,
    machineImage: props.machineImage ?? ecsOptimizedImage(scope, pool),
    customImage: props.machineImage !== undefined,
    agent: { clusterName: surroundings.cluster.name, gpus: pool.shape.gpus > 0, spot },
  });
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
  autoScalingGroup.node.addDependency(...surroundings.mounts.dependencies);
  Tags.of(autoScalingGroup).add(POOL_TAG, pool.name, { applyToLaunchedInstances: true });
  // What keeps the autoscaler from opening the pool: whoever wants to know why a job waits reads it here.
  const tell = (key: string, value: string) =>
    Tags.of(autoScalingGroup).add(key, value, { applyToLaunchedInstances: false });
  if (pool.shape.gpus > 0) tell(OPENS_FOR_CPU_JOBS_TAG, String(props.opensForCpuJobs ?? false));
  const { maxvCpus } = surroundings;
  if (maxvCpus !== undefined) tell(ENVIRONMENT_MAXIMUM_TAG, Tokenization.stringifyNumber(maxvCpus));
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

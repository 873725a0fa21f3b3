import type { Duration } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { InstanceOptions } from './instance-launch-template';

/**
 * By what AWS Batch chooses among instance types.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/allocation-strategies.html
 */
export enum AllocationStrategy {
  /**
   * The cheapest type that fits, and none but that: jobs wait while there are no such instances. With Spot instances it is
   * a classic Spot Fleet. AWS Batch cannot change such an environment, so that a change replaces it.
   */
  BEST_FIT = 'BEST_FIT',
  /** The cheapest type per vCPU that fits, and others while there are no such instances. On-Demand or Spot. */
  BEST_FIT_PROGRESSIVE = 'BEST_FIT_PROGRESSIVE',
  /** The first type in the order given that fits, and the next while there are no such instances. On-Demand only. */
  BEST_FIT_PROGRESSIVE_ORDERED = 'BEST_FIT_PROGRESSIVE_ORDERED',
  /** The types that are least likely to be interrupted. Spot only. */
  SPOT_CAPACITY_OPTIMIZED = 'SPOT_CAPACITY_OPTIMIZED',
  /** The types that are least likely to be interrupted, and among equals the first in the order given. Spot only. */
  SPOT_CAPACITY_OPTIMIZED_PRIORITIZED = 'SPOT_CAPACITY_OPTIMIZED_PRIORITIZED',
  /** The cheapest of the types that are unlikely to be interrupted. Spot only. */
  SPOT_PRICE_CAPACITY_OPTIMIZED = 'SPOT_PRICE_CAPACITY_OPTIMIZED',
}

/**
 * A managed environment on EC2, but for the network it is in. Tags of the construct (`Tags.of`) are put on its instances
 * and volumes.
 */
export interface ManagedCapacityOptions extends InstanceOptions {
  /** The most vCPUs that may be there at once. AWS Batch may go over it by one instance. */
  readonly maxvCpus: number;

  /**
   * The vCPUs that are there whether they are needed or not.
   *
   * @default 0
   */
  readonly minvCpus?: number;

  /**
   * Whether to launch Spot instances.
   *
   * @default false
   */
  readonly spot?: boolean;

  /**
   * By what AWS Batch chooses among the instance types.
   *
   * @default - `BEST_FIT_PROGRESSIVE`, with Spot instances `SPOT_PRICE_CAPACITY_OPTIMIZED`
   */
  readonly allocationStrategy?: AllocationStrategy;

  /**
   * The most to be paid for a Spot instance, in percent of the On-Demand price; from 1 to 100. It is charged what Spot
   * costs at the time, not that much.
   *
   * @default 100
   */
  readonly bidPercentage?: number;

  /**
   * The role by which a classic Spot Fleet (`spot` with `BEST_FIT`) launches instances.
   *
   * @default - a new one, where it is needed
   */
  readonly spotFleetRole?: iam.IRole;

  /**
   * Instance types that AWS Batch may choose from.
   *
   * @default - the current families of the architecture: m6i, c6i, r6i and c7i, or m6g, c6g, r6g and c7g
   */
  readonly instanceTypes?: ec2.InstanceType[];

  /**
   * Families that AWS Batch may choose sizes from, beside `instanceTypes`.
   *
   * @default - none beside `instanceTypes`
   */
  readonly instanceClasses?: ec2.InstanceClass[];

  /**
   * Architecture of the default families.
   *
   * @default - x86-64, or that of the types and families given
   */
  readonly architecture?: ec2.InstanceArchitecture;

  /**
   * The image of the instances: a Linux with the ECS agent. Where its root volume is not `/dev/xvda`, say so in
   * `rootVolume`.
   *
   * @default - the newest of AWS Batch at the time that the environment is made
   */
  readonly machineImage?: ec2.IMachineImage;

  /**
   * What AWS Batch takes the image to be, or which image it chooses.
   *
   * @default - Amazon Linux 2023, or 2 for the families a1, g3 and p3; with drivers where a type has GPUs
   */
  readonly imageType?: batch.EcsMachineImageType;

  /**
   * Whether each update that replaces instances takes the newest image of AWS Batch. Not with `machineImage`.
   *
   * @default false
   */
  readonly updateToLatestImageVersion?: boolean;

  /**
   * The role of the instances. Jobs can use it too, through the host's network.
   *
   * @default - a new one with what the ECS agent calls
   */
  readonly instanceRole?: iam.IRole;

  /**
   * The placement group that instances are launched in.
   *
   * @default - none
   */
  readonly placementGroup?: ec2.IPlacementGroup;

  /**
   * How long an instance is kept after its last job has ended, to save the next one the launch; from 20 minutes to a week
   * in whole minutes.
   *
   * @default - as AWS Batch sees fit
   */
  readonly scaleDownDelay?: Duration;

  /**
   * How long jobs may go on when an update replaces the instances they run on; from a minute to five days in whole
   * minutes. Then they are terminated.
   *
   * @default Duration.minutes(30)
   */
  readonly updateTimeout?: Duration;

  /**
   * Whether an update that replaces instances terminates the jobs on them at once. They may be retried.
   *
   * @default false
   */
  readonly terminateJobsOnUpdate?: boolean;

  /**
   * What CloudWatch collects of the environment's ECS cluster.
   *
   * @default - as the account's setting for new clusters
   */
  readonly containerInsights?: ecs.ContainerInsights;

  /**
   * Name of the compute environment: up to 128 letters, digits, hyphens and underscores.
   *
   * @default - generated by CloudFormation
   */
  readonly computeEnvironmentName?: string;
}

/** A managed environment on EC2 by itself. */
export interface ManagedCapacityProps extends ManagedCapacityOptions {
  /** Where instances are launched. */
  readonly vpc: ec2.IVpc;

  /**
   * The subnets among them; they need a way to ECS, ECR and CloudWatch Logs.
   *
   * @default - private subnets with a way out, else any
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
}

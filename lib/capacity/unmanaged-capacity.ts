import { Stack, Token } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { ICapacity } from './capacity';
import { CapacityKind, registerCapacity } from './capacity';
import { setContainerInsights } from './container-insights';
import { ImportedCapacity } from './imported-capacity';
import { poolsOfFamilies } from './instance-family';
import type { InstancePool, InstancePoolProps } from './instance-pool';
import { createInstancePool } from './instance-pool';
import { instanceRole } from './instance-role';
import type { InstanceShape } from './instance-shape';
import { shapeOf } from './instance-shape';
import { addToUserData } from './instance-user-data';
import { adoptGroup, hasOwnGroup } from './own-group';
import type { ResolvedPool } from './pool';
import { resolvePools } from './pool';
import { securityGroupsOf } from './security-groups';
import { allowSessionManager } from './session-manager';
import type { UnmanagedCapacityProps } from './unmanaged-options';
import { DeletionBehavior } from './unmanaged-options';
import { QueueDepthAutoscaler } from '../autoscaling/queue-depth-autoscaler';
import { EnvironmentLifecycle } from '../lifecycle/environment-lifecycle';
import type { BoundMounts } from '../storage/instance-mount';
import { bindMounts, NO_MOUNTS } from '../storage/instance-mount';
import { checkBatchName } from '../validation/batch-name';
import { ValidationError } from '../validation/validation-error';

/**
 * A compute environment whose instances this library launches and terminates, by what waits in its queues, from zero.
 *
 * AWS Batch places jobs on the instances of an unmanaged environment, but it launches none.
 */
export class UnmanagedCapacity extends Construct implements ICapacity, ec2.IConnectable {
  /**
   * An unmanaged environment that is there already. Nothing is launched for it: give it a `QueueDepthAutoscaler`. Of its
   * size nothing is known, so that jobs are not checked against it.
   *
   * @param scope of the construct
   * @param id of the construct
   * @param computeEnvironmentArn of the environment
   */
  static fromComputeEnvironmentArn(scope: Construct, id: string, computeEnvironmentArn: string): ICapacity {
    return new ImportedCapacity(scope, id, computeEnvironmentArn, CapacityKind.UNMANAGED_EC2);
  }

  readonly computeEnvironment: batch.IComputeEnvironment;
  readonly kind = CapacityKind.UNMANAGED_EC2;
  readonly shapes: InstanceShape[];
  readonly architecture?: ec2.InstanceArchitecture;
  readonly pools: InstancePool[];
  readonly autoscaler: QueueDepthAutoscaler;
  /** Finds the ECS cluster, and empties the groups before they are deleted. */
  readonly lifecycleFunction: lambda.IFunction;
  /**
   * Of all instances launched here; nothing where every group was there already. Jobs can use it too, through the host's
   * network: grant to job roles instead.
   */
  readonly instanceRole?: iam.IRole;
  /** The most vCPUs that there will be, which AWS Batch divides among shares; nothing where that is not known. */
  readonly unmanagedvCpus?: number;
  readonly connections: ec2.Connections;
  private readonly poolLifecycles: Construct[];

  constructor(scope: Construct, id: string, props: UnmanagedCapacityProps) {
    super(scope, id);
    checkBatchName(this, 'computeEnvironmentName', props.computeEnvironmentName);
    const poolProps = [...(props.pools ?? []), ...poolsOfFamilies(this, props.families ?? [], props.maxvCpus)];
    const resolved = resolvePools(this, poolProps);
    checkArchitecture(this, resolved);
    this.shapes = resolved.map(({ shape }) => shapeOf(shape));
    this.architecture = resolved[0].architecture as ec2.InstanceArchitecture;
    this.unmanagedvCpus = mostVcpus(poolProps, resolved, props.maxvCpus);
    this.computeEnvironment = this.createEnvironment(props);
    const lifecycle = new EnvironmentLifecycle(this, 'Lifecycle', { computeEnvironment: this.computeEnvironment });
    this.lifecycleFunction = lifecycle.function;
    const { cluster } = lifecycle;
    const launched = poolProps.filter((pool) => !hasOwnGroup(pool));
    if (launched.length > 0) {
      const spot = launched.some((pool) => pool.spot ?? false);
      this.instanceRole = instanceRole(this, 'InstanceRole', cluster, spot);
      if (props.sessionManager) allowSessionManager(this, this.instanceRole);
    }
    const securityGroups = launched.length > 0 ? securityGroupsOf(this, props) : [];
    const mounts = this.bindMounts(props, poolProps, securityGroups);
    const parent = new Construct(this, 'Pools');
    const scopes = resolved.map(({ name }) => new Construct(parent, name));
    this.pools = poolProps.map((pool, index) => {
      if (hasOwnGroup(pool)) {
        adoptGroup(this, `pools[${index}]`, pool, cluster, resolved[index].shape.gpus > 0);
        return { name: resolved[index].name, autoScalingGroup: pool.autoScalingGroup };
      }
      return createInstancePool(scopes[index], pool, resolved[index], {
        vpc: props.vpc,
        vpcSubnets: props.vpcSubnets,
        rootVolume: props.rootVolume,
        userData: props.userData,
        mounts,
        securityGroups,
        role: this.instanceRole,
        cluster,
        maxvCpus: props.maxvCpus,
      });
    });
    const ownGroups = poolProps.flatMap(({ autoScalingGroup }) =>
      autoScalingGroup ? securityGroupsIn(autoScalingGroup) : [],
    );
    this.connections = new ec2.Connections({ securityGroups: [...securityGroups, ...ownGroups] });
    this.autoscaler = new QueueDepthAutoscaler(this, 'Autoscaler', {
      computeEnvironment: this.computeEnvironment,
      clusterArn: cluster.arn,
      pools: poolProps.map((pool, index) => ({
        ...pool,
        autoScalingGroup: this.pools[index].autoScalingGroup,
      })),
      maxvCpus: props.maxvCpus,
      scaleInAfter: props.scaleInAfter,
      provisionTimeout: props.provisionTimeout,
    });
    const deletionBehavior = props.deletionBehavior ?? DeletionBehavior.WAIT_FOR_JOBS;
    this.poolLifecycles = this.pools.map(({ autoScalingGroup }, index) =>
      lifecycle.manage(scopes[index], autoScalingGroup, deletionBehavior),
    );
    // The autoscaler starts after the groups are prepared, and has stopped before they are emptied.
    this.autoscaler.triggers.node.addDependency(...this.poolLifecycles);
    registerCapacity(this);
  }

  /** Has instances launched for the jobs of a queue that lists this environment. */
  addQueue(queue: batch.IJobQueue): void {
    this.autoscaler.addQueue(queue);
    // Deleting a queue ends its jobs: the groups are emptied before, so that those which run are waited for.
    if (Stack.of(queue) === Stack.of(this)) this.poolLifecycles.forEach(({ node }) => node.addDependency(queue));
  }

  /**
   * Has something else run by each instance of the groups made here when it boots, after what was added before. Instances
   * that are there already are replaced once they are idle.
   *
   * @param userData as of the property
   */
  addUserData(userData: ec2.UserData): void {
    for (const { launchTemplate } of this.pools) {
      if (launchTemplate) addToUserData(launchTemplate, userData);
    }
  }

  private bindMounts(
    { mounts = [] }: UnmanagedCapacityProps,
    pools: readonly InstancePoolProps[],
    securityGroups: ec2.ISecurityGroup[],
  ): BoundMounts {
    const own = pools.findIndex(hasOwnGroup);
    if (mounts.length > 0 && own !== -1) {
      throw new ValidationError(this, {
        property: 'mounts',
        value: 'given',
        allowed: `left out where pools[${own}] has an Auto Scaling group of its own`,
        advice: 'Jobs would land on its instances, whose launch template says what they mount.',
      });
    }
    const network = new ec2.Connections({ securityGroups });
    return this.instanceRole ? bindMounts(this, mounts, { role: this.instanceRole, network }) : NO_MOUNTS;
  }

  private createEnvironment({
    computeEnvironmentName,
    containerInsights,
  }: UnmanagedCapacityProps): batch.UnmanagedComputeEnvironment {
    const environment = new batch.UnmanagedComputeEnvironment(this, 'Environment', {
      computeEnvironmentName,
      unmanagedvCpus: this.unmanagedvCpus,
    });
    // The L2 makes a role with a broad AWS managed policy. Without one, Batch uses its service-linked role.
    const resource = environment.node.defaultChild as batch.CfnComputeEnvironment;
    resource.serviceRole = undefined;
    environment.node.tryRemoveChild('BatchServiceRole');
    setContainerInsights(resource, containerInsights);
    return environment;
  }
}

/** @returns nothing where it is known at deployment only */
function mostVcpus(
  pools: readonly InstancePoolProps[],
  resolved: readonly ResolvedPool[],
  maxvCpus: number | undefined,
): number | undefined {
  const ofPools = resolved.flatMap(({ shape }, index) => [shape.vcpus, pools[index].maxInstances]);
  if (Token.isUnresolved(maxvCpus) || ofPools.some((one) => Token.isUnresolved(one))) return maxvCpus;
  const all = resolved.reduce((sum, { shape }, index) => sum + shape.vcpus * pools[index].maxInstances, 0);
  return Math.min(all, maxvCpus ?? Infinity);
}

/** Of a group of this app. */
function securityGroupsIn(group: autoscaling.IAutoScalingGroup): ec2.ISecurityGroup[] {
  return group instanceof autoscaling.AutoScalingGroup ? group.connections.securityGroups : [];
}

/** A job's image has one architecture, and Batch would place it on any instance of the environment. */
function checkArchitecture(scope: Construct, pools: readonly ResolvedPool[]): void {
  const index = pools.findIndex(({ architecture }) => architecture !== pools[0].architecture);
  if (index === -1) return;
  throw new ValidationError(scope, {
    property: `pools[${index}].instanceTypes`,
    value: pools[index].architecture,
    allowed: `${pools[0].architecture} like the pools before it`,
    advice: 'Make an environment for each architecture, with a queue of its own.',
  });
}

import { CustomResource, Duration } from 'aws-cdk-lib';
import type { IAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import type { IComputeEnvironment } from 'aws-cdk-lib/aws-batch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { EcsClusterAttributes, EcsClusterProperties, OnDelete, PoolLifecycleProperties } from './config';
import { ANSWER_TIMEOUT_SECONDS, ECS_CLUSTER_RESOURCE_TYPE, POOL_LIFECYCLE_RESOURCE_TYPE } from './config';
import type { EcsCluster } from './ecs-cluster';
import { ecsCluster } from './ecs-cluster';
import { HandlerFunction } from '../handler/handler-function';
import { allowUnscoped } from '../permissions/unscoped-actions';

const FUNCTION_TIMEOUT = Duration.minutes(15);

export interface EnvironmentLifecycleProps {
  readonly computeEnvironment: IComputeEnvironment;
}

/** What CloudFormation cannot do for an unmanaged environment: one function behind two kinds of custom resource. */
export class EnvironmentLifecycle extends Construct {
  readonly function: lambda.Function;
  readonly cluster: EcsCluster;
  private readonly role: iam.Role;
  /** What it takes to empty groups, beyond the rights on each. */
  private readonly emptyingRights = new Map<OnDelete, iam.Policy>();

  constructor(scope: Construct, id: string, props: EnvironmentLifecycleProps) {
    super(scope, id);
    const handler = new HandlerFunction(this, 'Function', {
      asset: 'environment-lifecycle',
      description: 'Finds the ECS cluster of a compute environment, and empties its Auto Scaling groups before they go',
      timeout: FUNCTION_TIMEOUT,
      memorySize: 256,
    });
    handler.role.addToPolicy(
      allowUnscoped('batch:DescribeComputeEnvironments', 'autoscaling:DescribeAutoScalingGroups'),
    );
    this.function = handler.function;
    this.role = handler.role;
    this.cluster = this.findCluster(props.computeEnvironment);
  }

  /** Prepares a group for the autoscaler, and empties it before CloudFormation deletes it. */
  manage(scope: Construct, group: IAutoScalingGroup, onDelete: OnDelete): Construct {
    // A policy of its own, so that a group which is taken out of the template can still be emptied: CloudFormation
    // takes a right out of a policy that stays before it cleans up what the right was for.
    const rights = new iam.Policy(scope, 'LifecyclePolicy', {
      roles: [this.role],
      statements: [
        new iam.PolicyStatement({
          actions: [
            'autoscaling:SetInstanceProtection',
            'autoscaling:SuspendProcesses',
            'autoscaling:UpdateAutoScalingGroup',
            ...(onDelete === 'WAIT_FOR_JOBS' ? ['autoscaling:TerminateInstanceInAutoScalingGroup'] : []),
          ],
          resources: [group.autoScalingGroupArn],
        }),
      ],
    });
    const properties: PoolLifecycleProperties = {
      AutoScalingGroupName: group.autoScalingGroupName,
      ClusterArn: this.cluster.arn,
      OnDelete: onDelete,
    };
    const resource = new CustomResource(scope, 'Lifecycle', {
      resourceType: POOL_LIFECYCLE_RESOURCE_TYPE,
      serviceToken: this.function.functionArn,
      serviceTimeout: Duration.seconds(ANSWER_TIMEOUT_SECONDS),
      properties,
    });
    resource.node.addDependency(rights, this.allowEmptying(onDelete));
    return resource;
  }

  private findCluster(computeEnvironment: IComputeEnvironment): EcsCluster {
    const properties: EcsClusterProperties = { ComputeEnvironmentArn: computeEnvironment.computeEnvironmentArn };
    const resource = new CustomResource(this, 'Cluster', {
      resourceType: ECS_CLUSTER_RESOURCE_TYPE,
      serviceToken: this.function.functionArn,
      serviceTimeout: FUNCTION_TIMEOUT,
      properties,
    });
    const attribute = (name: keyof EcsClusterAttributes) => resource.getAttString(name);
    return ecsCluster(this, attribute('ClusterArn'), attribute('ClusterName'));
  }

  /** Not in the role's own policy, which the function needs before it can say which cluster it is. */
  private allowEmptying(onDelete: OnDelete): iam.Policy {
    let rights = this.emptyingRights.get(onDelete);
    if (rights) return rights;
    const waits = onDelete === 'WAIT_FOR_JOBS';
    rights = new iam.Policy(this, waits ? 'DrainingPolicy' : 'TerminationPolicy', {
      roles: [this.role],
      // It goes on waiting in an invocation of its own.
      statements: [
        new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }),
      ],
    });
    if (waits) {
      rights.addStatements(
        new iam.PolicyStatement({
          actions: ['ecs:DeregisterContainerInstance', 'ecs:ListContainerInstances'],
          resources: [this.cluster.arn],
        }),
        new iam.PolicyStatement({
          actions: ['ecs:DescribeContainerInstances', 'ecs:UpdateContainerInstancesState'],
          resources: [this.cluster.containerInstanceArns],
        }),
      );
    }
    this.emptyingRights.set(onDelete, rights);
    return rights;
  }
}

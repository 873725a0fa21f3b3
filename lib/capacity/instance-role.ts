import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { EcsCluster } from '../lifecycle/ecs-cluster';
import { allowUnscoped } from '../permissions/unscoped-actions';

/**
 * The role of instances that serve one cluster. Jobs use the host's network and so can reach it through the instance
 * metadata: it holds what the ECS agent needs for this cluster, what a job definition without an execution role needs
 * to pull an image from this account and to write Batch's default log, and no more.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
 */
export function instanceRole(scope: Construct, id: string, cluster: EcsCluster): iam.Role {
  const stack = Stack.of(scope);
  const role = new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  role.addToPolicy(allowUnscoped('ecs:DiscoverPollEndpoint', 'ecr:GetAuthorizationToken'));
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: [
        'ecs:RegisterContainerInstance',
        'ecs:DeregisterContainerInstance',
        'ecs:SubmitAttachmentStateChanges',
        'ecs:SubmitContainerStateChange',
        'ecs:SubmitTaskStateChange',
      ],
      resources: [cluster.arn],
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      // The agent drains itself when EC2 announces that it takes the Spot instance back.
      actions: ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'],
      resources: [cluster.containerInstanceArns],
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [stack.formatArn({ service: 'ecr', resource: 'repository', resourceName: '*' })],
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [
        stack.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: '/aws/batch/job:*',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    }),
  );
  return role;
}

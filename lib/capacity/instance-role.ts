import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { EcsCluster } from '../lifecycle/ecs-cluster';
import { allowUnscoped } from '../permissions/unscoped-actions';

type Served = Pick<EcsCluster, 'arn' | 'containerInstanceArns'>;

/**
 * What instances that serve one cluster may do. Jobs use the host's network and so can reach it through the instance
 * metadata: it holds what the ECS agent calls for this cluster, what a job definition without an execution role needs
 * to pull an image from this account and to write Batch's default log, and no more. AWS's own policy for instances
 * keeps actions for which agents have no use here: it registers with a cluster that is there, it deregisters nothing,
 * tasks on the host's network have no attachments, and layers are looked up to push an image, not to pull it.
 *
 * @param spot whether the agents drain their instances when EC2 takes them back
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-awsmanpol.html
 */
export function allowAgent(scope: Construct, role: iam.IRole, cluster: Served, spot: boolean): void {
  const stack = Stack.of(scope);
  role.addToPrincipalPolicy(allowUnscoped('ecs:DiscoverPollEndpoint', 'ecr:GetAuthorizationToken'));
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['ecs:RegisterContainerInstance', 'ecs:SubmitTaskStateChange'],
      resources: [cluster.arn],
    }),
  );
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['ecs:Poll', 'ecs:StartTelemetrySession', ...(spot ? ['ecs:UpdateContainerInstancesState'] : [])],
      resources: [cluster.containerInstanceArns],
    }),
  );
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [stack.formatArn({ service: 'ecr', resource: 'repository', resourceName: '*' })],
    }),
  );
  role.addToPrincipalPolicy(
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
}

/** A role for instances that serve one cluster. */
export function instanceRole(scope: Construct, id: string, cluster: Served, spot: boolean): iam.Role {
  const role = new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  allowAgent(scope, role, cluster, spot);
  return role;
}

/**
 * The same for instances that AWS Batch launches itself: it names their cluster, and it configures their agents, which may
 * tag what they register.
 */
export function managedInstanceRole(scope: Construct, id: string, spot: boolean): iam.Role {
  const inEcs = (resource: string): string =>
    Stack.of(scope).formatArn({ service: 'ecs', resource, resourceName: '*' });
  const cluster = { arn: inEcs('cluster'), containerInstanceArns: inEcs('container-instance') };
  const role = instanceRole(scope, id, cluster, spot);
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['ecs:TagResource'],
      resources: [cluster.containerInstanceArns],
      conditions: { StringEquals: { 'ecs:CreateAction': 'RegisterContainerInstance' } },
    }),
  );
  return role;
}

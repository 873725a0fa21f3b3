import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * What the SSM agent of an instance calls to have sessions opened on it. AWS's own policy also lets it read every
 * parameter, which jobs could do by the same role.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
 */
export function allowSessionManager(scope: Construct, role: iam.IRole): void {
  const instances = Stack.of(scope).formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' });
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions: ['ssm:UpdateInstanceInformation'], resources: [instances] }),
  );
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: [
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
      // AWS knows no resource for a channel.
      resources: ['*'],
    }),
  );
}

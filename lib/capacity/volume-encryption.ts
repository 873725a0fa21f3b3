import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * Lets whoever launches instances here use a key for their volumes, by way of EC2 only: what the policy of the account's
 * own key for volumes says, too. Auto Scaling and Spot Fleet launch by service-linked roles that cannot be granted to
 * before the first use of the service has made them. Without it each instance would be terminated while it starts.
 *
 * @param property that the key was given as
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
export function allowEbs(scope: Construct, property: string, key: kms.IKey): void {
  const { account, region } = Stack.of(scope);
  const statement = new iam.PolicyStatement({
    principals: [new iam.AnyPrincipal()],
    actions: [
      'kms:CreateGrant',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey*',
      'kms:ReEncrypt*',
    ],
    resources: ['*'],
    conditions: { StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': `ec2.${region}.amazonaws.com` } },
  });
  if (key.addToResourcePolicy(statement, true).statementAdded) return;
  Annotations.of(scope).addWarningV2(
    'cdk-batch-foreman:encryptionKeyPolicy',
    `${property} is an imported key, whose policy has to let EC2 Auto Scaling use it; without that, instances are ` +
      'terminated while they start.',
  );
}

import { Annotations, ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * Lets whoever launches instances here use a key for their volumes, by way of EC2 only: what the policy of the account's
 * own key for volumes says, too. Auto Scaling and Spot Fleet launch by service-linked roles that cannot be granted to
 * before the first use of the service has made them. Without it each instance would be terminated while it starts.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
export function allowVolumes(scope: Construct, key: kms.IKey): void {
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
  add(key, statement, 'EC2 Auto Scaling use it; without that, instances are terminated while they start');
}

/**
 * Lets CloudWatch Logs use a key for log groups. The name of a group is not known to the key before the group is made,
 * and the group needs the key.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function allowLogs(scope: Construct, key: kms.IKey): void {
  const stack = Stack.of(scope);
  const groups = stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const statement = new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
    actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
  });
  add(key, statement, 'CloudWatch Logs use it; without that, log groups cannot be made');
}

/**
 * Lets rules of EventBridge send to queues that are encrypted with a key. Which rule may send to which queue is said by the
 * queue's policy; the key's cannot name a rule, which names the queue, which names the key.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export function allowRules(scope: Construct, key: kms.IKey): void {
  const rules = Stack.of(scope).formatArn({ service: 'events', resource: 'rule', resourceName: '*' });
  add(key, asSource('events.amazonaws.com', rules), 'EventBridge use it; without that, events do not reach the queues');
}

/**
 * Lets alarms tell topics that are encrypted with a key.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function allowAlarms(scope: Construct, key: kms.IKey): void {
  const statement = asSource('cloudwatch.amazonaws.com', alarmsOf(scope));
  add(key, statement, 'CloudWatch use it; without that, alarms reach nobody');
}

/** The alarms of an account and Region. */
export function alarmsOf(scope: Construct): string {
  return Stack.of(scope).formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** What a service does with the key of what it sends to. */
function asSource(service: string, sourceArn: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal(service)],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    resources: ['*'],
    conditions: { ArnLike: { 'aws:SourceArn': sourceArn } },
  });
}

/** @param purpose ends the sentence `The key's policy has to let …` */
function add(key: kms.IKey, statement: iam.PolicyStatement, purpose: string): void {
  if (key.addToResourcePolicy(statement, true).statementAdded) return;
  Annotations.of(key).addWarningV2(
    'cdk-batch-foreman:encryptionKeyPolicy',
    `It is an imported key, whose policy has to let ${purpose}. What the policy needs is in docs/encryption.md.`,
  );
}

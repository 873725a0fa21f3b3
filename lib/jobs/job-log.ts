import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

export interface JobLogOptions {
  /**
   * Where the containers' output goes, to one stream for each attempt.
   *
   * @default - a new one, which stays when the stack is deleted
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * How long the new log group keeps what is written.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Encrypts the new log group. CloudWatch Logs is let use it for log groups of this account and Region; an imported key
   * must allow that already.
   *
   * @default - a key of AWS
   */
  readonly logEncryptionKey?: kms.IKey;
}

/** @throws ValidationError for properties of a new log group beside one that is there */
export function jobLogGroup(scope: Construct, options: JobLogOptions): logs.ILogGroup {
  const { logGroup, logRetention, logEncryptionKey } = options;
  if (!logGroup) return newLogGroup(scope, logRetention, logEncryptionKey);
  for (const [property, value] of Object.entries({ logRetention, logEncryptionKey })) {
    if (value === undefined) continue;
    const advice = 'Set it on the log group itself.';
    throw new ValidationError(scope, { property, value: 'given', allowed: 'left out where logGroup is given', advice });
  }
  return logGroup;
}

function newLogGroup(scope: Construct, retention?: logs.RetentionDays, encryptionKey?: kms.IKey): logs.LogGroup {
  const group = new logs.LogGroup(scope, 'Logs', {
    retention: retention ?? logs.RetentionDays.ONE_MONTH,
    encryptionKey,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  if (!encryptionKey) return group;
  const stack = Stack.of(scope);
  // The group's own name is not known to the key before the group is made, and the group needs the key.
  const groups = stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  encryptionKey.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
    }),
  );
  return group;
}

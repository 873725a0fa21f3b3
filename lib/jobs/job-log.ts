import { RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { encryptionKeyOf } from '../encryption/encryption';
import { allowLogs } from '../encryption/key-policy';
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
   * @default - the key of `Encryption`, else one of AWS
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

function newLogGroup(scope: Construct, retention?: logs.RetentionDays, ownKey?: kms.IKey): logs.LogGroup {
  const encryptionKey = ownKey ?? encryptionKeyOf(scope);
  if (encryptionKey) allowLogs(scope, encryptionKey);
  return new logs.LogGroup(scope, 'Logs', {
    retention: retention ?? logs.RetentionDays.ONE_MONTH,
    encryptionKey,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

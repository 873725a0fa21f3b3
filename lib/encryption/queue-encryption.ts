import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { encryptionKeyOf } from './encryption';

/** How a queue is encrypted where it is made. */
export function queueEncryption(scope: Construct): Pick<sqs.QueueProps, 'encryption' | 'encryptionMasterKey'> {
  const encryptionMasterKey = encryptionKeyOf(scope);
  if (!encryptionMasterKey) return { encryption: sqs.QueueEncryption.SQS_MANAGED };
  return { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey };
}

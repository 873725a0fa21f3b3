import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';

/**
 * What DynamoDB does with a table's key in the name of whoever reads and writes: what it documents as the least, but for
 * what only the making of a table takes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const TABLE_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Lets a role use the key of a table, by way of DynamoDB only. */
export function allowTableKey(role: iam.Role, key: kms.IKey | undefined): void {
  if (key) allowByWayOf('dynamodb', role, key, TABLE_ACTIONS);
}

/** Lets a role send to queues, whatever they are encrypted with. */
export function allowSending(role: iam.Role, ...queues: sqs.IQueue[]): void {
  const resources = queues.map(({ queueArn }) => queueArn);
  role.addToPolicy(new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources }));
  for (const key of new Set(queues.flatMap(({ encryptionMasterKey }) => encryptionMasterKey ?? []))) {
    allowByWayOf('sqs', role, key, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }
}

/** Lets a role read the messages of a queue; which calls that takes is allowed elsewhere. */
export function allowQueueKey(role: iam.IRole, { encryptionMasterKey }: sqs.IQueue): void {
  if (encryptionMasterKey) allowByWayOf('sqs', role, encryptionMasterKey, ['kms:Decrypt']);
}

/**
 * Lets a role read the payloads of schedules. EventBridge Scheduler does so itself, as the role that a schedule names, and
 * not by way of a call of that role's.
 *
 * @param scheduleArns which schedules; may have wildcards
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
 */
export function allowPayloads(role: iam.Role, key: kms.IKey | undefined, scheduleArns: string): void {
  if (!key) return;
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:scheduler:schedule:arn': scheduleArns } },
    }),
  );
}

function allowByWayOf(service: string, role: iam.IRole, key: kms.IKey, actions: string[]): void {
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions,
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${Stack.of(role).region}.amazonaws.com` } },
    }),
  );
}

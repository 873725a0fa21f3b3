import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { FAN_OUT_TAG, MOUNTS_TAG_PREFIX } from './config';
import type { BoundMount, MountingInstances } from './instance-mount';
import { InstanceMount } from './instance-mount';

/** Where the snapshots come from. */
export interface SnapshotSource {
  readonly fanOutId: string;
  readonly parameterName: string;
  readonly parameterArn: string;
  /** What the snapshots are encrypted with, if it is not the account's key for volumes. */
  readonly encryptionKey?: kms.IKey;
}

/** A volume that each instance makes of the newest snapshot when it boots, in its own zone. */
export class SnapshotMount extends InstanceMount {
  constructor(
    private readonly source: SnapshotSource,
    mountPoint: string,
    private readonly deviceName: string,
  ) {
    super(mountPoint);
  }

  /** @internal */
  override _bind(scope: Construct, { role }: MountingInstances): BoundMount {
    const { fanOutId, parameterName } = this.source;
    for (const statement of instanceRights(scope, this.source)) role.addToPrincipalPolicy(statement);
    return {
      command: `mount_snapshot ${parameterName} ${fanOutId} ${this.deviceName} ${this.mountPoint}`,
      deviceName: this.deviceName,
      tags: { [`${MOUNTS_TAG_PREFIX}${fanOutId}`]: 'true' },
    };
  }
}

/**
 * What it takes to make a volume of the fan-out's snapshots and to attach it to an instance that mounts them. Jobs can
 * use the rights, too, through the instance's role: they get at no other volume, snapshot or instance.
 *
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-creating-volume.html
 */
function instanceRights(
  scope: Construct,
  { fanOutId, parameterArn, encryptionKey }: SnapshotSource,
): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const all = (resource: string, account?: string) =>
    stack.formatArn({ service: 'ec2', account, resource, resourceName: '*' });
  const ours = { StringEquals: { [`aws:ResourceTag/${FAN_OUT_TAG}`]: fanOutId } };
  const tagged = { StringEquals: { [`aws:RequestTag/${FAN_OUT_TAG}`]: fanOutId } };
  return [
    ...(encryptionKey ? [keyRights(stack, encryptionKey)] : []),
    new iam.PolicyStatement({ actions: ['ssm:GetParameter'], resources: [parameterArn] }),
    // EC2 knows snapshots by Region only, as they may be shared between accounts.
    new iam.PolicyStatement({ actions: ['ec2:CreateVolume'], resources: [all('snapshot', '')], conditions: ours }),
    new iam.PolicyStatement({ actions: ['ec2:CreateVolume'], resources: [all('volume')], conditions: tagged }),
    new iam.PolicyStatement({
      actions: ['ec2:CreateTags'],
      resources: [all('volume')],
      conditions: { StringEquals: { ...tagged.StringEquals, 'ec2:CreateAction': 'CreateVolume' } },
    }),
    new iam.PolicyStatement({ actions: ['ec2:AttachVolume'], resources: [all('volume')], conditions: ours }),
    new iam.PolicyStatement({
      actions: ['ec2:AttachVolume'],
      resources: [all('instance')],
      conditions: { StringEquals: { [`aws:ResourceTag/${MOUNTS_TAG_PREFIX}${fanOutId}`]: 'true' } },
    }),
  ];
}

/**
 * What EC2 does with a key in the name of whoever makes a volume of an encrypted snapshot.
 *
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
 */
function keyRights({ region }: Stack, key: kms.IKey): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: [
      'kms:CreateGrant',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` } },
  });
}

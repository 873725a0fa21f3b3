import type { Size } from 'aws-cdk-lib';
import { SizeRoundingBehavior } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { BoundMount } from './instance-mount';
import { InstanceMount } from './instance-mount';
import { DATA_VOLUME_TAG } from './config';
import { encryptionKeyOf } from '../encryption/encryption';
import { allowVolumes } from '../encryption/key-policy';
import { checkWholeNumber } from '../validation/validation-error';

export interface EbsMountProps {
  /** Where instances have it; an absolute path. */
  readonly mountPoint: string;

  /** Whole GiB, from 1 to 65,536. */
  readonly size: Size;

  /**
   * Operations per second, from 3,000 to 80,000.
   *
   * @default 3000
   */
  readonly iops?: number;

  /**
   * MiB per second, from 125 to 2,000.
   *
   * @default 125
   */
  readonly throughput?: number;

  /**
   * The name under which the volume is attached: `/dev/sdb` to `/dev/sdz`, or `/dev/xvdb` to `/dev/xvdz`; no two of a
   * capacity have the same.
   *
   * @default '/dev/xvdb'
   */
  readonly deviceName?: string;

  /**
   * Encrypts the volume, the snapshots that a `SnapshotFanOut` takes of it, and the volumes made of those. Its policy is
   * given what EC2 needs; that of an imported key has to have it.
   *
   * @default - the key of `Encryption`, else the account's key for volumes
   */
  readonly encryptionKey?: kms.IKey;
}

const DEFAULT_DEVICE = '/dev/xvdb';

/**
 * An empty, encrypted gp3 volume of each instance's own, which goes with the instance: scratch space, or the data volume
 * whose content a `SnapshotFanOut` multiplies. Its file system is XFS.
 */
export class EbsMount extends InstanceMount {
  readonly deviceName: string;
  /** The key that it was given. */
  readonly encryptionKey?: kms.IKey;
  private readonly keys = new Set<kms.IKey | undefined>();

  constructor(private readonly props: EbsMountProps) {
    super(props.mountPoint);
    this.deviceName = props.deviceName ?? DEFAULT_DEVICE;
    this.encryptionKey = props.encryptionKey;
  }

  /**
   * What the volumes of the capacities that have it are encrypted with, nothing for the account's key.
   *
   * @internal
   */
  _keys(): (kms.IKey | undefined)[] {
    return [...this.keys];
  }

  /** @internal */
  override _bind(scope: Construct): BoundMount {
    const { size, iops, throughput, mountPoint } = this.props;
    const sizeInGiB = size.toGibibytes({ rounding: SizeRoundingBehavior.NONE });
    checkWholeNumber(scope, `size of ${mountPoint} in GiB`, sizeInGiB, { min: 1, max: 65_536 });
    checkWholeNumber(scope, `iops of ${mountPoint}`, iops, { min: 3000, max: 80_000 });
    checkWholeNumber(scope, `throughput of ${mountPoint}`, throughput, { min: 125, max: 2000 });
    const { deviceName } = this;
    const encryptionKey = this.encryptionKey ?? encryptionKeyOf(scope);
    this.keys.add(encryptionKey);
    if (encryptionKey) allowVolumes(scope, encryptionKey);
    return {
      command: `mount_device ${deviceName} - ${mountPoint}`,
      deviceName,
      tags: { [DATA_VOLUME_TAG]: 'true' },
      blockDevice: {
        deviceName,
        volume: ec2.BlockDeviceVolume.ebs(sizeInGiB, {
          encrypted: true,
          kmsKey: encryptionKey,
          volumeType: ec2.EbsDeviceVolumeType.GP3,
          iops,
          throughput,
          deleteOnTermination: true,
        }),
      },
    };
  }
}

import type { Size } from 'aws-cdk-lib';
import { SizeRoundingBehavior } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { encryptionKeyOf } from '../encryption/encryption';
import { allowVolumes } from '../encryption/key-policy';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

/** The encrypted root volume of an instance, which also holds the containers' images and writable layers. */
export interface RootVolumeOptions {
  /**
   * Whole GiB, at least as large as the machine image; the ECS-optimized ones take 30.
   *
   * @default Size.gibibytes(50)
   */
  readonly size?: Size;

  /**
   * Type of the volume: general purpose SSD, or `STANDARD`.
   *
   * @default - general purpose SSD of the third generation, gp3
   */
  readonly volumeType?: ec2.EbsDeviceVolumeType;

  /**
   * Where the image has its root volume.
   *
   * @default '/dev/xvda', as Amazon Linux has
   */
  readonly deviceName?: string;

  /**
   * Encrypts the volume. Its policy is given what EC2 needs; that of an imported key has to have it.
   *
   * @default - the key of `Encryption`, else the account's key for volumes
   */
  readonly encryptionKey?: kms.IKey;
}

const DEFAULT_SIZE_GIB = 50;
/** Of which the snapshots behind the ECS-optimized images are; EC2 launches no instance with less. */
const ECS_OPTIMIZED_GIB = 30;
const MOST_GIB = 16_384;

/** Where Amazon Linux has its root volume. */
const ROOT_DEVICE = '/dev/xvda';

/** HDD does not boot, and what io1 and io2 need to be told no job asks of a root volume. */
const TYPES: readonly ec2.EbsDeviceVolumeType[] = [
  ec2.EbsDeviceVolumeType.GP2,
  ec2.EbsDeviceVolumeType.GP3,
  ec2.EbsDeviceVolumeType.STANDARD,
];

/** @param customImage whether the least that it takes is not known */
export function rootVolume(
  scope: Construct,
  {
    size,
    volumeType = ec2.EbsDeviceVolumeType.GP3,
    deviceName = ROOT_DEVICE,
    encryptionKey: ownKey,
  }: RootVolumeOptions,
  customImage: boolean,
): ec2.BlockDevice {
  const sizeInGiB = size?.toGibibytes({ rounding: SizeRoundingBehavior.NONE }) ?? DEFAULT_SIZE_GIB;
  const min = customImage ? 1 : ECS_OPTIMIZED_GIB;
  checkWholeNumber(scope, 'rootVolume.size in GiB', sizeInGiB, { min, max: MOST_GIB });
  if (!TYPES.includes(volumeType)) {
    const allowed = `one of ${TYPES.join(', ')}`;
    throw new ValidationError(scope, { property: 'rootVolume.volumeType', value: volumeType, allowed });
  }
  const encryptionKey = ownKey ?? encryptionKeyOf(scope);
  if (encryptionKey) allowVolumes(scope, encryptionKey);
  return {
    deviceName,
    volume: ec2.BlockDeviceVolume.ebs(sizeInGiB, { encrypted: true, kmsKey: encryptionKey, volumeType }),
  };
}

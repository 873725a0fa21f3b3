import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct, IDependable } from 'constructs';
import { mountScript } from './mount-script';
import { ValidationError } from '../validation/validation-error';

/**
 * A volume that is mounted on each instance of a capacity before it takes jobs. Jobs see it as
 * `JobVolume.host({ sourcePath: mountPoint, … })`, all of them alike: what it holds is not protected from other jobs.
 */
export abstract class InstanceMount {
  /** @param mountPoint where instances have it; an absolute path */
  protected constructor(readonly mountPoint: string) {}

  /**
   * Says what instances have to be launched with; called once for each capacity.
   *
   * @internal
   */
  abstract _bind(scope: Construct, instances: MountingInstances): BoundMount;
}

/** The instances of one capacity, as far as mounts have to do with them. */
export interface MountingInstances {
  readonly role: iam.IRole;
  readonly network: ec2.IConnectable;
}

/** What one mount asks of the instances. */
export interface BoundMount {
  /** Of the shell: a call of a function of `mountScript`. */
  readonly command: string;
  readonly deviceName?: string;
  /** @default - the volume comes later */
  readonly blockDevice?: ec2.BlockDevice;
  /** Tags of instances, and of the volumes that they are launched with. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What has to be there before the first instance is. */
  readonly dependency?: IDependable;
}

/** What all mounts of a capacity ask together. */
export interface BoundMounts {
  readonly blockDevices: readonly ec2.BlockDevice[];
  readonly userData?: ec2.UserData;
  readonly tags: Readonly<Record<string, string>>;
  readonly dependencies: readonly IDependable[];
}

export const NO_MOUNTS: BoundMounts = { blockDevices: [], tags: {}, dependencies: [] };

/** @throws ValidationError for mounts that cannot be together */
export function bindMounts(
  scope: Construct,
  mounts: readonly InstanceMount[],
  instances: MountingInstances,
): BoundMounts {
  if (mounts.length === 0) return NO_MOUNTS;
  checkMountPoints(scope, mounts);
  const bound = mounts.map((mount) => mount._bind(scope, instances));
  checkDevices(scope, bound);
  const userData = ec2.UserData.forLinux();
  const script = mountScript(
    mounts.map(({ mountPoint }) => mountPoint),
    bound.map(({ command }) => command),
  );
  userData.addCommands(...script);
  return {
    blockDevices: bound.flatMap(({ blockDevice }) => blockDevice ?? []),
    userData,
    tags: Object.assign({}, ...bound.map(({ tags }) => tags)) as Record<string, string>,
    dependencies: bound.flatMap(({ dependency }) => dependency ?? []),
  };
}

/** What goes into a script and into fstab as it stands. */
const MOUNT_POINT = /^(\/[\w.-]+)+$/;
const SYSTEM = /^\/(bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|usr|var)$/;
/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html */
const DEVICE_NAME = /^\/dev\/(sd|xvd)[b-z]$/;

function checkMountPoints(scope: Construct, mounts: readonly InstanceMount[]): void {
  mounts.forEach(({ mountPoint }, index) => {
    const property = `mounts[${index}].mountPoint`;
    if (Token.isUnresolved(mountPoint) || !MOUNT_POINT.test(mountPoint) || SYSTEM.test(mountPoint)) {
      const value = Token.isUnresolved(mountPoint) ? 'known at deployment only' : mountPoint;
      const allowed = 'an absolute path of letters, digits, ".", "_" and "-", and none that the system has';
      throw new ValidationError(scope, { property, value, allowed });
    }
    // What is mounted later hides what is below it.
    const hidden = mounts.slice(0, index).find((earlier) => `${earlier.mountPoint}/`.startsWith(`${mountPoint}/`));
    if (!hidden) return;
    const allowed = `a path that ${hidden.mountPoint}, mounted before it, is not below`;
    throw new ValidationError(scope, { property, value: mountPoint, allowed });
  });
}

function checkDevices(scope: Construct, bound: readonly BoundMount[]): void {
  const names = bound.map(({ deviceName }) => deviceName);
  names.forEach((value, index) => {
    if (value === undefined) return;
    const property = `mounts[${index}].deviceName`;
    if (!DEVICE_NAME.test(value)) {
      throw new ValidationError(scope, { property, value, allowed: '/dev/sdb to /dev/sdz, or /dev/xvdb to /dev/xvdz' });
    }
    if (names.indexOf(value) < index) {
      const advice = 'Name another device.';
      throw new ValidationError(scope, { property, value, allowed: 'a device that no other mount has', advice });
    }
  });
}

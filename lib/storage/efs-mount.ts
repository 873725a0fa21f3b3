import * as efs from 'aws-cdk-lib/aws-efs';
import { Construct } from 'constructs';
import { accessPointOptions, grantEfsClient } from './efs-access';
import type { BoundMount, MountingInstances } from './instance-mount';
import { InstanceMount } from './instance-mount';

export interface EfsMountProps {
  /**
   * The file system. It needs a mount target in each zone that instances are launched in; `BatchCluster.addFileSystem`
   * makes one that has them.
   */
  readonly fileSystem: efs.IFileSystem;

  /** Where instances have it; an absolute path. */
  readonly mountPoint: string;

  /**
   * The directory of the file system that is mounted: an absolute path of up to four names. It is made, for `posixUser`,
   * when it is not there.
   *
   * @default '/shared'
   */
  readonly path?: string;

  /**
   * Who all files are read and written as.
   *
   * @default - user 1000, group 1000
   */
  readonly posixUser?: efs.PosixUser;

  /**
   * Whether it may only be read.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}

/**
 * A directory of an EFS file system on each instance: one connection, and one cache, for all jobs there. An `EfsVolume`
 * keeps jobs apart, this does not.
 */
export class EfsMount extends InstanceMount {
  constructor(private readonly props: EfsMountProps) {
    super(props.mountPoint);
  }

  /** @internal */
  override _bind(scope: Construct, { role, network }: MountingInstances): BoundMount {
    const { fileSystem, mountPoint, readOnly = false } = this.props;
    const place = new Construct(scope, `Mount${mountPoint.replace(/\//g, '-')}`);
    const accessPoint = new efs.AccessPoint(place, 'AccessPoint', {
      fileSystem,
      ...accessPointOptions(scope, mountPoint, this.props),
    });
    grantEfsClient(role, fileSystem, accessPoint, readOnly);
    network.connections.allowToDefaultPort(fileSystem, 'Instances mount the file system');
    const access = readOnly ? 'ro' : 'rw';
    return {
      command: `mount_efs ${fileSystem.fileSystemId} ${accessPoint.accessPointId} ${mountPoint} ${access}`,
      dependency: fileSystem.mountTargetsAvailable,
    };
  }
}

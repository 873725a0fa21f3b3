import type * as batch from 'aws-cdk-lib/aws-batch';
import * as efs from 'aws-cdk-lib/aws-efs';
import type { IConstruct } from 'constructs';
import { Construct } from 'constructs';
import { accessPointOptions, grantEfsClient } from './efs-access';
import type { JobVolumeContext } from '../jobs/job-volume';
import { JobVolume } from '../jobs/job-volume';

export interface EfsVolumeProps {
  /** Name of the volume in the job definition: up to 255 letters, digits, hyphens and underscores. */
  readonly name: string;

  /**
   * The file system. It needs a mount target in each zone that the job may run in, and a policy that lets nobody in
   * without IAM; `BatchCluster.addFileSystem` makes one with both.
   */
  readonly fileSystem: efs.IFileSystem;

  /**
   * The directory of the file system that jobs see as its root: an absolute path of up to four names. It is made, for
   * `posixUser`, when it is not there. Jobs that pass files to each other have the same.
   *
   * @default '/shared'
   */
  readonly path?: string;

  /**
   * Who all files are read and written as, whoever the container's command runs as.
   *
   * @default - user 1000, group 1000
   */
  readonly posixUser?: efs.PosixUser;

  /**
   * Whether jobs may only read.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}

/**
 * A directory of an EFS file system, which all jobs that mount it see, wherever they run. Each job definition gets an
 * access point of its own, which its role alone may use, over TLS. The network of the job's queues is let in.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/efs-volumes.html
 */
export class EfsVolume extends JobVolume {
  constructor(private readonly props: EfsVolumeProps) {
    super(props.name);
  }

  override bind(scope: IConstruct, { jobRole, network }: JobVolumeContext): batch.CfnJobDefinition.VolumesProperty {
    const { name, fileSystem, readOnly = false } = this.props;
    const accessPoint = new efs.AccessPoint(new Construct(scope as Construct, `Volume-${name}`), 'AccessPoint', {
      fileSystem,
      ...accessPointOptions(scope, `volume ${name}`, this.props),
    });
    grantEfsClient(jobRole, fileSystem, accessPoint, readOnly);
    network?.connections.allowToDefaultPort(fileSystem, 'Jobs mount the file system');
    // A job that is submitted at once would not find what to mount.
    scope.node.addDependency(fileSystem.mountTargetsAvailable);
    return {
      name,
      efsVolumeConfiguration: {
        fileSystemId: fileSystem.fileSystemId,
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId: accessPoint.accessPointId, iam: 'ENABLED' },
      },
    };
  }
}

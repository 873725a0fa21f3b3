import { Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { JobVolumeContext } from '../jobs/job-volume';
import { JobVolume } from '../jobs/job-volume';
import { ValidationError } from '../validation/validation-error';

export interface S3FilesVolumeProps {
  /** Name of the volume in the job definition: up to 255 letters, digits, hyphens and underscores. */
  readonly name: string;

  /** ARN of the S3 Files file system, which has a mount target in each zone that the job may run in. */
  readonly fileSystemArn: string;

  /**
   * ARN of the access point that says which directory jobs see, and as whom.
   *
   * @default - none: `rootDirectory`, as the container's user
   */
  readonly accessPointArn?: string;

  /**
   * The directory of the file system that jobs see as its root; not together with `accessPointArn`.
   *
   * @default '/'
   */
  readonly rootDirectory?: string;

  /**
   * What stands before the mount targets: the network of the job's queues is let in.
   *
   * @default - let in elsewhere
   */
  readonly mountTargets?: ec2.IConnectable;

  /**
   * Whether jobs may only read.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}

/**
 * The objects of a bucket as files, by an S3 Files file system. The job's role is let in; so that large files are read
 * from S3 directly, grant it to read the bucket, too.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/s3files-volumes.html
 */
export class S3FilesVolume extends JobVolume {
  constructor(private readonly props: S3FilesVolumeProps) {
    super(props.name);
  }

  override bind(scope: IConstruct, { jobRole, network }: JobVolumeContext): batch.CfnJobDefinition.VolumesProperty {
    const { name, fileSystemArn, accessPointArn, rootDirectory, mountTargets, readOnly = false } = this.props;
    checkRootDirectory(scope, this.props);
    jobRole.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3files:ClientMount', ...(readOnly ? [] : ['s3files:ClientWrite'])],
        resources: [fileSystemArn],
        conditions: accessPointArn === undefined ? {} : { StringEquals: { 's3files:AccessPointArn': accessPointArn } },
      }),
    );
    if (mountTargets) network?.connections.allowTo(mountTargets, NFS, 'Jobs mount the file system');
    return { name, s3FilesVolumeConfiguration: { fileSystemArn, accessPointArn, rootDirectory } };
  }
}

const NFS = ec2.Port.tcp(2049);

function checkRootDirectory(scope: IConstruct, { name, accessPointArn, rootDirectory }: S3FilesVolumeProps): void {
  if (rootDirectory === undefined || Token.isUnresolved(rootDirectory)) return;
  const property = `rootDirectory of volume ${name}`;
  if (accessPointArn !== undefined && rootDirectory !== '/') {
    const allowed = 'left out with accessPointArn, which says the directory';
    throw new ValidationError(scope, { property, value: rootDirectory, allowed });
  }
  if (!rootDirectory.startsWith('/')) {
    throw new ValidationError(scope, { property, value: rootDirectory, allowed: 'an absolute path' });
  }
}

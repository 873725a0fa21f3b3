import { Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

/** The job that a volume is for. */
export interface JobVolumeContext {
  /** Of the containers that mount it. */
  readonly jobRole: iam.IRole;
  /** Whether the job runs on Fargate. */
  readonly fargate: boolean;
  /**
   * The network of what the job runs on.
   *
   * @default - not known: the job's queues are not, or lead to environments that this library did not make
   */
  readonly network?: ec2.IConnectable;
}

/** A directory of the host. */
export interface HostVolumeProps {
  /** Name of the volume in the job definition: up to 255 letters, digits, hyphens and underscores. */
  readonly name: string;
  /** The directory on the instance; an absolute path. It is made when it is not there. */
  readonly sourcePath: string;
}

/** A place for files that containers of a job mount. */
export abstract class JobVolume {
  /** A directory of the instance, which outlives the job. Not on Fargate. */
  static host(props: HostVolumeProps): JobVolume {
    return new HostVolume(props);
  }

  /**
   * An empty directory on the instance or the Fargate task that its containers share, and that goes with them.
   *
   * @param name of the volume in the job definition
   */
  static scratch(name: string): JobVolume {
    return new ScratchVolume(name);
  }

  /** @param name of the volume in the job definition: up to 255 letters, digits, hyphens and underscores */
  protected constructor(readonly name: string) {}

  /**
   * What the job definition says of it; called once for each job definition that mounts it. Grants what the job needs.
   *
   * @throws ValidationError for a job that cannot have it
   */
  abstract bind(scope: IConstruct, context: JobVolumeContext): batch.CfnJobDefinition.VolumesProperty;
}

class HostVolume extends JobVolume {
  constructor(private readonly props: HostVolumeProps) {
    super(props.name);
  }

  override bind(scope: IConstruct, { fargate }: JobVolumeContext): batch.CfnJobDefinition.VolumesProperty {
    const { name, sourcePath } = this.props;
    if (fargate) {
      throw new ValidationError(scope, {
        property: `the host volume ${name}`,
        value: 'mounted on Fargate',
        allowed: 'mounted on EC2, since a Fargate task has no host of its own',
        advice: 'Use JobVolume.scratch, or a file system.',
      });
    }
    checkAbsolute(scope, `sourcePath of volume ${name}`, sourcePath);
    return { name, host: { sourcePath } };
  }
}

class ScratchVolume extends JobVolume {
  constructor(name: string) {
    super(name);
  }

  override bind(): batch.CfnJobDefinition.VolumesProperty {
    return { name: this.name };
  }
}

/** A volume, as one container sees it. */
export interface JobMount {
  /** The same object in each container that is to see the same files. */
  readonly volume: JobVolume;

  /** Where the container sees it; an absolute path. */
  readonly containerPath: string;

  /**
   * Whether the container may only read.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}

/** The volumes that containers mount, each once. */
export function volumesOf(scope: IConstruct, mounts: readonly JobMount[]): JobVolume[] {
  const byName = new Map<string, JobVolume>();
  for (const { volume } of mounts) {
    const { name } = volume;
    if ((byName.get(name) ?? volume) !== volume) {
      const value = `two volumes named ${name}`;
      throw new ValidationError(scope, { property: 'mounts', value, allowed: 'volumes of different names' });
    }
    if (!Token.isUnresolved(name) && !/^[\w-]{1,255}$/.test(name)) {
      const allowed = 'named with 1 to 255 letters, digits, hyphens and underscores';
      throw new ValidationError(scope, {
        property: 'mounts',
        value: `a volume named ${JSON.stringify(name)}`,
        allowed,
      });
    }
    byName.set(name, volume);
  }
  return [...byName.values()];
}

/** What one container mounts, and where. */
export function mountPoints(
  scope: IConstruct,
  property: string,
  mounts: readonly JobMount[],
): batch.CfnJobDefinition.MountPointsProperty[] {
  return mounts.map(({ volume, containerPath, readOnly }, index) => {
    checkAbsolute(scope, `${property}[${index}].containerPath`, containerPath);
    if (mounts.findIndex((other) => other.containerPath === containerPath) < index) {
      const allowed = 'a path that nothing else is mounted at';
      throw new ValidationError(scope, {
        property: `${property}[${index}].containerPath`,
        value: containerPath,
        allowed,
      });
    }
    return { sourceVolume: volume.name, containerPath, readOnly: readOnly ?? false };
  });
}

function checkAbsolute(scope: IConstruct, property: string, path: string): void {
  if (Token.isUnresolved(path) || path.startsWith('/')) return;
  throw new ValidationError(scope, { property, value: path, allowed: 'an absolute path' });
}

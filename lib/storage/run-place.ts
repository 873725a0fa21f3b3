import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { S3Prefix } from './s3-prefix';
import { ContainerJobDefinition } from '../jobs/container-job-definition';
import type { JobVolume } from '../jobs/job-volume';
import { ValidationError } from '../validation/validation-error';

/**
 * A place that the jobs of one run have to themselves, to hand files on. A scheduled job or a workflow gives it to each
 * job of the run in the environment variable `FOREMAN_RUN_PLACE`, which ends with a slash.
 */
export abstract class RunPlace {
  /**
   * `s3://bucket/prefix/<run>/`. The roles of the jobs are let read and write what is below the prefix.
   *
   * @param bucket that holds the objects; its lifecycle rules say how long
   * @param prefix `runs` when it is not given
   */
  static s3(bucket: s3.IBucket, prefix: string = 'runs'): RunPlace {
    return new RunPrefix(new S3Prefix(bucket, prefix));
  }

  /**
   * `<where the job mounts the volume>/<path>/<run>/`. The first job of a run makes it: `mkdir -p "$FOREMAN_RUN_PLACE"`.
   *
   * @param volume that each of the jobs mounts
   * @param path below its root; `runs` when it is not given
   */
  static directory(volume: JobVolume, path: string = 'runs'): RunPlace {
    return new RunDirectory(volume, path);
  }

  /**
   * Lets a job use the place.
   *
   * @param scope who hands the place to the job
   * @returns what a run's id is put behind, by `runPlace` of config.ts
   * @throws ValidationError for a job that does not mount the volume
   * @internal
   */
  abstract _bind(scope: IConstruct, job: batch.IJobDefinition): string;
}

class RunPrefix extends RunPlace {
  constructor(private readonly prefix: S3Prefix) {
    super();
  }

  override _bind(scope: IConstruct, job: batch.IJobDefinition): string {
    this.prefix._check(scope, 'prefix');
    // Of an imported definition the role is not known: it has its rights from elsewhere.
    if (job instanceof ContainerJobDefinition) this.prefix.grantReadWrite(job);
    return this.prefix.url;
  }
}

class RunDirectory extends RunPlace {
  constructor(
    private readonly volume: JobVolume,
    private readonly path: string,
  ) {
    super();
  }

  override _bind(scope: IConstruct, job: batch.IJobDefinition): string {
    const mount = job instanceof ContainerJobDefinition ? job._mountOf(this.volume) : undefined;
    if (mount !== undefined && !mount.readOnly) {
      const path = [mount.containerPath, this.path].map((part) => part.replace(/^\/+|\/+$/g, '')).filter(Boolean);
      return `/${path.join('/')}/`;
    }
    throw new ValidationError(scope, {
      property: `job ${job.node.path}`,
      value: mount ? `let only read volume ${this.volume.name}` : `without volume ${this.volume.name}`,
      allowed: 'a ContainerJobDefinition whose main container mounts the volume of its run to write',
    });
  }
}

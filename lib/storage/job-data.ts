import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { S3Prefix } from './s3-prefix';

/**
 * What a job reads or writes: its role gets the rights, and its container is told where it is, in an environment variable
 * that holds `s3://bucket/prefix/`.
 */
export abstract class JobData {
  /** Objects to read and list. */
  static readFrom(bucket: s3.IBucket, prefix?: string): JobData {
    return new S3Data(bucket, prefix, (data, role) => data.grantRead(role));
  }

  /** Where objects are written to, and neither read nor deleted. */
  static writeTo(bucket: s3.IBucket, prefix?: string): JobData {
    return new S3Data(bucket, prefix, (data, role) => data.grantWrite(role));
  }

  /** Objects to read, list, write and delete. */
  static readWrite(bucket: s3.IBucket, prefix?: string): JobData {
    return new S3Data(bucket, prefix, (data, role) => data.grantReadWrite(role));
  }

  /**
   * Grants a job's role what it needs.
   *
   * @returns the value of the environment variable
   * @internal
   */
  abstract _bind(scope: IConstruct, property: string, jobRole: iam.IRole): string;
}

class S3Data extends JobData {
  constructor(
    private readonly bucket: s3.IBucket,
    private readonly prefix: string | undefined,
    private readonly grant: (data: S3Prefix, role: iam.IRole) => void,
  ) {
    super();
  }

  override _bind(scope: IConstruct, property: string, jobRole: iam.IRole): string {
    const data = new S3Prefix(this.bucket, this.prefix);
    data._check(scope, property);
    this.grant(data, jobRole);
    return data.url;
  }
}

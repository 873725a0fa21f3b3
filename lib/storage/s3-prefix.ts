import { Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

/**
 * The objects of a bucket whose keys begin alike, and the rights to those alone. aws-cdk-lib's own grants with a pattern
 * let the whole bucket be listed.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/walkthrough1.html
 */
export class S3Prefix {
  /**
   * `s3://bucket/prefix/`; it always ends with a slash.
   */
  readonly url: string;
  private readonly keys: string;

  /**
   * @param bucket that holds the objects
   * @param prefix without a slash at its beginning; one at its end may be left out. The whole bucket when empty
   */
  constructor(
    private readonly bucket: s3.IBucket,
    prefix: string = '',
  ) {
    this.keys = prefix === '' || (prefix.endsWith('/') && !Token.isUnresolved(prefix)) ? prefix : `${prefix}/`;
    this.url = `s3://${bucket.bucketName}/${this.keys}`;
  }

  /** Lets somebody read the objects and list them. */
  grantRead(grantee: iam.IGrantable): void {
    this.allow(grantee, 's3:GetObject');
    this.allowList(grantee);
    this.bucket.encryptionKey?.grantDecrypt(grantee);
  }

  /** Lets somebody write objects, but neither read nor delete them. */
  grantWrite(grantee: iam.IGrantable): void {
    this.allow(grantee, 's3:PutObject', 's3:AbortMultipartUpload');
    this.bucket.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /** Lets somebody read, list, write and delete the objects. */
  grantReadWrite(grantee: iam.IGrantable): void {
    this.allow(grantee, 's3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload');
    this.allowList(grantee);
    this.bucket.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /**
   * @throws ValidationError for a prefix that no object has
   * @internal
   */
  _check(scope: IConstruct, property: string): void {
    if (Token.isUnresolved(this.keys) || (!this.keys.startsWith('/') && !/[*?$]/.test(this.keys))) return;
    const allowed = 'a prefix without a slash at its beginning, and without the wildcards of policies (*, ?, $)';
    throw new ValidationError(scope, { property, value: this.keys, allowed });
  }

  private allow(grantee: iam.IGrantable, ...actions: string[]): void {
    const resources = [this.bucket.arnForObjects(`${this.keys}*`)];
    grantee.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources }));
  }

  private allowList(grantee: iam.IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [this.bucket.bucketArn],
        conditions: this.keys === '' ? {} : { StringLike: { 's3:prefix': [`${this.keys}*`] } },
      }),
    );
  }
}

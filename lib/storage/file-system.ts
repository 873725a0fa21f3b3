import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { encryptionKeyOf } from '../encryption/encryption';

export interface FileSystemOptions {
  /**
   * Encrypts what is stored.
   *
   * @default - the key of `Encryption`, else the account's key for EFS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * When files that nobody reads move to a cheaper class.
   *
   * @default - never
   */
  readonly lifecyclePolicy?: efs.LifecyclePolicy;

  /**
   * What becomes of the files when the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

export interface FileSystemNetwork {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
}

/** A file system with a mount target in each zone, which lets nobody in but by IAM and TLS. */
export function createFileSystem(
  scope: Construct,
  id: string,
  { vpc, vpcSubnets }: FileSystemNetwork,
  options: FileSystemOptions,
): efs.FileSystem {
  return new efs.FileSystem(scope, id, {
    vpc,
    // A file system takes one mount target in a zone.
    vpcSubnets: { ...vpcSubnets, onePerAz: true },
    encrypted: true,
    kmsKey: options.encryptionKey ?? encryptionKeyOf(scope),
    lifecyclePolicy: options.lifecyclePolicy,
    removalPolicy: options.removalPolicy,
    // With a policy of its own nobody is let in who is not by another one. What the L2 adds to refuse anonymous clients
    // would also let everyone write who may read.
    allowAnonymousAccess: true,
    fileSystemPolicy: new iam.PolicyDocument({
      statements: [
        new iam.PolicyStatement({
          effect: iam.Effect.DENY,
          principals: [new iam.AnyPrincipal()],
          actions: ['*'],
          conditions: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ],
    }),
  });
}

import { Token } from 'aws-cdk-lib';
import type * as efs from 'aws-cdk-lib/aws-efs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

const DEFAULT_PATH = '/shared';
const DEFAULT_USER: efs.PosixUser = { uid: '1000', gid: '1000' };
/** @see https://docs.aws.amazon.com/efs/latest/ug/API_RootDirectory.html */
const PATH = /^(\/|(\/(?!\.)[^$#<>;`|&?{}^*/\n]+){1,4})$/;
const LONGEST_PATH = 100;

/** The directory and the identity that an access point stands for. */
export function accessPointOptions(
  scope: IConstruct,
  what: string,
  { path = DEFAULT_PATH, posixUser = DEFAULT_USER }: { readonly path?: string; readonly posixUser?: efs.PosixUser },
): efs.AccessPointOptions {
  if (!Token.isUnresolved(path) && (!PATH.test(path) || path.length > LONGEST_PATH)) {
    const allowed = `an absolute path of at most four names and ${LONGEST_PATH} characters`;
    throw new ValidationError(scope, { property: `path of ${what}`, value: path, allowed });
  }
  return { path, posixUser, createAcl: { ownerUid: posixUser.uid, ownerGid: posixUser.gid, permissions: '755' } };
}

/** Lets a role mount the file system through one access point, over TLS. */
export function grantEfsClient(
  role: iam.IRole,
  fileSystem: efs.IFileSystem,
  accessPoint: efs.IAccessPoint,
  readOnly: boolean,
): void {
  const write = readOnly ? [] : ['elasticfilesystem:ClientWrite'];
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['elasticfilesystem:ClientMount', ...write],
      resources: [fileSystem.fileSystemArn],
      conditions: { StringEquals: { 'elasticfilesystem:AccessPointArn': accessPoint.accessPointArn } },
    }),
  );
}

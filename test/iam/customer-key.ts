import type { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { Encryption } from '../../lib';

/** Encrypts all of a stack or an app with a customer's key, which takes rights beyond those that it takes without. */
export function encrypt(scope: IConstruct, stack: Stack): void {
  Encryption.of(scope).useKey(new kms.Key(stack, 'CustomerKey'));
}

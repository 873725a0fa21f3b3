import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

interface Network {
  readonly vpc: ec2.IVpc;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/**
 * Those that were given, or a new one.
 *
 * @see https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html
 */
export function securityGroupsOf(scope: Construct, { vpc, securityGroups }: Network): ec2.ISecurityGroup[] {
  if (securityGroups === undefined) {
    const description = 'What runs in an AWS Batch environment';
    return [new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description })];
  }
  if (securityGroups.length >= 1 && securityGroups.length <= 5) return securityGroups;
  const value = `a list of ${securityGroups.length}`;
  throw new ValidationError(scope, { property: 'securityGroups', value, allowed: 'a list of 1 to 5, or left out' });
}

import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { CapacityKind, ICapacity } from './capacity';
import { registerCapacity } from './capacity';
import type { InstanceShape } from './instance-shape';

/** A compute environment that is there already, of which only the kind is known. */
export class ImportedCapacity extends Construct implements ICapacity {
  readonly computeEnvironment: batch.IComputeEnvironment;
  readonly shapes: InstanceShape[] = [];
  readonly architecture?: ec2.InstanceArchitecture;
  /** Without security groups: rules cannot be added to those of the environment. */
  readonly connections = new ec2.Connections();

  constructor(
    scope: Construct,
    id: string,
    computeEnvironmentArn: string,
    readonly kind: CapacityKind,
  ) {
    super(scope, id);
    this.computeEnvironment = batch.UnmanagedComputeEnvironment.fromUnmanagedComputeEnvironmentArn(
      this,
      'Environment',
      computeEnvironmentArn,
    );
    registerCapacity(this);
  }
}

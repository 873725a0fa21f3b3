import type { aws_batch as batch, aws_ec2 as ec2 } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { InstanceShape } from './instance-shape';

/** Who launches what jobs run on. */
export enum CapacityKind {
  /** Instances of Auto Scaling groups, which this library scales. */
  UNMANAGED_EC2 = 'UNMANAGED_EC2',
  /** Instances that AWS Batch launches and terminates. */
  MANAGED_EC2 = 'MANAGED_EC2',
  /** Fargate tasks. */
  FARGATE = 'FARGATE',
}

/** A compute environment, with what is known about the size of jobs that it can run. */
export interface ICapacity extends IConstruct, ec2.IConnectable {
  readonly computeEnvironment: batch.IComputeEnvironment;
  readonly kind: CapacityKind;
  /**
   * What single jobs can have: one entry for each shape of instance, or for the largest Fargate task. Empty when it is
   * not known; jobs are not checked against it then.
   */
  readonly shapes: InstanceShape[];
  /** Of the instances; nothing for Fargate, where each job says its own. */
  readonly architecture?: ec2.InstanceArchitecture;
}

/** The capacities of this library by their environments, so that a job can be checked against its queues. */
const CAPACITY_OF = new WeakMap<object, ICapacity>();

export function registerCapacity(capacity: ICapacity): void {
  CAPACITY_OF.set(capacity.computeEnvironment, capacity);
}

/** @returns nothing for an environment that this library did not make. */
export function capacityOf(computeEnvironment: object): ICapacity | undefined {
  return CAPACITY_OF.get(computeEnvironment);
}

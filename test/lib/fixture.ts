/** Stacks for the tests of the constructs. Functions' assets must have been built: `npm run build:assets`. */
import type { StackProps } from 'aws-cdk-lib';
import { App, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { InstancePoolProps, UnmanagedCapacity, UnmanagedCapacityOptions } from '../../lib';
import { BatchCluster } from '../../lib';

export function instanceTypes(...names: string[]): ec2.InstanceType[] {
  return names.map((name) => new ec2.InstanceType(name));
}

export const SMALL: InstancePoolProps = { name: 'small', instanceTypes: instanceTypes('m5.xlarge'), maxInstances: 4 };
export const LARGE: InstancePoolProps = { name: 'large', instanceTypes: instanceTypes('m5.4xlarge'), maxInstances: 2 };
export const GPU: InstancePoolProps = { name: 'gpu', instanceTypes: instanceTypes('g5.2xlarge'), maxInstances: 2 };

/** A stack with a network that is there already, and a cluster in it. */
export function clusterStack(props: StackProps = {}): { stack: Stack; cluster: BatchCluster; vpc: ec2.IVpc } {
  // The reference app's template is validated by its own suite, and that takes seconds.
  const stack = new Stack(new App(), 'Stack', props);
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['a', 'b'],
    privateSubnetIds: ['subnet-1', 'subnet-2'],
    privateSubnetRouteTableIds: ['rtb-1', 'rtb-2'],
  });
  return { stack, vpc, cluster: new BatchCluster(stack, 'Cluster', { vpc }) };
}

/** A cluster with one unmanaged capacity and a queue on it. */
export function unmanagedStack(options: UnmanagedCapacityOptions) {
  const { stack, cluster, vpc } = clusterStack();
  const capacity: UnmanagedCapacity = cluster.addUnmanagedCapacity('Capacity', options);
  const queue = cluster.addQueue('Queue', { capacity: [capacity], priority: 7 });
  return { stack, cluster, vpc, capacity, queue };
}

export interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every allowing statement of the policies that belong to constructs below a path. */
export function statements(template: Template, idPrefix: string): Statement[] {
  const policies = template.findResources('AWS::IAM::Policy');
  return Object.entries(policies)
    .filter(([id]) => id.startsWith(idPrefix))
    .flatMap(
      ([, { Properties }]) => (Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement,
    );
}

/** The actions allowed on a resource that contains a text, sorted. */
export function actionsOn(all: readonly Statement[], resource: string): string[] {
  return all
    .filter(({ Resource }) => JSON.stringify(Resource).includes(resource))
    .flatMap(({ Action }) => Action)
    .sort();
}

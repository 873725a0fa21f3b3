/**
 * A classic Spot Fleet that bids: the cheapest instance of three families at 60 % of its On-Demand price at most, and
 * On-Demand instances behind it. What EC2 takes back is tried again, and what gets no instance for four hours gives up.
 */
import { App, CfnOutput, Duration, Size, Stack, Tags } from 'aws-cdk-lib';
import { InstanceClass, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { AllocationStrategy, BatchCluster, ContainerJobDefinition, NativeRetries, WaitingReason } from '../lib';

export const app = new App();
const stack = new Stack(app, 'SpotFleet');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });

const spot = cluster.addManagedCapacity('Spot', {
  spot: true,
  allocationStrategy: AllocationStrategy.BEST_FIT,
  bidPercentage: 60,
  instanceClasses: [InstanceClass.M6I, InstanceClass.C6I, InstanceClass.R6I],
  maxvCpus: 256,
});
const onDemand = cluster.addManagedCapacity('OnDemand', { maxvCpus: 64, scaleDownDelay: Duration.minutes(20) });
Tags.of(cluster).add('project', 'climate');

const queue = cluster.addQueue('Queue', {
  capacity: [spot, onDemand],
  fairShare: { shares: [{ shareIdentifier: 'urgent', weight: 0.1 }], shareDecay: Duration.hours(1) },
  waitingLimits: [{ reason: WaitingReason.INSUFFICIENT_INSTANCE_CAPACITY, maxTime: Duration.hours(4) }],
});

const simulate = new ContainerJobDefinition(stack, 'Simulate', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'simulate.py', '--year', 'Ref::year'],
  requiredParameters: ['year'],
  vcpus: 4,
  memory: Size.gibibytes(8),
  retryAttempts: 3,
  retryStrategies: NativeRetries.INFRASTRUCTURE,
  schedulingPriority: 1,
  queues: [queue],
});

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
new CfnOutput(stack, 'SimulateName', { value: simulate.jobDefinitionName });

/**
 * For what is there already, made by another stack or by hand: an unmanaged environment with a queue and an Auto Scaling
 * group, which gets an autoscaler and a queue of ours beside its own; a network and a security group, in which instances
 * are launched; a job definition.
 */
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { JobQueue } from 'aws-cdk-lib/aws-batch';
import { InstanceType, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { BatchCluster, ContainerJobDefinition, QueueDepthAutoscaler, QueueEvents, UnmanagedCapacity } from '../lib';

export const app = new App();
const stack = new Stack(app, 'ImportExisting');
const batchArn = (resource: string, resourceName: string) =>
  stack.formatArn({ service: 'batch', resource, resourceName });

const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-0a1b2c3d4e5f67890',
  availabilityZones: ['us-east-1a', 'us-east-1b'],
  privateSubnetIds: ['subnet-0a1b2c3d4e5f67890', 'subnet-1a1b2c3d4e5f67890'],
  privateSubnetRouteTableIds: ['rtb-0a1b2c3d4e5f67890', 'rtb-1a1b2c3d4e5f67890'],
});
const cluster = new BatchCluster(stack, 'Cluster', { vpc });

const theirQueue = JobQueue.fromJobQueueArn(stack, 'TheirQueue', batchArn('job-queue', 'their-bulk'));
const environmentArn = batchArn('compute-environment', 'their-environment');
const theirs = UnmanagedCapacity.fromComputeEnvironmentArn(stack, 'Theirs', environmentArn);
const ourQueue = cluster.addQueue('OurQueue', { capacity: [theirs], priority: 10 });
new QueueDepthAutoscaler(stack, 'Autoscaler', {
  computeEnvironment: theirs.computeEnvironment,
  queues: [theirQueue, ourQueue],
  pools: [
    {
      instanceTypes: [new InstanceType('m5.xlarge')],
      maxInstances: 3,
      autoScalingGroup: AutoScalingGroup.fromAutoScalingGroupName(stack, 'TheirGroup', 'their-group'),
    },
  ],
});

const managed = cluster.addManagedCapacity('Managed', {
  maxvCpus: 32,
  securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'TheirSecurityGroup', 'sg-0a1b2c3d4e5f67890')],
});
const managedQueue = cluster.addQueue('ManagedQueue', { capacity: [managed] });

const ours = new ContainerJobDefinition(stack, 'Ours', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', '-c', 'print("hello")'],
  vcpus: 2,
  memory: Size.gibibytes(4),
  queues: [ourQueue, managedQueue],
});

// Of imported queues and definitions all events can be seen, and counted.
QueueEvents.of(theirQueue)
  .metricFailure()
  .createAlarm(stack, 'TheirQueueFails', { threshold: 10, evaluationPeriods: 1 });
ContainerJobDefinition.fromJobDefinitionName(stack, 'TheirJob', 'their-job')
  .metricFailure()
  .createAlarm(stack, 'TheirJobFails', { threshold: 1, evaluationPeriods: 1 });

new CfnOutput(stack, 'OurQueueName', { value: ourQueue.jobQueueName });
new CfnOutput(stack, 'ManagedQueueName', { value: managedQueue.jobQueueName });
new CfnOutput(stack, 'OursName', { value: ours.jobDefinitionName });

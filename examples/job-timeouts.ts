/**
 * A queue whose jobs do not wait, hang or run for ever: what finds no room within an hour is cancelled, an image that
 * cannot be pulled does not hold a place, and nothing is older than a day. One job allows itself less, by a tag.
 */
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { BatchCluster, ContainerJobDefinition, JobTimeouts } from '../lib';

export const app = new App();
const stack = new Stack(app, 'JobTimeouts');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 512 });
const queue = cluster.addQueue('Queue', { capacity: [fargate] });
const job = new ContainerJobDefinition(stack, 'Job', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'work.py'],
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [queue],
});

new JobTimeouts(stack, 'Timeouts', {
  queues: [queue],
  runnable: Duration.hours(1),
  starting: Duration.minutes(15),
  running: Duration.hours(12),
  total: Duration.days(1),
});

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
new CfnOutput(stack, 'JobName', { value: job.jobDefinitionName });

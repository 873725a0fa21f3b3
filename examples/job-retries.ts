/**
 * A queue whose jobs are tried again: one that ran out of memory with twice as much, one that found its data not yet
 * there after a while, one that Spot has taken back twice on Fargate proper. A mistake in the program is not repeated.
 */
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { BatchCluster, ContainerJobDefinition, JobRetries, RetryRule } from '../lib';

export const app = new App();
const stack = new Stack(app, 'JobRetries');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const spot = cluster.addFargateCapacity('Spot', { maxvCpus: 256, spot: true });
const onDemand = cluster.addFargateCapacity('OnDemand', { maxvCpus: 64 });
const queue = cluster.addQueue('Queue', { capacity: [spot] });
const certain = cluster.addQueue('Certain', { capacity: [onDemand] });
const job = new ContainerJobDefinition(stack, 'Job', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'work.py', 'Ref::day'],
  requiredParameters: ['day'],
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [queue, certain],
});

new JobRetries(stack, 'Retries', {
  queues: [queue],
  rules: [
    RetryRule.onOutOfMemory({ memoryFactor: 2, maxMemory: Size.gibibytes(8) }),
    RetryRule.onInterruption({ fallbackQueue: certain, fallbackAfter: 2 }),
    // What work.py exits with when its data is not there yet.
    RetryRule.onExitCode([75], { attempts: 6, delay: Duration.minutes(5) }),
  ],
});

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
new CfnOutput(stack, 'JobName', { value: job.jobDefinitionName });

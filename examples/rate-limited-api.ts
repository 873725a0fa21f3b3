/**
 * A download from somebody's API, which allows 10 log-ins a minute and 15 sessions at a time. Submit as many jobs as
 * you like: AWS Batch starts no more of them than the API allows.
 */
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { BatchCluster, ConcurrencyLimit, ContainerJobDefinition, RateLimit } from '../lib';

export const app = new App();
const stack = new Stack(app, 'RateLimitedApi');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 64 });
const downloads = cluster.addQueue('Downloads', { capacity: [fargate] });

const logins = new RateLimit(stack, 'Logins', { starts: 10, per: Duration.minutes(1) });
const sessions = new ConcurrencyLimit(stack, 'Sessions', { max: 15 });
const download = new ContainerJobDefinition(stack, 'Download', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'download.py', '--page', 'Ref::page'],
  parameters: { page: '1' },
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [downloads],
  consumableResources: [logins.take(), sessions.take()],
});

new CfnOutput(stack, 'QueueName', { value: downloads.jobQueueName });
new CfnOutput(stack, 'DownloadName', { value: download.jobDefinitionName });

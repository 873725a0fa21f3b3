/**
 * Pre-processing on CPUs, then training on a GPU: instances of two shapes in one environment, launched from zero by what
 * waits in the queue. Submit the second job with `--depends-on` the first.
 */
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BatchCluster, ContainerJobDefinition } from '../lib';

export const app = new App();
const stack = new Stack(app, 'CpuAndGpu');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });

const instances = cluster.addUnmanagedCapacity('Instances', {
  pools: [
    { name: 'cpu', instanceTypes: [new InstanceType('m6i.2xlarge')], maxInstances: 20, cost: 0.384 },
    { name: 'gpu', instanceTypes: [new InstanceType('g5.2xlarge')], maxInstances: 8, cost: 1.212, spot: true },
  ],
});
const queue = cluster.addQueue('Queue', { capacity: [instances] });
const bucket = new Bucket(stack, 'Data', { enforceSSL: true });

const preprocess = new ContainerJobDefinition(stack, 'Preprocess', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'preprocess.py', '--input', 'Ref::input', '--output', 'Ref::output'],
  parameters: { input: bucket.s3UrlForObject('raw'), output: bucket.s3UrlForObject('clean') },
  vcpus: 4,
  memory: Size.gibibytes(8),
  queues: [queue],
});
bucket.grantReadWrite(preprocess);

const train = new ContainerJobDefinition(stack, 'Train', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'train.py', '--input', 'Ref::input'],
  parameters: { input: bucket.s3UrlForObject('clean') },
  vcpus: 8,
  memory: Size.gibibytes(28),
  gpus: 1,
  queues: [queue],
});
bucket.grantRead(train);

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
new CfnOutput(stack, 'PreprocessName', { value: preprocess.jobDefinitionName });
new CfnOutput(stack, 'TrainName', { value: train.jobDefinitionName });

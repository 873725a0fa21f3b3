/**
 * A file system that all jobs share: pre-processing writes to it from Fargate, training reads it on GPU instances, where it
 * is mounted for all jobs at once. An instance that cannot mount it takes no jobs.
 */
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { BatchCluster, ContainerJobDefinition, EbsMount, EfsMount, EfsVolume, JobVolume } from '../lib';

export const app = new App();
const stack = new Stack(app, 'UnmanagedGpuEfs');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const fileSystem = cluster.addFileSystem('Files');

const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 64 });
const preprocessing = cluster.addQueue('Preprocessing', { capacity: [fargate] });
const preprocess = new ContainerJobDefinition(stack, 'Preprocess', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'preprocess.py', '--output', '/data/clean'],
  vcpus: 4,
  memory: Size.gibibytes(8),
  queues: [preprocessing],
  // By an access point of the job's own, which its role alone may use, over TLS.
  mounts: [{ volume: new EfsVolume({ name: 'data', fileSystem, path: '/data' }), containerPath: '/data' }],
});

const gpu = cluster.addUnmanagedCapacity('Gpu', {
  pools: [
    { name: 'gpu', instanceTypes: [new InstanceType('g5.2xlarge'), new InstanceType('g6.2xlarge')], maxInstances: 16 },
  ],
  mounts: [
    new EfsMount({ fileSystem, path: '/data', mountPoint: '/mnt/data', readOnly: true }),
    new EbsMount({ size: Size.gibibytes(500), mountPoint: '/mnt/scratch', throughput: 500 }),
  ],
});
const training = cluster.addQueue('Training', { capacity: [gpu] });
const train = new ContainerJobDefinition(stack, 'Train', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'train.py', '--input', '/data/clean', '--cache', '/scratch'],
  vcpus: 8,
  memory: Size.gibibytes(28),
  gpus: 1,
  queues: [training],
  mounts: [
    { volume: JobVolume.host({ name: 'data', sourcePath: '/mnt/data' }), containerPath: '/data', readOnly: true },
    { volume: JobVolume.host({ name: 'scratch', sourcePath: '/mnt/scratch' }), containerPath: '/scratch' },
  ],
});

new CfnOutput(stack, 'PreprocessingQueueName', { value: preprocessing.jobQueueName });
new CfnOutput(stack, 'TrainingQueueName', { value: training.jobQueueName });
new CfnOutput(stack, 'PreprocessName', { value: preprocess.jobDefinitionName });
new CfnOutput(stack, 'TrainName', { value: train.jobDefinitionName });

/**
 * GPUs on instances that this library launches, Spot before On-Demand, with an image, a disk and a boot script of one's own.
 */
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import { InstanceType, UserData, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AmiHardwareType, ContainerImage, EcsOptimizedImage } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BatchCluster, ContainerJobDefinition } from '../lib';

export const app = new App();
const stack = new Stack(app, 'UnmanagedGpu');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });

const boot = UserData.forLinux();
boot.addCommands('nvidia-smi --persistence-mode=1');

const instanceTypes = ['g5.2xlarge', 'g6.2xlarge'].map((name) => new InstanceType(name));
// Any image with the ECS agent will do: one of your own by `MachineImage.genericLinux` or `.lookup`.
const machineImage = EcsOptimizedImage.amazonLinux2023(AmiHardwareType.GPU);
const gpus = cluster.addUnmanagedCapacity('Gpus', {
  pools: [
    { name: 'spot', instanceTypes, machineImage, maxInstances: 16, cost: 0.5, spot: true },
    { name: 'on-demand', instanceTypes, machineImage, maxInstances: 4, cost: 1.2 },
  ],
  rootVolume: { size: Size.gibibytes(200), encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }) },
  userData: boot,
  sessionManager: true,
  scaleInAfter: Duration.minutes(5),
});
const queue = cluster.addQueue('Queue', { capacity: [gpus] });

const train = new ContainerJobDefinition(stack, 'Train', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'train.py'],
  vcpus: 8,
  memory: Size.gibibytes(28),
  gpus: 1,
  linux: { sharedMemory: Size.gibibytes(8) },
  queues: [queue],
});

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
new CfnOutput(stack, 'TrainName', { value: train.jobDefinitionName });

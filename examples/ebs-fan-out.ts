/**
 * A reference that is prepared once and multiplied: the job that prepares it writes to the data volume of its instance;
 * when it succeeds, the volume is snapshotted, and each instance that boots from then on mounts a volume made of that.
 */
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { BatchCluster, ContainerJobDefinition, EbsMount, JobVolume, SnapshotFanOut } from '../lib';

export const app = new App();
const stack = new Stack(app, 'EbsFanOut');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });

const volume = new EbsMount({ size: Size.gibibytes(200), mountPoint: '/mnt/reference', throughput: 500 });
const preparing = cluster.addQueue('Preparing', {
  capacity: [
    cluster.addUnmanagedCapacity('Builders', {
      pools: [{ name: 'builders', instanceTypes: [new InstanceType('m6i.2xlarge')], maxInstances: 1 }],
      mounts: [volume],
    }),
  ],
});
const prepare = new ContainerJobDefinition(stack, 'Prepare', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  // A snapshot holds what has reached the disk.
  command: ['sh', '-c', 'python prepare.py --output /reference && sync'],
  vcpus: 8,
  memory: Size.gibibytes(28),
  queues: [preparing],
  mounts: [
    { volume: JobVolume.host({ name: 'reference', sourcePath: volume.mountPoint }), containerPath: '/reference' },
  ],
});
const reference = new SnapshotFanOut(stack, 'Reference', { job: prepare, queues: [preparing], volume, keep: 3 });

const mount = reference.mount({ mountPoint: '/mnt/reference' });
const workers = cluster.addUnmanagedCapacity('Workers', {
  pools: [{ name: 'workers', instanceTypes: [new InstanceType('c6i.4xlarge')], maxInstances: 100, spot: true }],
  mounts: [mount],
});
const working = cluster.addQueue('Working', { capacity: [workers] });
const align = new ContainerJobDefinition(stack, 'Align', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'align.py', '--reference', '/reference'],
  vcpus: 16,
  memory: Size.gibibytes(28),
  queues: [working],
  mounts: [
    {
      volume: JobVolume.host({ name: 'reference', sourcePath: mount.mountPoint }),
      containerPath: '/reference',
      readOnly: true,
    },
  ],
});

new CfnOutput(stack, 'PreparingQueueName', { value: preparing.jobQueueName });
new CfnOutput(stack, 'WorkingQueueName', { value: working.jobQueueName });
new CfnOutput(stack, 'PrepareName', { value: prepare.jobDefinitionName });
new CfnOutput(stack, 'AlignName', { value: align.jobDefinitionName });
new CfnOutput(stack, 'ParameterName', { value: reference.parameter.parameterName });

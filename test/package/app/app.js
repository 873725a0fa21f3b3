/** The CDK app of somebody who has installed the package: it knows nothing of the repository. app.py is the same app. */
const { App, Duration, Size, Stack } = require('aws-cdk-lib');
const ec2 = require('aws-cdk-lib/aws-ec2');
const ecs = require('aws-cdk-lib/aws-ecs');
const { BatchCluster, ContainerJobDefinition, DeletionBehavior } = require('cdk-batch-foreman');

const app = new App({ analyticsReporting: false });
const stack = new Stack(app, 'Jobs');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 }) });
const instances = cluster.addUnmanagedCapacity('Instances', {
  pools: [
    { name: 'cpu', instanceTypes: [new ec2.InstanceType('m5.xlarge')], maxInstances: 8, cost: 0.192 },
    { name: 'gpu', instanceTypes: [new ec2.InstanceType('g5.2xlarge')], maxInstances: 2, cost: 1.212, spot: true },
  ],
  scaleInAfter: Duration.minutes(5),
  deletionBehavior: DeletionBehavior.TERMINATE,
});
const managed = cluster.addManagedCapacity('Managed', { maxvCpus: 64, spot: true });
const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 16 });
const queue = cluster.addQueue('Queue', { capacity: [instances], priority: 10 });
cluster.addQueue('Bulk', { capacity: [managed] });
cluster.addQueue('Short', { capacity: [fargate] });
new ContainerJobDefinition(stack, 'Train', {
  image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:1'),
  command: ['echo', 'Ref::message'],
  parameters: { message: 'hello' },
  vcpus: 4,
  memory: Size.gibibytes(8),
  gpus: 1,
  queues: [queue],
});
app.synth();

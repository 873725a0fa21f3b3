/** Everything at rest under one key of your own: one line at the beginning of the stack, and nothing else changes. */
import { App, CfnOutput, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  BatchCluster,
  BatchDashboard,
  ConcurrencyPolicy,
  ContainerJobDefinition,
  EbsMount,
  EfsVolume,
  Encryption,
  JobRetries,
  JobTimeouts,
  JobTrigger,
  JobVolume,
  JobWorkflow,
  RateLimit,
  RetryRule,
  ScheduledJob,
  SnapshotFanOut,
  TriggerEvent,
} from '../lib';

export const app = new App();
const stack = new Stack(app, 'CustomerKey');
const key = new Key(stack, 'Key', { enableKeyRotation: true });
Encryption.of(stack).useKey(key);

const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const data = new EbsMount({ size: Size.gibibytes(100), mountPoint: '/mnt/data' });
const prepared = cluster.addUnmanagedCapacity('Prepared', {
  pools: [{ instanceTypes: [new InstanceType('m6i.xlarge')], maxInstances: 2 }],
  mounts: [data],
});
const preparing = cluster.addQueue('Preparing', { capacity: [prepared] });
const image = ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12');
const prepare = new ContainerJobDefinition(stack, 'Prepare', {
  image,
  command: ['sh', '-c', 'python prepare.py --output /data && sync'],
  vcpus: 2,
  memory: Size.gibibytes(4),
  queues: [preparing],
  mounts: [{ volume: JobVolume.host({ name: 'data', sourcePath: data.mountPoint }), containerPath: '/data' }],
});
const reference = new SnapshotFanOut(stack, 'Reference', { job: prepare, queues: [preparing], volume: data });

const workers = cluster.addManagedCapacity('Workers', {
  maxvCpus: 64,
  spot: true,
  mounts: [reference.mount({ mountPoint: '/mnt/data' })],
});
const working = cluster.addQueue('Working', { capacity: [workers] });
const calls = new RateLimit(stack, 'Calls', { starts: 100, per: Duration.minutes(1) });
const files = cluster.addFileSystem('Files', { removalPolicy: RemovalPolicy.DESTROY });
const work = new ContainerJobDefinition(stack, 'Work', {
  image,
  command: ['python', 'work.py', '--output', '/results'],
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [working],
  mounts: [{ volume: new EfsVolume({ name: 'results', fileSystem: files }), containerPath: '/results' }],
  consumableResources: [calls.take()],
});

const queues = [preparing, working];
const retries = new JobRetries(stack, 'Retries', { queues, rules: [RetryRule.onFailure({ attempts: 2 })] });
const { ledger } = retries;
const timeouts = new JobTimeouts(stack, 'Timeouts', { queues, runnable: Duration.hours(1), ledger });
const workflow = new JobWorkflow(stack, 'PrepareAndWork', { workflowName: 'prepare-and-work', ledger });
workflow
  .addJob('Prepare', { job: prepare, queue: preparing })
  .then(workflow.addJob('Work', { job: work, queue: working }));
const nightly = new ScheduledJob(stack, 'Nightly', {
  scheduleName: 'nightly',
  workflow,
  schedule: ScheduleExpression.cron({ hour: '2', minute: '0' }),
  concurrencyPolicy: ConcurrencyPolicy.FORBID,
});
const whenPrepared = new JobTrigger(stack, 'WhenPrepared', {
  triggerName: 'when-prepared',
  event: TriggerEvent.jobEnded(prepare),
  job: work,
  queue: working,
  ledger,
});
new BatchDashboard(stack, 'Dashboard', {
  queues,
  retries: [retries],
  timeouts: [timeouts],
  schedules: [nightly],
  triggers: [whenPrepared],
  workflows: [workflow],
  fanOuts: [reference],
});

new CfnOutput(stack, 'PreparingQueueName', { value: preparing.jobQueueName });
new CfnOutput(stack, 'PrepareName', { value: prepare.jobDefinitionName });
new CfnOutput(stack, 'WorkName', { value: work.jobDefinitionName });
new CfnOutput(stack, 'KeyArn', { value: key.keyArn });

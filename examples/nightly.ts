/**
 * Jobs on a clock and on events: a report each night, never two at a time and never later than six in the morning, and an
 * import for each file that is uploaded.
 */
import { App, CfnOutput, Duration, Size, Stack, TimeZone } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { EventField } from 'aws-cdk-lib/aws-events';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  BatchCluster,
  ConcurrencyPolicy,
  ContainerJobDefinition,
  JobTrigger,
  MissedRuns,
  ScheduledJob,
  TriggerEvent,
} from '../lib';

export const app = new App();
const stack = new Stack(app, 'Nightly');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 16 })] });

const report = new ContainerJobDefinition(stack, 'Report', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'report.py', '--day', 'Ref::scheduledTime'],
  requiredParameters: ['scheduledTime'],
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [queue],
});
new ScheduledJob(stack, 'NightlyReport', {
  job: report,
  queue,
  scheduleName: 'report',
  schedule: ScheduleExpression.cron({ hour: '2', minute: '30', timeZone: TimeZone.EUROPE_PARIS }),
  concurrencyPolicy: ConcurrencyPolicy.FORBID,
  startingDeadline: Duration.minutes(210),
  missedRuns: MissedRuns.LATEST,
});

const load = new ContainerJobDefinition(stack, 'Import', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'import.py', 'Ref::object'],
  requiredParameters: ['object'],
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [queue],
});
const uploads = Bucket.fromBucketName(stack, 'Uploads', 'uploads');
new JobTrigger(stack, 'ImportUpload', {
  job: load,
  queue,
  triggerName: 'import',
  event: TriggerEvent.objectCreated(uploads, { suffix: '.csv' }),
  parameters: {
    object: `s3://${EventField.fromPath('$.detail.bucket.name')}/${EventField.fromPath('$.detail.object.key')}`,
  },
});

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });

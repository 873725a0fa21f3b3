/** One look at everything: a dashboard of two queues and all that looks after their jobs, and its alarms by mail. */
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import {
  BatchCluster,
  BatchDashboard,
  ConcurrencyPolicy,
  ContainerJobDefinition,
  JobRetries,
  JobTimeouts,
  JobTrigger,
  JobWorkflow,
  RetryRule,
  ScheduledJob,
  TriggerEvent,
} from '../lib';

export const app = new App();
const stack = new Stack(app, 'Watched');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const instances = cluster.addUnmanagedCapacity('Instances', {
  pools: [
    { name: 'cpu', instanceTypes: [new InstanceType('m5.xlarge')], maxInstances: 2, cost: 0.192 },
    { name: 'gpu', instanceTypes: [new InstanceType('g5.xlarge')], maxInstances: 1, cost: 1.006 },
  ],
});
const training = cluster.addQueue('Training', { capacity: [instances] });
const reports = cluster.addQueue('Reports', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 4 })] });

const image = ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12');
const train = new ContainerJobDefinition(stack, 'Train', {
  image,
  command: ['python', 'train.py'],
  vcpus: 4,
  memory: Size.gibibytes(12),
  queues: [training],
});
const report = new ContainerJobDefinition(stack, 'Report', {
  image,
  command: ['python', 'report.py'],
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [reports],
});

const retries = new JobRetries(stack, 'Retries', { queues: [training], rules: [RetryRule.onFailure({ attempts: 2 })] });
const timeouts = new JobTimeouts(stack, 'Timeouts', {
  queues: [training],
  runnable: Duration.minutes(45),
  ledger: retries.ledger,
});
const refresh = new ScheduledJob(stack, 'Refresh', {
  job: report,
  queue: reports,
  scheduleName: 'refresh',
  schedule: ScheduleExpression.rate(Duration.minutes(30)),
  concurrencyPolicy: ConcurrencyPolicy.FORBID,
  ledger: retries.ledger,
});
const workflow = new JobWorkflow(stack, 'TrainAndReport', { workflowName: 'train', ledger: retries.ledger });
workflow
  .addJob('Train', { job: train, queue: training })
  .then(workflow.addJob('Report', { job: report, queue: reports }));
const uploaded = new JobTrigger(stack, 'Uploaded', {
  triggerName: 'uploaded',
  event: TriggerEvent.objectCreated(Bucket.fromBucketName(stack, 'Uploads', 'uploads')),
  job: report,
  queue: reports,
  ledger: retries.ledger,
});

const { dashboard, topic } = new BatchDashboard(stack, 'Dashboard', {
  queues: [training, reports],
  retries: [retries],
  timeouts: [timeouts],
  schedules: [refresh],
  triggers: [uploaded],
  workflows: [workflow],
});
topic.addSubscription(new EmailSubscription('oncall@example.com'));

new CfnOutput(stack, 'DashboardName', { value: dashboard.dashboardName });
new CfnOutput(stack, 'TrainingQueueName', { value: training.jobQueueName });
new CfnOutput(stack, 'ReportsQueueName', { value: reports.jobQueueName });
new CfnOutput(stack, 'TrainName', { value: train.jobDefinitionName });
new CfnOutput(stack, 'ReportName', { value: report.jobDefinitionName });
new CfnOutput(stack, 'WorkflowFunctionName', { value: workflow.function.functionName });

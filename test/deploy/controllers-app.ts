/**
 * Queues with what this library adds to jobs: a schedule, timeouts and retries. With `-c changed=true` the schedule is
 * another, the definition a new revision, and the pool larger.
 */
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import { InstanceType, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { BatchCluster, ContainerJobDefinition, JobRetries, JobTimeouts, RetryRule, ScheduledJob } from '../../lib';

const app = new App();
const changed = app.node.tryGetContext('changed') !== undefined;
const stack = new Stack(app, 'Controllers');
// Jobs have no need of the internet here.
const vpc = new Vpc(stack, 'Vpc', {
  maxAzs: 1,
  natGateways: 0,
  subnetConfiguration: [{ name: 'jobs', subnetType: SubnetType.PRIVATE_ISOLATED }],
});
const cluster = new BatchCluster(stack, 'Cluster', { vpc });
const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 16 })] });
const instances = cluster.addUnmanagedCapacity('Instances', {
  pools: [{ name: 'small', instanceTypes: [new InstanceType('m5.large')], maxInstances: changed ? 5 : 2 }],
});
const onInstances = cluster.addQueue('OnInstances', { capacity: [instances] });
const plain = new ContainerJobDefinition(stack, 'Plain', {
  image: ContainerImage.fromRegistry('busybox'),
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [onInstances],
});
const job = new ContainerJobDefinition(stack, 'Job', {
  image: ContainerImage.fromRegistry('busybox'),
  vcpus: 1,
  memory: Size.gibibytes(changed ? 4 : 2),
  command: ['run', 'Ref::scheduledTime'],
  parameters: { scheduledTime: 'none' },
  queues: [queue],
});
const { ledger } = new JobTimeouts(stack, 'Timeouts', { queues: [queue], running: Duration.minutes(2) });
new JobRetries(stack, 'Retries', {
  queues: [queue],
  ledger,
  rules: [RetryRule.onFailure({ attempts: 2, delay: Duration.seconds(5) })],
});
const { scheduleName } = new ScheduledJob(stack, 'Each', {
  job,
  queue,
  ledger,
  scheduleName: 'each',
  schedule: ScheduleExpression.cron(changed ? { minute: '0' } : {}),
});

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
new CfnOutput(stack, 'InstancesQueueName', { value: onInstances.jobQueueName });
new CfnOutput(stack, 'InstancesJobDefinitionArn', { value: plain.jobDefinitionArn });
new CfnOutput(stack, 'InstancesAutoscalerFunctionName', { value: instances.autoscaler.function.functionName });
new CfnOutput(stack, 'JobDefinitionArn', { value: job.jobDefinitionArn });
new CfnOutput(stack, 'ScheduleName', { value: scheduleName });

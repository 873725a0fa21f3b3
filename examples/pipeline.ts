/**
 * Nightly, one run at a time: a hundred CPU jobs prepare, a GPU trains, the results are put together and somebody is told;
 * if any of it fails, what was left behind is cleaned up.
 */
import { App, CfnOutput, Size, Stack, TimeZone } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  BatchCluster,
  ConcurrencyPolicy,
  ContainerJobDefinition,
  JobWorkflow,
  RunIf,
  RunPlace,
  ScheduledJob,
} from '../lib';

export const app = new App();
const stack = new Stack(app, 'Pipeline');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const instances = cluster.addUnmanagedCapacity('Instances', {
  pools: [
    { name: 'cpu', instanceTypes: [new InstanceType('m6i.2xlarge')], maxInstances: 10, cost: 0.384 },
    { name: 'gpu', instanceTypes: [new InstanceType('g5.2xlarge')], maxInstances: 2, cost: 1.212, spot: true },
  ],
});
const queue = cluster.addQueue('Queue', { capacity: [instances] });
const bucket = new Bucket(stack, 'Data', { enforceSSL: true });
const job = new ContainerJobDefinition(stack, 'Step', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'Ref::script'],
  requiredParameters: ['script'],
  vcpus: 1,
  memory: Size.gibibytes(3),
  queues: [queue],
});
const training = { vcpus: 8, memory: Size.gibibytes(28), gpus: 1 };

const workflow = new JobWorkflow(stack, 'Nightly', { queue, place: RunPlace.s3(bucket) });
const step = (name: string, more: object = {}) =>
  workflow.addJob(name, { job, parameters: { script: `${name.toLowerCase()}.py` }, ...more });
const notify = step('Notify');
step('Prepare', { arraySize: 100 }).then(step('Train', training)).then(step('Aggregate')).then(notify);
step('CleanUp').after(notify, RunIf.FAILURE);
new ScheduledJob(stack, 'Schedule', {
  workflow,
  schedule: ScheduleExpression.cron({ hour: '3', minute: '0', timeZone: TimeZone.ASIA_TOKYO }),
  concurrencyPolicy: ConcurrencyPolicy.FORBID,
});

new CfnOutput(stack, 'FunctionName', { value: workflow.function.functionName });

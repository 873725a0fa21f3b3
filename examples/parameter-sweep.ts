/**
 * Every combination of three learning rates and four depths, each a job of one array, and a report when all are done. The
 * combination is in the variables of the command; results go to a prefix of the run's own.
 */
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BatchCluster, ContainerJobDefinition, JobWorkflow, ParameterSweep, RunPlace } from '../lib';

export const app = new App();
const stack = new Stack(app, 'ParameterSweep');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 64, spot: true });
const queue = cluster.addQueue('Queue', { capacity: [fargate] });
const bucket = new Bucket(stack, 'Data', { enforceSSL: true });
const python = new ContainerJobDefinition(stack, 'Python', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  vcpus: 1,
  memory: Size.gibibytes(4),
  queues: [queue],
});

const sweep = new ParameterSweep({ rate: ['0.1', '0.01', '0.001'], depth: ['2', '4', '6', '8'] });
const workflow = new JobWorkflow(stack, 'Sweep', { queue, place: RunPlace.s3(bucket) });
const command = sweep.shellCommand('python train.py --rate "$rate" --depth "$depth" --output "$FOREMAN_RUN_PLACE"');
const train = workflow.addJob('Train', { job: python, sweep, command });
train.then(
  workflow.addJob('Compare', { job: python, command: ['sh', '-c', 'python compare.py "$FOREMAN_RUN_PLACE"'] }),
);

new CfnOutput(stack, 'FunctionName', { value: workflow.function.functionName });

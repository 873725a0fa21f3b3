/**
 * The same graph as a state machine, for those who branch on data or call other services between the jobs: definitions and
 * queues of this library work with aws-cdk-lib's own tasks.
 */
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { BatchSubmitJob } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { BatchCluster, ContainerJobDefinition } from '../lib';

export const app = new App();
const stack = new Stack(app, 'StepFunctions');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 64 });
const queue = cluster.addQueue('Queue', { capacity: [fargate] });
const python = new ContainerJobDefinition(stack, 'Python', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [queue],
});

const job = (name: string, arraySize?: number) =>
  new BatchSubmitJob(stack, name, {
    jobName: name,
    jobDefinitionArn: python.jobDefinitionArn,
    jobQueueArn: queue.jobQueueArn,
    containerOverrides: { command: ['python', `${name.toLowerCase()}.py`] },
    arraySize,
  });
const train = job('Train');
const machine = new StateMachine(stack, 'Machine', {
  definitionBody: DefinitionBody.fromChainable(
    job('Prepare', 100)
      .next(train.addCatch(job('CleanUp')))
      .next(job('Report')),
  ),
  tracingEnabled: true,
  logs: { destination: new LogGroup(stack, 'MachineLogs'), level: LogLevel.ALL },
});

new CfnOutput(stack, 'MachineArn', { value: machine.stateMachineArn });

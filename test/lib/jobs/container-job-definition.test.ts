import { CfnParameter, Size } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ContainerJobDefinitionProps } from '../../../lib';
import { ContainerJobDefinition } from '../../../lib';
import { actionsOn, clusterStack, GPU, LARGE, SMALL, statements, unmanagedStack } from '../fixture';

const JOB: ContainerJobDefinitionProps = {
  image: ContainerImage.fromRegistry('example/job'),
  vcpus: 2,
  memory: Size.gibibytes(4),
};

describe('a definition', () => {
  const { stack, queue } = unmanagedStack({ pools: [{ ...GPU, cost: 1 }] });
  const job = new ContainerJobDefinition(stack, 'Job', {
    ...JOB,
    gpus: 1,
    command: ['train', '--input', 'Ref::input'],
    parameters: { input: 's3://somewhere' },
    environment: { STAGE: 'test' },
    queues: [queue],
  });
  const template = Template.fromStack(stack);

  test('says what the container is, and that it is ours', () => {
    template.hasResourceProperties('AWS::Batch::JobDefinition', {
      Type: 'container',
      PlatformCapabilities: ['EC2'],
      Parameters: { input: 's3://somewhere' },
      ContainerProperties: {
        Image: 'example/job',
        Command: ['train', '--input', 'Ref::input'],
        Environment: [{ Name: 'STAGE', Value: 'test' }],
        ResourceRequirements: [
          { Type: 'MEMORY', Value: '4096' },
          { Type: 'VCPU', Value: '2' },
          { Type: 'GPU', Value: '1' },
        ],
        LogConfiguration: { LogDriver: 'awslogs' },
      },
      Tags: { 'batch-foreman:definition': 'Stack/Job' },
      PropagateTags: true,
    });
  });

  test('keeps old revisions, which waiting jobs and retries refer to', () => {
    template.hasResourceProperties('AWS::Batch::JobDefinition', {
      ResourceRetentionPolicy: { SkipDeregisterOnUpdate: true },
    });
  });

  test('keeps its log for a month, and writes there with its own execution role only', () => {
    template.hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 30 },
      DeletionPolicy: 'Retain',
    });
    expect(actionsOn(statements(template, 'JobExecutionRole'), 'JobLogs')).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
  });

  test('has a job role that may do nothing until something is granted', () => {
    expect(statements(template, 'JobJobRole')).toEqual([]);
    const other = unmanagedStack({ pools: [SMALL] }).stack;
    new Bucket(other, 'Bucket').grantRead(new ContainerJobDefinition(other, 'Job', JOB));
    expect(actionsOn(statements(Template.fromStack(other), 'JobJobRole'), 'Bucket')).toContain('s3:GetObject*');
  });

  test('is one of aws-cdk-lib, of a name that is known before the deployment', () => {
    const definition: batch.IJobDefinition = job;
    expect(definition.jobDefinitionName).toBe('Stack-Job');
    expect(stack.resolve(definition.jobDefinitionArn)).toEqual({ Ref: stack.getLogicalId(job.jobDefinition) });
  });
});

test('without GPUs it asks for none', () => {
  const { stack } = clusterStack();
  new ContainerJobDefinition(stack, 'Job', { ...JOB, gpus: 0 });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::Batch::JobDefinition'));
  expect(JSON.stringify(Properties)).not.toContain('GPU');
});

test('it runs on Fargate where its queues lead there', () => {
  const { stack, cluster } = clusterStack();
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 16 })] });
  new ContainerJobDefinition(stack, 'Job', { ...JOB, vcpus: 0.5, queues: [queue] });
  Template.fromStack(stack).hasResourceProperties('AWS::Batch::JobDefinition', {
    PlatformCapabilities: ['FARGATE'],
    ContainerProperties: { ResourceRequirements: Match.arrayWith([{ Type: 'VCPU', Value: '0.5' }]) },
  });
});

describe('refused is', () => {
  const { stack, cluster, queue } = unmanagedStack({ pools: [SMALL, LARGE] });
  const fargate = cluster.addQueue('FargateQueue', {
    capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 4 })],
  });
  const mixed = cluster.addQueue('MixedQueue', {
    capacity: [
      cluster.addUnmanagedCapacity('Mixed', {
        pools: [
          { ...GPU, cost: 2 },
          { ...LARGE, cost: 1 },
        ],
      }),
    ],
  });
  const cases: [string, Partial<ContainerJobDefinitionProps>, string][] = [
    [
      'a GPU job whose queue has no GPUs',
      { gpus: 1, queues: [queue] },
      'gpus is 1; it must be at most 0, the most behind queue Stack/Cluster/Queue. Ask for less, give the queue ' +
        'capacity with larger instances, or take it out of `queues`.',
    ],
    [
      'more vCPUs than any instance has',
      { vcpus: 17, queues: [queue] },
      'vcpus is 17; it must be at most 16, the most behind queue Stack/Cluster/Queue.',
    ],
    [
      'more memory than any instance has',
      { memory: Size.gibibytes(65), queues: [queue] },
      'memory is 66560 MiB; it must be at most 65536 MiB, the most behind queue Stack/Cluster/Queue.',
    ],
    [
      'what is there, but not on one instance',
      { gpus: 1, vcpus: 16, queues: [mixed] },
      'gpus, vcpus, memory is 16 vCPU, 4096 MiB, 1 GPU; it must be together within one of the instances behind queue ' +
        'Stack/Cluster/MixedQueue: 8 vCPU, 32768 MiB, 1 GPU; 16 vCPU, 65536 MiB, 0 GPU.',
    ],
    [
      'more than the largest Fargate task under the maximum',
      { vcpus: 8, memory: Size.gibibytes(16), queues: [fargate] },
      'vcpus is 8; it must be at most 4, the most behind queue Stack/Cluster/FargateQueue.',
    ],
    [
      'queues on Fargate and on EC2',
      { queues: [queue, fargate] },
      'queues is Stack/Cluster/Queue, Stack/Cluster/FargateQueue; it must be all on Fargate or all on EC2. Make a ' +
        'definition for each.',
    ],
    [
      'an undeclared parameter',
      { command: ['run', 'Ref::input', 'Ref::output'], parameters: { input: 'a' } },
      'command[2] is Ref::output; it must be a reference to a declared parameter: Ref::input. Give "output" a default ' +
        'in `parameters`, or list it in `requiredParameters`.',
    ],
    [
      'a parameter where none is declared',
      { command: ['--in=Ref::input'] },
      'command[0] is Ref::input; it must be plain text. Give "input" a default in `parameters`, ' +
        'or list it in `requiredParameters`.',
    ],
    ['half a GPU', { gpus: 0.5 }, 'gpus is 0.5; it must be a whole number of at least 0.'],
    ['half a vCPU on EC2', { vcpus: 0.5 }, 'vcpus is 0.5; it must be a whole number of at least 1.'],
    [
      'less memory than a container needs',
      { memory: Size.mebibytes(3) },
      'memory in MiB is 3; it must be a whole number of at least 4.',
    ],
    [
      'a fraction of a MiB',
      { memory: Size.kibibytes(4100) },
      'memory in MiB is 4.00390625; it must be a whole number of at least 4.',
    ],
    [
      "a variable with one of Batch's own names",
      { environment: { AWS_BATCH_JOB_ID: '1' } },
      'environment is AWS_BATCH_JOB_ID; it must be a name that does not begin with AWS_BATCH',
    ],
  ];
  test.each(cases)('%s', (name, props, message) => {
    expect(() => new ContainerJobDefinition(stack, name, { ...JOB, ...props })).toThrow(
      `[Stack/${name.replaceAll('/', '--')}] ${message}`,
    );
  });
});

test('memory that an instance is sold with but may not offer is warned of', () => {
  const { stack, queue } = unmanagedStack({ pools: [SMALL, LARGE] });
  new ContainerJobDefinition(stack, 'Fits', { ...JOB, memory: Size.mebibytes(62_942), queues: [queue] });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  new ContainerJobDefinition(stack, 'Tight', { ...JOB, memory: Size.mebibytes(62_943), queues: [queue] });
  Annotations.fromStack(stack).hasWarning(
    '/Stack/Tight',
    Match.stringLikeRegexp('memory is 62943 MiB.*about 62942 MiB'),
  );
});

test('a queue whose environments are not ours is not checked', () => {
  const { stack } = clusterStack();
  const imported = batch.JobQueue.fromJobQueueArn(
    stack,
    'Imported',
    'arn:aws:batch:eu-west-1:111122223333:job-queue/theirs',
  );
  new ContainerJobDefinition(stack, 'Job', { ...JOB, vcpus: 1000, queues: [imported] });
});

test('what is known at deployment only is let through', () => {
  const { stack, queue } = unmanagedStack({ pools: [SMALL] });
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  new ContainerJobDefinition(stack, 'Job', {
    ...JOB,
    vcpus: number,
    memory: Size.mebibytes(number),
    gpus: number,
    queues: [queue],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Batch::JobDefinition', {
    ContainerProperties: { ResourceRequirements: Match.anyValue() },
  });
});

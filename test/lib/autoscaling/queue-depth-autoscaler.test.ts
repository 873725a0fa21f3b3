import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as batch from 'aws-cdk-lib/aws-batch';
import { QueueDepthAutoscaler } from '../../../lib';
import { autoscalerConfig } from '../autoscaler-config';
import { actionsOn, clusterStack, LARGE, SMALL, statements, unmanagedStack } from '../fixture';

describe('attached to unmanaged capacity', () => {
  const { stack, queue } = unmanagedStack({ pools: [SMALL, { ...LARGE, spareInstances: 1 }] });
  const template = Template.fromStack(stack);
  const queueId = stack.getLogicalId(queue.node.defaultChild as batch.CfnJobQueue);

  test('hands its function a configuration that the function can read', () => {
    const config = autoscalerConfig(template);
    expect(config).toMatchObject({
      queueArns: [`<${queueId}.JobQueueArn>`],
      pools: [
        {
          name: 'small',
          instanceTypes: ['m5.xlarge'],
          capacity: { vcpus: 4, memoryMiB: 15_510, gpus: 0 },
          cost: 4,
          maxInstances: 4,
          spareInstances: 0,
          opensForCpuJobs: false,
        },
        { name: 'large', capacity: { vcpus: 16 }, cost: 16, maxInstances: 2, spareInstances: 1 },
      ],
      scaleInAfterSeconds: 60,
      drainSeconds: 60,
      provisionTimeoutSeconds: 600,
      jobBudget: 1000,
    });
    expect(config.clusterArn).toMatch(/Cluster.*\.ClusterArn/);
  });

  test('ticks each minute, and lets failed ticks go to the dead letters without a retry', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [
        Match.objectLike({
          InputTransformer: { InputPathsMap: { time: '$.time' }, InputTemplate: '{"time":<time>}' },
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        }),
      ],
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
  });

  test('is woken by jobs of its queues that wait, in batches of 5 s', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.batch'],
        'detail-type': ['Batch Job State Change'],
        detail: {
          jobQueue: [{ 'Fn::GetAtt': [queueId, 'JobQueueArn'] }],
          $or: [{ status: ['RUNNABLE'] }, { status: ['PENDING'], arrayProperties: { size: [{ exists: true }] } }],
        },
      },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('TriggersQueue'), 'Arn'] },
          InputTransformer: { InputPathsMap: { time: '$.time' }, InputTemplate: '{"time":<time>}' },
        }),
      ],
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      MaximumBatchingWindowInSeconds: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('keeps its messages encrypted and its dead letters watched', () => {
    template.resourceCountIs('AWS::SQS::Queue', 2);
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 6 * 50,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] } },
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [
        { Name: 'QueueName', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'QueueName'] } },
      ],
      Threshold: 1,
    });
  });

  test('keeps its state in one table on demand', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'computeEnvironment', KeyType: 'HASH' }],
    });
  });

  test('runs on a pinned runtime, with a log that ends', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  describe('may', () => {
    const rights = statements(template, 'ClusterCapacityAutoscaler');

    test('scale its own groups', () => {
      expect(actionsOn(rights, 'autoScalingGroupName/')).toEqual([
        'autoscaling:SetDesiredCapacity',
        'autoscaling:TerminateInstanceInAutoScalingGroup',
      ]);
      const [{ Resource }] = rights.filter(({ Action }) => Action.includes('autoscaling:SetDesiredCapacity'));
      expect(Resource).toHaveLength(2);
    });

    test('look at its queues and move the instances of its cluster', () => {
      expect(actionsOn(rights, `"${queueId}"`)).toEqual(['batch:GetJobQueueSnapshot']);
      expect(actionsOn(rights, 'container-instance/')).toEqual([
        'ecs:DescribeContainerInstances',
        'ecs:UpdateContainerInstancesState',
      ]);
      expect(rights).toContainEqual(
        expect.objectContaining({ Action: ['ecs:DeregisterContainerInstance', 'ecs:ListContainerInstances'] }),
      );
    });

    test('read and write its item, its messages and its log', () => {
      expect(actionsOn(rights, 'AutoscalerState')).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
      expect(actionsOn(rights, 'TriggersQueue')).toEqual([
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
      ]);
      expect(actionsOn(rights, 'DeadLetters')).toEqual(['sqs:SendMessage']);
      expect(actionsOn(rights, 'FunctionLogs')).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    });

    test('publish as itself only', () => {
      expect(rights).toContainEqual(
        expect.objectContaining({
          Action: 'events:PutEvents',
          Condition: { 'ForAllValues:StringEquals': { 'events:source': 'batch-foreman' } },
        }),
      );
    });
  });
});

describe('alone', () => {
  function imported() {
    const stack = new Stack(new App(), 'Stack');
    const arn = (kind: string) => `arn:aws:batch:eu-west-1:111122223333:${kind}`;
    return {
      stack,
      computeEnvironment: batch.UnmanagedComputeEnvironment.fromUnmanagedComputeEnvironmentArn(
        stack,
        'Environment',
        arn('compute-environment/theirs'),
      ),
      queue: batch.JobQueue.fromJobQueueArn(stack, 'Queue', arn('job-queue/theirs')),
      pools: [
        {
          ...SMALL,
          autoScalingGroup: autoscaling.AutoScalingGroup.fromAutoScalingGroupName(stack, 'Group', 'their-group'),
        },
      ],
    };
  }

  test('it serves an environment, a queue and a group that are there already', () => {
    const { stack, computeEnvironment, queue, pools } = imported();
    new QueueDepthAutoscaler(stack, 'Autoscaler', {
      computeEnvironment,
      clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/theirs_Batch_1',
      queues: [queue],
      pools,
    });
    const template = Template.fromStack(stack);
    expect(autoscalerConfig(template)).toMatchObject({
      computeEnvironmentArn: 'arn:aws:batch:eu-west-1:111122223333:compute-environment/theirs',
      clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/theirs_Batch_1',
      queueArns: ['arn:aws:batch:eu-west-1:111122223333:job-queue/theirs'],
      pools: [{ name: 'small', autoScalingGroupName: 'their-group' }],
    });
    expect(JSON.stringify(statements(template, 'Autoscaler'))).toContain(':container-instance/theirs_Batch_1/*');
    template.resourceCountIs('Custom::BatchEcsCluster', 0);
  });

  test('it finds the cluster itself', () => {
    const { stack, computeEnvironment, queue, pools } = imported();
    new QueueDepthAutoscaler(stack, 'Autoscaler', { computeEnvironment, queues: [queue], pools });
    Template.fromStack(stack).hasResourceProperties('Custom::BatchEcsCluster', {
      ComputeEnvironmentArn: 'arn:aws:batch:eu-west-1:111122223333:compute-environment/theirs',
    });
  });
});

test('what its function can be told is limited, and that is checked at synth', () => {
  const pools = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...SMALL, name: `pool-${index}`, maxInstances: index + 1 }));
  Template.fromStack(unmanagedStack({ pools: pools(16) }).stack);
  expect(() => Template.fromStack(unmanagedStack({ pools: pools(60) }).stack)).toThrow(
    /\[Stack\/Cluster\/Capacity\/Autoscaler\/Function\] environment is about \d+ bytes; it must be at most 4096 bytes, which AWS Lambda gives/,
  );
});

test('an environment that no queue lists is refused at synth', () => {
  const { stack, cluster } = clusterStack();
  cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL] });
  expect(() => Template.fromStack(stack)).toThrow(
    '[Stack/Cluster/Capacity/Autoscaler] queues is empty; it must be a list of at least one job queue that lists the ' +
      'environment. Make one with BatchCluster.addQueue, or add one that is there with addQueue.',
  );
});

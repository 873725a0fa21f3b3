/** Every type that the loader knows, made, changed and deleted in the local services. */
import { DescribeAutoScalingGroupsCommand, AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import {
  BatchClient,
  DescribeComputeEnvironmentsCommand,
  DescribeConsumableResourceCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  ListSchedulingPoliciesCommand,
} from '@aws-sdk/client-batch';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTimeToLiveCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeLaunchTemplatesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetTopicAttributesCommand, ListSubscriptionsCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { batchProviders } from '../../../local/cloud-formation/providers/batch';
import type { DeployedStack } from '../../../local/cloud-formation/cloud-formation';
import type { ResourceDeclaration } from '../../../local/cloud-formation/template';
import { LocalAws } from '../../../local/local-aws';
import { FUNCTION_CODE, writeAssembly } from './test-cloud';

type Resources = Record<string, ResourceDeclaration>;

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const ref = (logicalId: string) => ({ Ref: logicalId });

/** @param changed whether everything is to be as an update leaves it */
function resources(changed: boolean): Resources {
  return {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } },
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Subnet: {
      Type: 'AWS::EC2::Subnet',
      Properties: { VpcId: ref('Vpc'), CidrBlock: '10.0.0.0/24', AvailabilityZone: 'us-east-1a' },
    },
    Template: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: { LaunchTemplateData: { InstanceType: changed ? 'm5.2xlarge' : 'm5.xlarge' } },
    },
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: {
        AutoScalingGroupName: 'group',
        MinSize: '0',
        MaxSize: changed ? '5' : '3',
        VPCZoneIdentifier: [ref('Subnet')],
        LaunchTemplate: {
          LaunchTemplateId: ref('Template'),
          Version: { 'Fn::GetAtt': ['Template', 'LatestVersionNumber'] },
        },
        Tags: [{ Key: changed ? 'new' : 'old', Value: 'x', PropagateAtLaunch: true }],
      },
    },
    Environment: {
      Type: 'AWS::Batch::ComputeEnvironment',
      Properties: {
        ComputeEnvironmentName: 'environment',
        Type: 'unmanaged',
        State: changed ? 'DISABLED' : 'ENABLED',
      },
    },
    Policy: {
      Type: 'AWS::Batch::SchedulingPolicy',
      Properties: { Name: 'policy', FairsharePolicy: { ShareDecaySeconds: changed ? 600 : 300 } },
    },
    JobQueue: {
      Type: 'AWS::Batch::JobQueue',
      Properties: {
        JobQueueName: 'queue',
        Priority: changed ? 20 : 10,
        ComputeEnvironmentOrder: [{ Order: 1, ComputeEnvironment: ref('Environment') }],
      },
    },
    Definition: {
      Type: 'AWS::Batch::JobDefinition',
      Properties: {
        JobDefinitionName: 'definition',
        Type: 'container',
        ContainerProperties: {
          Image: 'busybox',
          ResourceRequirements: [
            { Type: 'VCPU', Value: changed ? '2' : '1' },
            { Type: 'MEMORY', Value: '512' },
          ],
        },
      },
    },
    Tokens: {
      Type: 'AWS::Batch::ConsumableResource',
      Properties: { ConsumableResourceName: 'tokens', ResourceType: 'REPLENISHABLE', TotalQuantity: changed ? 9 : 5 },
    },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: { QueueName: 'messages', ...(changed ? {} : { VisibilityTimeout: 600, DelaySeconds: 7 }) },
    },
    QueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: { Queues: [ref('Queue')], PolicyDocument: { Statement: [], Id: changed ? 'new' : 'old' } },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...FUNCTION_CODE,
        FunctionName: 'function',
        Role: arnOf('Role'),
        Timeout: changed ? 90 : 60,
        ...(changed
          ? {}
          : { Environment: { Variables: { Key: 'value' } }, ReservedConcurrentExecutions: 2, Description: 'before' }),
      },
    },
    InvokeConfig: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: ref('Function'), Qualifier: '$LATEST', MaximumRetryAttempts: changed ? 1 : 0 },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: arnOf('Queue'),
        FunctionName: ref('Function'),
        ...(changed ? {} : { BatchSize: 5, MaximumBatchingWindowInSeconds: 20 }),
      },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: 'rule',
        EventPattern: { source: ['aws.batch'] },
        Targets: [{ Id: changed ? 'new' : 'old', Arn: arnOf('Function') }],
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: arnOf('Function'),
        Principal: 'events.amazonaws.com',
        ...(changed && { SourceArn: arnOf('Rule') }),
      },
    },
    ScheduleGroup: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'schedules' } },
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: 'schedule',
        GroupName: ref('ScheduleGroup'),
        ScheduleExpression: changed ? 'rate(2 hours)' : 'rate(1 hour)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: arnOf('Function'), RoleArn: arnOf('Role') },
      },
    },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'topic' } },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arnOf('Queue') },
    },
    TopicPolicy: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: {
        Topics: [ref('Topic')],
        PolicyDocument: { Version: '2012-10-17', Statement: changed ? [] : [{ Sid: 'one' }] },
      },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'table',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        ...(changed && { TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } }),
      },
    },
    LogGroup: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: 'log', ...(changed ? {} : { RetentionInDays: 30 }) },
    },
    Parameter: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: '/parameter', Type: 'String', Value: changed ? 'new' : 'old' },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: 'alarm',
        Namespace: 'Test',
        MetricName: 'Errors',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: changed ? 2 : 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      },
    },
  };
}

describe('resource types', () => {
  const aws = new LocalAws();
  const batch = aws.client(BatchClient);
  const lambda = aws.client(LambdaClient);
  const sqs = aws.client(SQSClient);

  const deploy = async (changed: boolean): Promise<DeployedStack> => {
    const { directory, remove } = writeAssembly({ All: { Resources: resources(changed) } });
    return aws
      .deploy(directory)
      .then(([stack]) => stack!)
      .finally(remove);
  };

  const topicPolicy = async ({ resources: made }: DeployedStack): Promise<unknown> => {
    const TopicArn = made.get('Topic')!.physicalId;
    const { Attributes } = await aws.client(SNSClient).send(new GetTopicAttributesCommand({ TopicArn }));
    return JSON.parse(Attributes!.Policy!);
  };

  let before: DeployedStack;
  test('are made', async () => {
    before = await deploy(false);
    const groups = await aws.client(AutoScalingClient).send(new DescribeAutoScalingGroupsCommand({}));
    expect(groups.AutoScalingGroups).toMatchObject([
      { MaxSize: 3, LaunchTemplate: { Version: '1' }, Tags: [{ Key: 'old' }], AvailabilityZones: ['us-east-1a'] },
    ]);
    const { computeEnvironments } = await batch.send(new DescribeComputeEnvironmentsCommand({}));
    expect(computeEnvironments).toMatchObject([{ type: 'UNMANAGED', status: 'VALID', state: 'ENABLED' }]);
    const { jobQueues } = await batch.send(new DescribeJobQueuesCommand({}));
    expect(jobQueues).toMatchObject([{ jobQueueName: 'queue', priority: 10, status: 'VALID' }]);
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'function' }))).toMatchObject({
      Timeout: 60,
      Environment: { Variables: { Key: 'value' } },
    });
    expect(await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: 'function' }))).toMatchObject({
      ReservedConcurrentExecutions: 2,
    });
    expect(await lambda.send(new ListEventSourceMappingsCommand({}))).toMatchObject({
      EventSourceMappings: [{ BatchSize: 5, MaximumBatchingWindowInSeconds: 20 }],
    });
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: before.resources.get('Queue')!.physicalId, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({ VisibilityTimeout: '600', DelaySeconds: '7', Policy: expect.any(String) });
    const { logGroups } = await aws
      .client(CloudWatchLogsClient)
      .send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'log' }));
    expect(logGroups).toMatchObject([{ logGroupName: 'log', retentionInDays: 30 }]);
    expect(await aws.client(SNSClient).send(new ListSubscriptionsCommand({}))).toMatchObject({
      Subscriptions: [{ Protocol: 'sqs' }],
    });
    expect(await topicPolicy(before)).toEqual({ Version: '2012-10-17', Statement: [{ Sid: 'one' }] });
  });

  test('are changed in place; what a template no longer says goes back to its default', async () => {
    const after = await deploy(true);
    const replaced = [...after.resources.values()]
      .filter(({ logicalId, physicalId }) => physicalId !== before.resources.get(logicalId)!.physicalId)
      .map(({ logicalId }) => logicalId);
    expect(replaced).toEqual(['Definition', 'Permission']);

    const groups = await aws.client(AutoScalingClient).send(new DescribeAutoScalingGroupsCommand({}));
    expect(groups.AutoScalingGroups).toMatchObject([
      { MaxSize: 5, LaunchTemplate: { Version: '2' }, Tags: [{ Key: 'new' }] },
    ]);
    const { computeEnvironments } = await batch.send(new DescribeComputeEnvironmentsCommand({}));
    expect(computeEnvironments).toMatchObject([{ state: 'DISABLED' }]);
    const { jobQueues } = await batch.send(new DescribeJobQueuesCommand({}));
    expect(jobQueues).toMatchObject([{ priority: 20 }]);
    const { jobDefinitions } = await batch.send(new DescribeJobDefinitionsCommand({ status: 'ACTIVE' }));
    expect(jobDefinitions).toMatchObject([{ revision: 2 }]);
    expect(await batch.send(new DescribeConsumableResourceCommand({ consumableResource: 'tokens' }))).toMatchObject({
      totalQuantity: 9,
    });
    const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'function' }));
    expect(configuration).toMatchObject({ Timeout: 90, Description: '' });
    expect(configuration.Environment?.Variables ?? {}).toEqual({});
    expect(await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: 'function' }))).not.toHaveProperty(
      'ReservedConcurrentExecutions',
      2,
    );
    expect(await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'function' }))).toMatchObject({
      MaximumRetryAttempts: 1,
    });
    expect(await lambda.send(new ListEventSourceMappingsCommand({}))).toMatchObject({
      EventSourceMappings: [{ BatchSize: 10, MaximumBatchingWindowInSeconds: 0 }],
    });
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: after.resources.get('Queue')!.physicalId, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({ VisibilityTimeout: '30', DelaySeconds: '0' });
    expect(JSON.parse(Attributes!.Policy!)).toMatchObject({ Id: 'new' });
    expect(await topicPolicy(after)).toEqual({ Version: '2012-10-17', Statement: [] });
    expect(await aws.client(EventBridgeClient).send(new ListTargetsByRuleCommand({ Rule: 'rule' }))).toMatchObject({
      Targets: [{ Id: 'new' }],
    });
    expect(
      await aws.client(SchedulerClient).send(new GetScheduleCommand({ Name: 'schedule', GroupName: 'schedules' })),
    ).toMatchObject({ ScheduleExpression: 'rate(2 hours)' });
    expect(await aws.client(DynamoDBClient).send(new DescribeTimeToLiveCommand({ TableName: 'table' }))).toMatchObject({
      TimeToLiveDescription: { AttributeName: 'ttl' },
    });
    const { logGroups } = await aws
      .client(CloudWatchLogsClient)
      .send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'log' }));
    expect(logGroups![0]!.retentionInDays).toBeUndefined();
    expect(await aws.client(SSMClient).send(new GetParameterCommand({ Name: '/parameter' }))).toMatchObject({
      Parameter: { Value: 'new' },
    });
    expect(await aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}))).toMatchObject({
      MetricAlarms: [{ Threshold: 2 }],
    });
  });

  test('are deleted', async () => {
    await aws.destroy();
    const left: (readonly object[] | readonly string[] | undefined)[] = [
      (await aws.client(AutoScalingClient).send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups,
      (await aws.client(EC2Client).send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates,
      (await batch.send(new DescribeComputeEnvironmentsCommand({}))).computeEnvironments,
      (await batch.send(new DescribeJobQueuesCommand({}))).jobQueues,
      (await batch.send(new DescribeJobDefinitionsCommand({ status: 'ACTIVE' }))).jobDefinitions,
      (await batch.send(new ListSchedulingPoliciesCommand({}))).schedulingPolicies,
      (await lambda.send(new ListFunctionsCommand({}))).Functions,
      (await lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings,
      (await sqs.send(new ListQueuesCommand({}))).QueueUrls,
      (await aws.client(EventBridgeClient).send(new ListRulesCommand({}))).Rules,
      (await aws.client(SchedulerClient).send(new ListSchedulesCommand({}))).Schedules,
      (await aws.client(SNSClient).send(new ListTopicsCommand({}))).Topics,
      (await aws.client(DynamoDBClient).send(new ListTablesCommand({}))).TableNames,
      (await aws.client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'log' })))
        .logGroups,
      (await aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}))).MetricAlarms,
    ];
    expect(left.map((items) => items ?? [])).toEqual(left.map(() => []));
    expect(aws.services.cloudFormation.identities.roles.size).toBe(0);
  });
});

describe('a managed environment', () => {
  const { replaces } = batchProviders['AWS::Batch::ComputeEnvironment']!;
  const managed = (resources: object, properties: object = {}) => ({
    Type: 'managed',
    ComputeResources: { Type: 'EC2', MaxvCpus: 16, InstanceTypes: ['m5'], ...resources },
    ...properties,
  });
  const inPlace = { ReplaceComputeEnvironment: false };

  test.each([
    ['grows in place', managed({}), managed({ MaxvCpus: 32 }), false],
    ['is replaced for other instances', managed({}), managed({ InstanceTypes: ['c5'] }), true],
    ['keeps itself when told to', managed({}, inPlace), managed({ InstanceTypes: ['c5'] }, inPlace), false],
    ['is replaced for another kind all the same', managed({}, inPlace), managed({ Type: 'SPOT' }, inPlace), true],
  ])('%s', (_name, former, properties, replaced) => expect(replaces!(former, properties)).toBe(replaced));
});

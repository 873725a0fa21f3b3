import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import { CapacityReport, CapacityResource } from '../../../lib';
import { parseCapacityReportConfig } from '../../../lib/shortage/config';
import { actionsOn, SMALL, statements, unmanagedStack } from '../fixture';
import { handlerConfigText } from '../handler-config';

const THEIR_QUEUE = 'arn:aws:batch:eu-west-1:111122223333:job-queue/theirs';

function importedStack() {
  const stack = new Stack(new App(), 'Stack');
  const queue = batch.JobQueue.fromJobQueueArn(stack, 'Queue', THEIR_QUEUE);
  return { stack, queue };
}

describe('on queues of this app', () => {
  const { stack, queue, capacity } = unmanagedStack({ pools: [SMALL] });
  const report = new CapacityReport(stack, 'Report', { queues: [queue] });
  report.onShortage('Told', { target: new targets.SnsTopic(report.topic) });
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [report.dashboardWidgets()] });
  const template = Template.fromStack(stack);
  const queueId = stack.getLogicalId(queue.node.defaultChild as batch.CfnJobQueue);
  const queueName = { 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::Select': [5, Match.anyValue()] }] }] };

  test('hands its function a configuration that the function can read', () => {
    const config = parseCapacityReportConfig(handlerConfigText(template, 'Report'));
    expect(config).toEqual({
      reportId: expect.stringMatching(/^StackReport/),
      queueArns: [`<${queueId}.JobQueueArn>`],
      tableName: expect.stringMatching(/^<ReportState/),
      jobBudget: 1000,
    });
  });

  test('looks each minute; a look that fails is not repeated but kept', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Description: 'Looks at the queues each minute',
      ScheduleExpression: 'rate(1 minute)',
      Targets: [Match.objectLike({ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } })],
    });
    const rights = statements(template, 'ReportFunction');
    expect(actionsOn(rights, 'ReportDeadLetters')).toEqual(['sqs:SendMessage']);
  });

  test('alarms once jobs cannot start, tells its topic, and tells it when they can', () => {
    const topic = [{ Ref: Match.stringLikeRegexp('ReportTopic') }];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'BatchForeman',
      MetricName: 'ShortJobs',
      Dimensions: [{ Name: 'JobQueue', Value: queueName }],
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      TreatMissingData: 'notBreaching',
      AlarmActions: topic,
      OKActions: topic,
    });
    expect(report.alarms).toHaveLength(1);
  });

  test('its topic takes messages over TLS only', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  test('has a rule for the shortages of its queues', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['batch-foreman'],
        'detail-type': ['Batch Capacity Shortage'],
        detail: { jobQueue: [{ 'Fn::GetAtt': [queueId, 'JobQueueArn'] }] },
      },
    });
  });

  test('shows queues, resources and instances on a dashboard', () => {
    const [{ Properties }] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(Properties);
    for (const name of ['WaitingJobs', 'ShortJobs', 'ShortBy', 'MissingInstances']) expect(body).toContain(name);
    expect(body).toContain('SEARCH(');
  });

  test('has a method for each metric, by the names that its function writes', () => {
    const dimensionsOf = (metric: cloudwatch.Metric) => Object.keys(metric.dimensions ?? {});
    expect(dimensionsOf(report.metricWaitingJobs(queue))).toEqual(['JobQueue']);
    for (const metric of [
      report.metricRequested(queue, CapacityResource.VCPU),
      report.metricAvailable(queue, CapacityResource.MEMORY),
      report.metricShortBy(queue, CapacityResource.consumable('licence')),
    ]) {
      expect(dimensionsOf(metric)).toEqual(['JobQueue', 'Resource']);
    }
    expect(report.metricShortBy(queue, CapacityResource.GPU).dimensions).toMatchObject({ Resource: 'GPU' });
    const { computeEnvironment } = capacity;
    expect(dimensionsOf(report.metricMissingInstances(computeEnvironment))).toEqual(['ComputeEnvironment']);
    expect(report.metricMissingInstances(computeEnvironment, 'small')).toMatchObject({
      namespace: 'BatchForeman',
      metricName: 'MissingInstances',
      dimensions: { Pool: 'small' },
    });
  });

  describe('may', () => {
    const rights = statements(template, 'ReportFunction');

    test('only read, but for its own item, its dead letters, its log and its events', () => {
      const writing = rights
        .flatMap(({ Action }) => Action)
        .filter((action) => !/:(Describe|Get|List)/.test(action))
        .sort();
      expect(writing).toEqual([
        'dynamodb:UpdateItem',
        'events:PutEvents',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        'sqs:SendMessage',
      ]);
    });

    test('look at its queues and into clusters', () => {
      expect(actionsOn(rights, `"${queueId}"`)).toEqual(['batch:GetJobQueueSnapshot']);
      expect(actionsOn(rights, ':cluster/*')).toEqual(['ecs:ListContainerInstances']);
      expect(actionsOn(rights, ':container-instance/*')).toEqual(['ecs:DescribeContainerInstances']);
    });
  });
});

describe('on queues that are there already', () => {
  test('knows them by their names', () => {
    const { stack, queue } = importedStack();
    new CapacityReport(stack, 'Report', { queues: [queue, queue] });
    const template = Template.fromStack(stack);
    expect(parseCapacityReportConfig(handlerConfigText(template, 'Report')).queueArns).toEqual([THEIR_QUEUE]);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { Dimensions: [{ Name: 'JobQueue', Value: 'theirs' }] });
  });

  test('tells a topic that is there already, and makes none', () => {
    const { stack, queue } = importedStack();
    const topic = sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:oncall');
    new CapacityReport(stack, 'Report', { topic }).addQueue(queue);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ShortJobs',
      AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:oncall'],
    });
  });
});

test('a report on nothing is refused at synth', () => {
  const { stack } = importedStack();
  new CapacityReport(stack, 'Report');
  expect(() => Template.fromStack(stack)).toThrow(
    '[Stack/Report] queues is empty; it must be a list of at least one job queue. Add one with addQueue.',
  );
});

import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import { parseTimeoutsConfig, type TimeoutsConfig } from '../../../lib/timeouts/config';
import { JobLedger, JobTimeouts, type JobTimeoutsProps } from '../../../lib';
import { actionsOn, clusterStack, statements } from '../fixture';

function stackWith(): Stack {
  return new Stack(new App(), 'Stack');
}

function importedQueue(stack: Stack): batch.IJobQueue {
  return batch.JobQueue.fromJobQueueArn(stack, 'Theirs', 'arn:aws:batch:us-east-1:123456789012:job-queue/theirs');
}

function timeouts(props: Partial<JobTimeoutsProps>, stack = stackWith()): JobTimeouts {
  return new JobTimeouts(stack, 'Timeouts', {
    runnable: Duration.hours(1),
    ...props,
    queues: props.queues ?? [importedQueue(stack)],
  });
}

function configOf(template: Template): TimeoutsConfig {
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'));
  const [, { Properties }] = functions.find(([id]) => id.startsWith('TimeoutsFunction'))!;
  const [separator, parts] = Properties.Environment.Variables.CONFIG['Fn::Join'] as [string, unknown[]];
  return parseTimeoutsConfig(parts.map((part) => (typeof part === 'string' ? part : 'token')).join(separator));
}

test('it hands its function a configuration that the function can read', () => {
  const { stack, cluster } = clusterStack();
  const own = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 4 })] });
  timeouts(
    { queues: [own, importedQueue(stack)], total: Duration.days(1), loosenUpTo: { total: Duration.days(2) } },
    stack,
  );
  expect(configOf(Template.fromStack(stack))).toEqual({
    by: 'Stack/Timeouts',
    tableName: 'token',
    queues: [
      { arn: 'token', dryRun: false },
      { arn: 'arn:aws:batch:us-east-1:123456789012:job-queue/theirs', dryRun: true },
    ],
    limits: { RUNNABLE: 3600, TOTAL: 86_400 },
    ceilings: { TOTAL: 172_800 },
  });
});

test('it shares a ledger, and gives it its queues', () => {
  const stack = stackWith();
  const ledger = new JobLedger(stack, 'Ledger');
  timeouts({ ledger }, stack);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::DynamoDB::Table', 1);
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { detail: { jobQueue: [Match.stringLikeRegexp('theirs')] } },
  });
});

test('in a dry run it may not end jobs', () => {
  const actions = (dryRun: boolean) => {
    const stack = stackWith();
    timeouts({ dryRun }, stack);
    return actionsOn(statements(Template.fromStack(stack), 'TimeoutsFunctionRole'), ':job/*');
  };
  expect(actions(true)).toEqual([]);
  expect(actions(false)).toEqual(['batch:CancelJob', 'batch:TerminateJob']);
});

test('it has metrics by queue', () => {
  const stack = stackWith();
  const queue = importedQueue(stack);
  const construct = timeouts({ queues: [queue] }, stack);
  expect(construct.metricTimedOut(queue)).toMatchObject({
    metricName: 'JobsTimedOut',
    dimensions: { JobQueue: 'theirs' },
  });
  expect(construct.metricPastLimit(queue)).toMatchObject({ namespace: 'BatchForeman', metricName: 'JobsPastLimit' });
});

describe('is told at synth', () => {
  test.each([
    [{ runnable: undefined }, 'a limit is missing; it must be given for at least one of submitted, pending'],
    [{ queues: [] }, 'queues is empty; it must be a list of at least one job queue.'],
    [{ runnable: Duration.seconds(59) }, 'runnable is 59 s; it must be a whole number of seconds of at least 60.'],
    [{ total: Duration.millis(90_500) }, 'total is 90.5 s; it must be a whole number of seconds of at least 60.'],
    [
      { loosenUpTo: { runnable: Duration.minutes(30) } },
      'loosenUpTo.runnable is 1800 s; it must be at least the limit itself, 3600 s.',
    ],
    [
      { loosenUpTo: { total: Duration.days(1) } },
      'loosenUpTo.total is 86400 s; it must be left out, since total has no limit.',
    ],
  ] as [Partial<JobTimeoutsProps>, string][])('%#', (props, message) => {
    expect(() => timeouts(props)).toThrow(`[Stack/Timeouts] ${message}`);
  });
});

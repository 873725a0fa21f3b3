import type { Stack } from 'aws-cdk-lib';
import { Duration, Size, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { ConcurrencyLimit, ContainerJobDefinition, RateLimit } from '../../../lib';
import type { ContainerJobDefinitionProps } from '../../../lib';
import { clusterStack, statements } from '../fixture';

function fargateStack() {
  const { stack, cluster } = clusterStack();
  const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 16 });
  const addQueue = (id: string) => cluster.addQueue(id, { capacity: [fargate] });
  const define = (id: string, props: Partial<ContainerJobDefinitionProps>) =>
    new ContainerJobDefinition(stack, id, {
      image: ecs.ContainerImage.fromRegistry('example/job'),
      vcpus: 1,
      memory: Size.gibibytes(2),
      ...props,
    });
  return { stack, addQueue, define };
}

describe('the resources', () => {
  const { stack, addQueue, define } = fargateStack();
  const licences = new ConcurrencyLimit(stack, 'Licences', { max: 3 });
  const requests = new RateLimit(stack, 'Requests', { starts: 30, per: Duration.minutes(5) });
  define('Job', { queues: [addQueue('Queue')], consumableResources: [licences.take(2), requests.take()] });
  const template = Template.fromStack(stack);

  test('of a concurrency limit are a replenishable resource and nothing else', () => {
    template.hasResourceProperties('AWS::Batch::ConsumableResource', {
      ResourceType: 'REPLENISHABLE',
      TotalQuantity: 3,
    });
    expect(licences.node.findAll().map(({ node }) => node.id)).toEqual(['Licences', 'Resource']);
  });

  test('of a rate limit are one that is used up, and a schedule that sets it by a call in Pascal case', () => {
    template.hasResourceProperties('AWS::Batch::ConsumableResource', {
      ResourceType: 'NON_REPLENISHABLE',
      TotalQuantity: 30,
    });
    const [schedule] = Object.values(template.findResources('AWS::Scheduler::Schedule'));
    expect(schedule!.Properties).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: 'arn:aws:scheduler:::aws-sdk:batch:updateConsumableResource',
        RetryPolicy: { MaximumEventAgeInSeconds: 60 },
        DeadLetterConfig: { Arn: expect.anything() },
      },
    });
    const { Input } = (schedule!.Properties as { Target: { Input: { 'Fn::Join': [string, string[]] } } }).Target;
    const [before, , after] = Input['Fn::Join'][1];
    expect(`${before}ARN${after}`).toBe('{"ConsumableResource":"ARN","Operation":"SET","Quantity":30}');
    template.resourceCountIs('AWS::CloudWatch::Alarm', 1);
  });

  test('the schedule may set its own resource and write to its own dead-letter queue', () => {
    expect(statements(template, 'RequestsRefillRole').map(({ Action, Resource }) => [Action, Resource])).toEqual([
      ['batch:UpdateConsumableResource', { Ref: expect.stringMatching(/^Requests/) }],
      ['sqs:SendMessage', { 'Fn::GetAtt': [expect.stringMatching(/^RequestsDeadLetters/), 'Arn'] }],
    ]);
  });

  test('a job definition names what its jobs take', () => {
    template.hasResourceProperties('AWS::Batch::JobDefinition', {
      ConsumableResourceProperties: {
        ConsumableResourceList: [
          { ConsumableResource: { Ref: Match.stringLikeRegexp('^Licences') }, Quantity: 2 },
          { ConsumableResource: { Ref: Match.stringLikeRegexp('^Requests') }, Quantity: 1 },
        ],
      },
    });
  });
});

test('a minute is written in the singular', () => {
  const { stack } = fargateStack();
  new RateLimit(stack, 'Requests', { starts: 1, per: Duration.seconds(60) });
  Template.fromStack(stack).hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)' });
});

test.each<readonly [string, (stack: Stack) => unknown, string]>([
  [
    'a limit of 0',
    (stack) => new ConcurrencyLimit(stack, 'L', { max: 0 }),
    'max is 0; it must be a whole number of at least 1.',
  ],
  [
    'half a licence',
    (stack) => new ConcurrencyLimit(stack, 'L', { max: 1.5 }),
    'max is 1.5; it must be a whole number of at least 1.',
  ],
  [
    'a rate of 0',
    (stack) => new RateLimit(stack, 'L', { starts: 0, per: Duration.minutes(1) }),
    'starts is 0; it must be a whole number of at least 1.',
  ],
  [
    'a period under a minute',
    (stack) => new RateLimit(stack, 'L', { starts: 1, per: Duration.seconds(59) }),
    'per is 59 s; it must be a whole number of minutes from 1 to 525600.',
  ],
  [
    'a minute and a half',
    (stack) => new RateLimit(stack, 'L', { starts: 1, per: Duration.seconds(90) }),
    'per is 90 s; it must be a whole number of minutes from 1 to 525600.',
  ],
])('%s is refused', (_, make, message) => {
  const { stack } = fargateStack();
  expect(() => make(stack)).toThrow(`[Stack/L] ${message}`);
});

test('a job that takes more than there is is refused, and one of whose limit nothing is known is not', () => {
  const { stack, define } = fargateStack();
  const licences = new ConcurrencyLimit(stack, 'Licences', { max: 3 });
  const open = new ConcurrencyLimit(stack, 'Open', { max: Token.asNumber({ Ref: 'Parameter' }) });
  expect(() => define('Job', { consumableResources: [licences.take(4)] })).toThrow(
    'consumableResources[0].quantity is 4; it must be at most 3, which is all that Stack/Licences has.',
  );
  expect(() => define('Job0', { consumableResources: [licences.take(0)] })).toThrow(
    'consumableResources[0].quantity is 0; it must be a whole number of at least 1.',
  );
  define('OtherJob', { consumableResources: [open.take(4)] });
});

describe('a queue that is shared with jobs that do not need the limit', () => {
  const warnings = (stack: Stack) =>
    Annotations.fromStack(stack)
      .findWarning('*', Match.stringLikeRegexp('stays RUNNABLE'))
      .map(({ id, entry }) => [id, entry.data as string]);

  test.each([['before'], ['after']])('is warned of, when theirs is defined %s', (when) => {
    const { stack, addQueue, define } = fargateStack();
    const licences = new ConcurrencyLimit(stack, 'Licences', { max: 3 });
    const queues = [addQueue('Queue')];
    if (when === 'before') define('Free', { queues });
    define('Licensed', { queues, consumableResources: [licences.take()] });
    if (when === 'after') define('Free', { queues });
    expect(warnings(stack)).toEqual([
      ['/Stack/Licensed', expect.stringContaining('those of Stack/Free may wait with it')],
    ]);
  });

  test('is not when all of its jobs take of it, or the others have queues of their own', () => {
    const { stack, addQueue, define } = fargateStack();
    const licences = new ConcurrencyLimit(stack, 'Licences', { max: 3 });
    const queues = [addQueue('Queue')];
    define('Licensed', { queues, consumableResources: [licences.take()] });
    define('AlsoLicensed', { queues, consumableResources: [licences.take(2)] });
    define('Free', { queues: [addQueue('OtherQueue')] });
    expect(warnings(stack)).toEqual([]);
  });
});

test('usage is counted by rules for the jobs that take of the limit, each made once', () => {
  const { stack } = fargateStack();
  const licences = new ConcurrencyLimit(stack, 'Licences', { max: 3 });
  const requests = new RateLimit(stack, 'Requests', { starts: 30, per: Duration.minutes(5) });
  const widget = new cloudwatch.GraphWidget({
    left: [licences.metricStarts(), licences.metricWaits(), licences.metricInUse(), licences.metricEnds()],
    right: [requests.metricUtilization(), requests.metricStarts({ period: Duration.minutes(1) })],
  });
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [[widget]] });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Events::Rule', 5);
  const takes = { consumableResourceList: { consumableResource: [{ Ref: Match.stringLikeRegexp('^Licences') }] } };
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.batch'],
      'detail-type': ['Batch Job State Change'],
      detail: { status: ['STARTING'], consumableResourceProperties: takes },
    },
  });
  expect(requests.metricUtilization().period).toEqual(Duration.minutes(5));
});

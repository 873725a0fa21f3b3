/** What ScheduledJob and JobTrigger make, and what they refuse. */
import { Duration, Size, TimeZone } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventField } from 'aws-cdk-lib/aws-events';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  ConcurrencyPolicy,
  ContainerJobDefinition,
  type ContainerJobDefinitionProps,
  JobLedger,
  JobTrigger,
  type JobTriggerProps,
  MissedRuns,
  ScheduledJob,
  type ScheduledJobProps,
  TriggerEvent,
} from '../../../lib';
import type { ScheduleMessage } from '../../../lib/schedule/config';
import { actionsOn, clusterStack, statements } from '../fixture';

const DAILY = ScheduleExpression.cron({ hour: '2', minute: '30', timeZone: TimeZone.EUROPE_PARIS });

function stage(definition: Partial<ContainerJobDefinitionProps> = {}) {
  const { stack, cluster } = clusterStack();
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 16 })] });
  const job = new ContainerJobDefinition(stack, 'Job', {
    image: ContainerImage.fromRegistry('busybox'),
    vcpus: 1,
    memory: Size.gibibytes(2),
    queues: [queue],
    ...definition,
  });
  const add = (props: Partial<ScheduledJobProps> = {}, id = 'Nightly') =>
    new ScheduledJob(stack, id, { job, queue, schedule: DAILY, ...props });
  const trigger = (props: Partial<JobTriggerProps> = {}) =>
    new JobTrigger(stack, 'Trigger', { job, queue, event: TriggerEvent.matching({ source: ['team'] }), ...props });
  return { stack, queue, job, add, trigger, template: () => Template.fromStack(stack) };
}

function cron(expression: string, zone = 'UTC'): ScheduleExpression {
  return ScheduleExpression.expression(`cron(${expression})`, TimeZone.of(zone));
}

/** Texts of a template, with tokens left out. */
function joined(value: unknown): string {
  const [, parts] = (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'TOKEN')).join('');
}

test('schedules and triggers of a stack share one function, one queue, one group and one ledger', () => {
  const { add, trigger, template } = stage();
  const first = add();
  const second = add({ concurrencyPolicy: ConcurrencyPolicy.FORBID }, 'Weekly');
  expect(trigger().function).toBe(first.function);
  expect(second.function).toBe(first.function);
  template().resourceCountIs('AWS::Scheduler::Schedule', 2);
  template().resourceCountIs('AWS::Scheduler::ScheduleGroup', 1);
  template().resourceCountIs('AWS::DynamoDB::Table', 1);
  // The ledger's and the schedules'.
  template().resourceCountIs('AWS::Lambda::Function', 2);
});

test('schedules of another ledger have a function of their own', () => {
  const { stack, add, template } = stage();
  const ledger = new JobLedger(stack, 'Ledger');
  const first = add({ ledger });
  expect(add({ ledger }, 'Weekly').function).toBe(first.function);
  expect(add({}, 'Own').function).not.toBe(first.function);
  template().resourceCountIs('AWS::DynamoDB::Table', 2);
});

test('Scheduler is told when, and the function what', () => {
  const { add, template } = stage({ parameters: { input: 'all' }, command: ['run', 'Ref::input'] });
  const start = new Date('2026-02-01T00:00:00Z');
  add({
    scheduleName: 'nightly',
    start,
    flexibleWindow: Duration.minutes(15),
    concurrencyPolicy: ConcurrencyPolicy.REPLACE,
    maxActiveRuns: 2,
    startingDeadline: Duration.hours(1),
    missedRuns: MissedRuns.all(5),
    suspended: true,
    parameters: { input: 'some' },
  });
  const [schedule] = Object.values(template().findResources('AWS::Scheduler::Schedule'));
  expect(schedule!.Properties).toMatchObject({
    Name: 'nightly',
    ScheduleExpression: 'cron(30 2 * * ? *)',
    ScheduleExpressionTimezone: 'Europe/Paris',
    StartDate: '2026-02-01T00:00:00.000Z',
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
    State: 'DISABLED',
  });
  const { Input } = (schedule!.Properties as { Target: { Input: unknown } }).Target;
  const message = JSON.parse(joined(Input)) as ScheduleMessage;
  expect(message).toMatchObject({
    schedule: 'nightly',
    scheduledTime: '<aws.scheduler.scheduled-time>',
    config: {
      concurrencyPolicy: 'REPLACE',
      maxActiveRuns: 2,
      missedRuns: 5,
      startingDeadlineSeconds: 3600,
      target: { kind: 'job', parameters: { input: 'some' } },
    },
  });
});

test('values of an event stand for themselves, so that EventBridge escapes them', () => {
  const { trigger, template } = stage();
  const key = EventField.fromPath('$.detail.object.key');
  trigger({ parameters: { input: `s3://bucket/${key}?again=${key}`, fixed: 'a' } });
  const rules = Object.values(template().findResources('AWS::Events::Rule'));
  const rule = rules.find(
    ({ Properties }) => (Properties as { EventPattern?: { source: string[] } }).EventPattern?.source[0] === 'team',
  );
  const [{ InputTransformer }] = (rule!.Properties as { Targets: [{ InputTransformer: { InputTemplate: unknown } }] })
    .Targets;
  const text = joined(InputTransformer.InputTemplate);
  expect(text).toContain('"texts":{"input":["s3://bucket/",0,"?again=",0],"fixed":["a"]}');
  expect(text).toContain('"values":[<detail-object-key>]');
});

test('all containers of a job of several get the variables', () => {
  const { add, template } = stage({
    additionalContainers: [
      { name: 'side', image: ContainerImage.fromRegistry('busybox'), vcpus: 1, memory: Size.gibibytes(2) },
    ],
  });
  add();
  const [schedule] = Object.values(template().findResources('AWS::Scheduler::Schedule'));
  expect(joined((schedule!.Properties as { Target: { Input: unknown } }).Target.Input)).toContain(
    '"containers":["main","side"]',
  );
});

describe('the function may', () => {
  const rights = (props: Partial<ScheduledJobProps>) => {
    const { add, template } = stage();
    add(props);
    return actionsOn(statements(template(), 'ScheduledJobsFunction'), ':job/*');
  };

  test('end jobs only where a policy replaces them', () => {
    expect(rights({})).toEqual(['batch:TagResource']);
    expect(rights({ concurrencyPolicy: ConcurrencyPolicy.FORBID })).toEqual(['batch:TagResource']);
    expect(rights({ concurrencyPolicy: ConcurrencyPolicy.REPLACE })).toEqual([
      'batch:CancelJob',
      'batch:TagResource',
      'batch:TerminateJob',
    ]);
  });

  test('submit the job to its queue', () => {
    const { add, template } = stage();
    add();
    const all = statements(template(), 'ScheduledJobsFunction');
    expect(all.find(({ Action }) => Action === 'batch:SubmitJob')!.Resource).toHaveLength(3);
  });
});

describe('refused at synth, by its path:', () => {
  test.each<[string, Partial<ScheduledJobProps>, string]>([
    [
      'an impossible day',
      { schedule: cron('0 3 30 2 ? *') },
      'schedule is cron(0 3 30 2 ? *); it must be a cron expression of days that exist',
    ],
    ['two day fields', { schedule: cron('0 3 1 * 2 *') }, 'with ? in exactly one of the two day fields'],
    [
      'an unknown time zone',
      { schedule: cron('0 3 * * ? *', 'Mars/Olympus') },
      'schedule.timeZone is "Mars/Olympus"; it must be the name of a time zone',
    ],
    [
      'no time between start and end',
      { schedule: cron('0 3 1 1 ? *'), start: new Date('2026-02-01T00:00:00Z'), end: new Date('2026-12-01T00:00:00Z') },
      'due at least once between start and end',
    ],
    [
      'an end before the start',
      { start: new Date('2026-02-01T00:00:00Z'), end: new Date('2026-02-01T00:00:00Z') },
      'end is 2026-02-01T00:00:00.000Z; it must be',
    ],
    [
      'a deadline below the precision',
      { startingDeadline: Duration.seconds(30) },
      'startingDeadline is 30 s; it must be a whole number of seconds of at least 60',
    ],
    [
      'a deadline within the window',
      { startingDeadline: Duration.minutes(5), flexibleWindow: Duration.minutes(10) },
      'of at least 660',
    ],
    [
      'a window of half a minute',
      { flexibleWindow: Duration.seconds(90) },
      'flexibleWindow is 90 s; it must be a whole number of minutes',
    ],
    ['no active run', { maxActiveRuns: 0 }, 'maxActiveRuns is 0; it must be a whole number from 1 to 100'],
    ['too many missed runs', { missedRuns: MissedRuns.all(501) }, 'missedRuns.limit is 501'],
    ['a name', { scheduleName: 'not so' }, 'scheduleName is "not so"; it must be 1 to 64'],
    ['an array of one', { arraySize: 1 }, 'arraySize is 1; it must be'],
    ['a share', { shareIdentifier: 'a-b' }, 'shareIdentifier is "a-b"'],
    ['a variable of ours', { environment: { FOREMAN_RUN_ID: '1' } }, 'environment is FOREMAN_RUN_ID'],
  ])('%s', (_, props, message) => {
    expect(() => stage().add(props)).toThrow(message);
    expect(() => stage().add(props)).toThrow('[Stack/Nightly]');
  });

  test('a required parameter that nobody gives; the scheduled time is given', () => {
    const { add } = stage({
      command: ['Ref::scheduledTime', 'Ref::input'],
      requiredParameters: ['scheduledTime', 'input'],
    });
    expect(() => add()).toThrow('parameters.input is missing; it must be given, since Stack/Job requires it');
    add({ parameters: { input: 'all' } }, 'Given');
  });

  test('a trigger does not know a scheduled time', () => {
    const { trigger } = stage({ command: ['Ref::scheduledTime'], requiredParameters: ['scheduledTime'] });
    expect(() => trigger()).toThrow('parameters.scheduledTime is missing');
  });
});

test('metrics are of the schedule', () => {
  const { add } = stage();
  const schedule = add({ scheduleName: 'nightly' });
  const metrics = [
    schedule.metricStarted(),
    schedule.metricSkipped(),
    schedule.metricFailed(),
    schedule.metricLateness(),
  ];
  expect(metrics.map(({ metricName }) => metricName)).toEqual([
    'RunsStarted',
    'RunsSkipped',
    'RunsFailed',
    'StartLateness',
  ]);
  for (const { namespace, dimensions } of metrics) {
    expect({ namespace, dimensions }).toEqual({ namespace: 'BatchForeman', dimensions: { Schedule: 'nightly' } });
  }
});

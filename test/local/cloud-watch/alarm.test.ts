import type { AlarmCondition } from '../../../local/cloud-watch/alarm';
import { evaluate } from '../../../local/cloud-watch/alarm';
import { Stage } from '../stage';

const X = 10;
const O = 0;
const _ = undefined;

/** What an alarm on more than 5 comes to; undefined leaves its state. */
function state(
  window: (number | undefined)[],
  missingData: AlarmCondition['missingData'],
  datapointsToAlarm = window.length,
) {
  const condition = {
    threshold: 5,
    breaches: (v: number, t: number) => v > t,
    missingData,
    datapointsToAlarm,
  } as AlarmCondition;
  return evaluate(condition, window)?.state;
}

describe('an alarm over three periods', () => {
  test.each([
    // window, missing, ignore, breaching, notBreaching
    [[O, O, O], 'OK', 'OK', 'OK', 'OK'],
    [[X, X, X], 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    [[O, _, X], 'OK', 'OK', 'OK', 'OK'],
    [[_, _, X], 'ALARM', undefined, 'ALARM', 'OK'],
    [[_, _, O], 'OK', 'OK', 'OK', 'OK'],
    [[_, _, _], 'INSUFFICIENT_DATA', undefined, 'ALARM', 'OK'],
  ])('%j', (window, missing, ignore, breaching, notBreaching) => {
    expect([
      state(window, 'missing'),
      state(window, 'ignore'),
      state(window, 'breaching'),
      state(window, 'notBreaching'),
    ]).toEqual([missing, ignore, breaching, notBreaching]);
  });

  test('may need only some of them to breach', () => {
    expect(state([X, O, X], 'missing', 2)).toBe('ALARM');
    expect(state([X, O, O], 'missing', 2)).toBe('OK');
    expect(state([X, _, O], 'ignore', 2)).toBeUndefined();
  });
});

const MINUTE = 60_000;

async function alarm(stage: Stage, definition: object): Promise<void> {
  await stage.call('monitoring', 'PutMetricAlarm', {
    AlarmName: 'a',
    Namespace: 'N',
    MetricName: 'M',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    ...definition,
  });
}

const stateOf = async (stage: Stage) => (await stage.call('monitoring', 'DescribeAlarms')).MetricAlarms[0].StateValue;

const put = (stage: Stage, Value: number) =>
  stage.call('monitoring', 'PutMetricData', { Namespace: 'N', MetricData: [{ MetricName: 'M', Value }] });

describe('an alarm', () => {
  test('has no data at first, and looks at the end of the first period', async () => {
    const stage = new Stage();
    await alarm(stage, {});
    expect(await stateOf(stage)).toBe('INSUFFICIENT_DATA');
    await stage.clock.advance(MINUTE);
    expect(await stateOf(stage)).toBe('OK');
  });

  test('goes off at the end of the period with the value, and back when there are no more', async () => {
    const stage = new Stage();
    await alarm(stage, {});
    await stage.clock.advance(90_000);
    await put(stage, 1);
    expect(await stateOf(stage)).toBe('OK');
    await stage.clock.advance(30_000);
    expect(await stateOf(stage)).toBe('ALARM');
    await stage.clock.advance(MINUTE);
    expect(await stateOf(stage)).toBe('OK');
  });

  test('does nothing while there is nothing new', async () => {
    const stage = new Stage();
    await alarm(stage, { EvaluationPeriods: 3 });
    await put(stage, 1);
    await stage.clock.advance(10 * MINUTE);
    expect(stage.clock.next()).toBeUndefined();
  });

  test('tells its topics and the event bus of each change', async () => {
    const stage = new Stage();
    await stage.queue('q');
    const { TopicArn } = await stage.call('sns', 'CreateTopic', { Name: 't' });
    await stage.call('sns', 'Subscribe', { TopicArn, Protocol: 'email', Endpoint: 'a@example.com' });
    await alarm(stage, { AlarmActions: [TopicArn] });
    await put(stage, 1);
    await stage.clock.advance(5 * MINUTE);
    expect(stage.sns.sent()).toHaveLength(1);
    expect(JSON.parse(stage.sns.sent()[0]!.message)).toMatchObject({
      AlarmName: 'a',
      NewStateValue: 'ALARM',
      OldStateValue: 'INSUFFICIENT_DATA',
    });
    expect(
      stage.events.recentEvents().map(({ detail }) => (detail as { state: { value: string } }).state.value),
    ).toEqual(['ALARM', 'OK']);
  });

  test('keeps quiet when its actions are off, or lead nowhere', async () => {
    const stage = new Stage();
    await alarm(stage, { AlarmActions: ['arn:aws:sns:us-east-1:123456789012:gone'] });
    await put(stage, 1);
    await stage.clock.advance(MINUTE);
    expect(await stateOf(stage)).toBe('ALARM');
    await stage.call('monitoring', 'DisableAlarmActions', { AlarmNames: ['a'] });
    expect((await stage.call('monitoring', 'DescribeAlarms')).MetricAlarms[0].ActionsEnabled).toBe(false);
  });

  test('watches a dead-letter queue', async () => {
    const stage = new Stage();
    await stage.queue('dead');
    await alarm(stage, {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: 'dead' }],
      Statistic: 'Maximum',
    });
    await stage.clock.advance(10 * MINUTE);
    expect(await stateOf(stage)).toBe('OK');
    await stage.send('dead', 'letter');
    await stage.clock.advance(2 * MINUTE);
    expect(await stateOf(stage)).toBe('ALARM');
    await stage.clock.advance(3_600_000);
    expect(await stateOf(stage)).toBe('ALARM');
    await stage.receive('dead');
    await stage.clock.advance(2 * MINUTE);
    expect(await stateOf(stage)).toBe('OK');
  });

  test('may name its metric in a list, and be deleted', async () => {
    const stage = new Stage();
    const MetricStat = { Metric: { Namespace: 'N', MetricName: 'M' }, Period: 60, Stat: 'Maximum' };
    await alarm(stage, {
      MetricName: undefined,
      Namespace: undefined,
      Period: undefined,
      Metrics: [{ Id: 'm', MetricStat }],
    });
    await put(stage, 1);
    await stage.clock.advance(MINUTE);
    expect(await stateOf(stage)).toBe('ALARM');
    await stage.call('monitoring', 'DeleteAlarms', { AlarmNames: ['a'] });
    expect((await stage.call('monitoring', 'DescribeAlarms')).MetricAlarms).toEqual([]);
    await stage.clock.advance(10 * MINUTE);
    expect(stage.clock.next()).toBeUndefined();
  });

  test('can be set to a state by hand until the next evaluation', async () => {
    const stage = new Stage();
    await alarm(stage, {});
    await stage.call('monitoring', 'SetAlarmState', { AlarmName: 'a', StateValue: 'ALARM', StateReason: 'test' });
    expect(await stateOf(stage)).toBe('ALARM');
    await stage.clock.advance(MINUTE);
    expect(await stateOf(stage)).toBe('OK');
  });

  test.each([
    ['metric math', { MetricName: undefined, Metrics: [{ Id: 'e', Expression: 'm + 1' }] }],
    ['more datapoints than periods', { DatapointsToAlarm: 2 }],
    ['an odd period', { Period: 61 }],
    ['an unknown statistic', { Statistic: undefined, ExtendedStatistic: 'tm50' }],
    ['no threshold', { Threshold: undefined }],
  ])('is refused with %s', async (_, definition) => {
    await expect(alarm(new Stage(), definition)).rejects.toMatchObject({ code: 'ValidationError' });
  });
});

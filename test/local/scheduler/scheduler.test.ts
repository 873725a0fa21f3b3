import { ROLE, Stage, START } from '../stage';

const OFF = { Mode: 'OFF' };
const MINUTE = 60_000;
const DAY = 86_400_000;

/** A schedule that sends its input to a queue named q. */
async function schedule(stage: Stage, definition: object, target: object = {}): Promise<string> {
  const { ScheduleArn } = await stage.call('scheduler', 'CreateSchedule', {
    Name: 's',
    FlexibleTimeWindow: OFF,
    Target: { Arn: 'arn:aws:sqs:us-east-1:123456789012:q', RoleArn: ROLE, Input: 'tick', ...target },
    ...definition,
  });
  return ScheduleArn;
}

/** Lets time pass in steps of a minute. @returns the seconds at which messages came to the queue */
async function arrivals(stage: Stage, minutes: number): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < minutes; i++) {
    for (const _ of await stage.receive('q')) seen.push(stage.seconds());
    await stage.clock.advance(MINUTE);
  }
  return seen;
}

describe('a schedule', () => {
  test('at a rate begins at once without a start date', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await schedule(stage, { ScheduleExpression: 'rate(5 minutes)' });
    await stage.clock.advance(1);
    expect(await stage.receive('q')).toHaveLength(1);
    await stage.clock.advance(5 * MINUTE);
    expect(await stage.receive('q')).toHaveLength(1);
  });

  test('at a rate begins at its start date, and ends with its end date', async () => {
    const stage = new Stage();
    await stage.queue('q');
    const at = (minutes: number) => new Date(START + minutes * MINUTE);
    await schedule(stage, { ScheduleExpression: 'rate(2 minutes)', StartDate: at(3), EndDate: at(8) });
    expect(await arrivals(stage, 20)).toEqual([180, 300, 420]);
  });

  test('of cron follows its time zone', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await schedule(stage, { ScheduleExpression: 'cron(0 9 * * ? *)', ScheduleExpressionTimezone: 'Asia/Tokyo' });
    await stage.clock.advance(DAY);
    expect(await stage.receive('q')).toHaveLength(1);
  });

  test('once happens once, and can delete itself', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await schedule(stage, { ScheduleExpression: 'at(2026-01-01T00:10:00)', ActionAfterCompletion: 'DELETE' });
    expect(await arrivals(stage, 60)).toEqual([600]);
    await expect(stage.call('scheduler', 'GetSchedule', { Name: 's' })).rejects.toMatchObject({ status: 404 });
  });

  test('that recurs deletes itself after its end date', async () => {
    const stage = new Stage();
    await stage.queue('q');
    const EndDate = new Date(START + 5 * MINUTE);
    await schedule(stage, { ScheduleExpression: 'rate(2 minutes)', EndDate, ActionAfterCompletion: 'DELETE' });
    await stage.clock.advance(10 * MINUTE);
    expect((await stage.call('scheduler', 'ListSchedules')).Schedules).toEqual([]);
  });

  test('that is disabled does nothing, and misses what came in between', async () => {
    const stage = new Stage();
    await stage.queue('q');
    const definition = { ScheduleExpression: 'cron(0 * * * ? *)' };
    await schedule(stage, { ...definition, State: 'DISABLED' });
    await stage.clock.advance(3 * 60 * MINUTE + MINUTE);
    const current = await stage.call('scheduler', 'GetSchedule', { Name: 's' });
    const { Target } = current;
    await stage.call('scheduler', 'UpdateSchedule', { Name: 's', Target, FlexibleTimeWindow: OFF, ...definition });
    await stage.clock.advance(30 * MINUTE);
    expect(await stage.receive('q')).toEqual([]);
    await stage.clock.advance(30 * MINUTE);
    expect(await stage.receive('q')).toHaveLength(1);
  });

  test('in a flexible window comes at some time within it', async () => {
    const stage = new Stage();
    await stage.queue('q');
    const FlexibleTimeWindow = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 };
    await schedule(stage, { ScheduleExpression: 'cron(0 * * * ? *)', FlexibleTimeWindow });
    const seen = (await arrivals(stage, 12 * 60)).map((second) => second % 3600);
    expect(seen.length).toBeGreaterThanOrEqual(11);
    expect(Math.max(...seen)).toBeLessThanOrEqual(31 * 60);
    expect(new Set(seen).size).toBeGreaterThan(5);
  });

  test('comes within its precision', async () => {
    const stage = new Stage({ settings: { scheduleLatenessSeconds: 59 } });
    await stage.queue('q');
    await schedule(stage, { ScheduleExpression: 'rate(1 hour)' });
    await stage.clock.advance(59_000);
    expect(await stage.receive('q')).toHaveLength(1);
  });

  test('costs one timer', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await schedule(stage, { ScheduleExpression: 'cron(0 0 1 1 ? 2199)' });
    expect(stage.clock.next()).toBe(Date.UTC(2199, 0, 1));
  });
});

describe('500 schedules at the same minute', () => {
  test('are all invoked', async () => {
    const stage = new Stage();
    let invoked = 0;
    const Arn = await stage.function('f', () => void invoked++);
    for (let n = 0; n < 500; n++) {
      await schedule(stage, { Name: `s${n}`, ScheduleExpression: 'cron(30 2 * * ? *)' }, { Arn, Input: '{}' });
    }
    await stage.clock.advance(DAY);
    expect(invoked).toBe(500);
  });
});

describe('a target', () => {
  test('that is a function gets the input with the context put in', async () => {
    const stage = new Stage();
    const seen: unknown[] = [];
    const Arn = await stage.function('f', (event: unknown) => void seen.push(event));
    const Input = JSON.stringify({
      at: '<aws.scheduler.scheduled-time>',
      by: '<aws.scheduler.schedule-arn>',
      attempt: '<aws.scheduler.attempt-number>',
      other: '<aws.scheduler.unknown>',
    });
    const arn = await schedule(stage, { ScheduleExpression: 'cron(5 0 * * ? *)' }, { Arn, Input });
    await stage.clock.advance(10 * MINUTE);
    expect(seen).toEqual([{ at: '2026-01-01T00:05:00Z', by: arn, attempt: '1', other: '<aws.scheduler.unknown>' }]);
  });

  test('without an input gets a scheduled event', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await schedule(stage, { ScheduleExpression: 'cron(5 0 * * ? *)' }, { Input: undefined });
    await stage.clock.advance(10 * MINUTE);
    expect(JSON.parse((await stage.receive('q'))[0]!.body)).toMatchObject({
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      time: '2026-01-01T00:05:00Z',
    });
  });

  test('that is an event bus gets an event', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await stage.call('events', 'PutRule', { Name: 'r', EventPattern: '{"source": ["mine"]}' });
    const Targets = [{ Id: '1', Arn: 'arn:aws:sqs:us-east-1:123456789012:q', InputPath: '$.detail' }];
    await stage.call('events', 'PutTargets', { Rule: 'r', Targets });
    const target = {
      Arn: 'arn:aws:events:us-east-1:123456789012:event-bus/default',
      EventBridgeParameters: { Source: 'mine', DetailType: 'T' },
      Input: '{"a":1}',
    };
    await schedule(stage, { ScheduleExpression: 'cron(5 0 * * ? *)' }, target);
    await stage.clock.advance(10 * MINUTE);
    expect((await stage.receive('q')).map(({ body }) => body)).toEqual(['{"a":1}']);
  });

  test("that is any operation is called with members in Pascal case, as the schedule's role", async () => {
    const stage = new Stage();
    const target = {
      Arn: 'arn:aws:scheduler:::aws-sdk:cloudwatchlogs:createLogGroup',
      Input: JSON.stringify({ LogGroupName: '/made', Tags: { someKey: 'v' } }),
    };
    await schedule(stage, { ScheduleExpression: 'cron(5 0 * * ? *)' }, target);
    await stage.clock.advance(10 * MINUTE);
    const { logGroups } = await stage.call('logs', 'DescribeLogGroups');
    expect(logGroups).toMatchObject([{ logGroupName: '/made' }]);
    const { tags } = await stage.call('logs', 'ListTagsForResource', { resourceArn: logGroups[0].logGroupArn });
    expect(tags).toEqual({ someKey: 'v' });
  });

  test('may be called synchronously although that takes time', async () => {
    const stage = new Stage();
    let ended = 0;
    await stage.function(
      'f',
      async (_, { clock }) => {
        await clock.sleep(90_000);
        ended = stage.seconds();
      },
      { Timeout: 120 },
    );
    const Arn = 'arn:aws:scheduler:::aws-sdk:lambda:invoke';
    await schedule(
      stage,
      { ScheduleExpression: 'cron(5 0 * * ? *)' },
      { Arn, Input: '{"FunctionName": "f", "Payload": "{}"}' },
    );
    await stage.clock.advance(10 * MINUTE);
    expect(ended).toBe(390);
  });
});

describe('an invocation that fails', () => {
  const dead = 'arn:aws:sqs:us-east-1:123456789012:dead';

  test('for a reason that does not pass goes to the dead-letter queue at once', async () => {
    const stage = new Stage();
    await stage.queue('dead');
    const SCHEDULE_ARN = await schedule(
      stage,
      { ScheduleExpression: 'cron(5 0 * * ? *)' },
      { DeadLetterConfig: { Arn: dead } },
    );
    await stage.clock.advance(10 * MINUTE);
    const [letter] = await stage.receive('dead');
    expect(letter).toMatchObject({
      body: 'tick',
      attributes: {
        SCHEDULE_ARN,
        ERROR_CODE: 'QueueDoesNotExist',
        RETRY_ATTEMPTS: '0',
        SCHEDULED_TIME: '2026-01-01T00:05:00Z',
      },
    });
  });

  test('because its input has a member that is not in Pascal case goes there too', async () => {
    const stage = new Stage();
    await stage.queue('dead');
    const target = {
      Arn: 'arn:aws:scheduler:::aws-sdk:cloudwatchlogs:createLogGroup',
      Input: '{"logGroupName": "/made"}',
      DeadLetterConfig: { Arn: dead },
    };
    await schedule(stage, { ScheduleExpression: 'cron(5 0 * * ? *)' }, target);
    await stage.clock.advance(10 * MINUTE);
    expect((await stage.receive('dead'))[0]!.attributes).toMatchObject({
      ERROR_CODE: 'ValidationException',
      ERROR_MESSAGE: expect.stringContaining('logGroupName'),
    });
  });

  test('because of throttling is tried again until it succeeds', async () => {
    const stage = new Stage({ faults: { seed: 2, throttle: { 'sqs:SendMessage': 0.8 } } });
    await stage.queue('q');
    await schedule(stage, { ScheduleExpression: 'cron(5 0 * * ? *)' });
    await stage.clock.advance(60 * MINUTE);
    expect(await stage.receive('q')).toHaveLength(1);
    expect(stage.calls.counts().sqs!.SendMessage).toBeGreaterThan(1);
  });

  test('again and again is given up after its retries', async () => {
    const stage = new Stage({ faults: { throttle: { 'lambda:Invoke': 1 } } });
    await stage.queue('dead');
    const Arn = await stage.function('f', () => null);
    const target = { Arn, Input: '{}', RetryPolicy: { MaximumRetryAttempts: 3 }, DeadLetterConfig: { Arn: dead } };
    await schedule(stage, { ScheduleExpression: 'cron(5 0 * * ? *)' }, target);
    await stage.clock.advance(60 * MINUTE);
    expect((await stage.receive('dead'))[0]!.attributes).toMatchObject({
      RETRY_ATTEMPTS: '3',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    });
    expect(stage.calls.counts().lambda!.Invoke).toBe(4);
  });

  test('is given up when it has become too old', async () => {
    const stage = new Stage({ faults: { throttle: { 'lambda:Invoke': 1 } } });
    await stage.queue('dead');
    const Arn = await stage.function('f', () => null);
    const target = { Arn, Input: '{}', RetryPolicy: { MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: dead } };
    await schedule(stage, { ScheduleExpression: 'cron(5 0 * * ? *)' }, target);
    await stage.clock.advance(60 * MINUTE);
    const [letter] = await stage.receive('dead');
    expect(letter!.attributes.EXHAUSTED_RETRY_CONDITION).toBe('MaximumEventAgeInSeconds');
    expect(Number(letter!.attributes.RETRY_ATTEMPTS)).toBeGreaterThan(2);
  });
});

test('faults have schedules invoked twice, late, or not at all', async () => {
  const invoked = async (events: object) => {
    const stage = new Stage({ faults: { events } });
    await stage.queue('q');
    await schedule(stage, { ScheduleExpression: 'cron(0 * * * ? *)' });
    return arrivals(stage, 3 * 60 + 1);
  };
  expect(await invoked({ double: 1 })).toHaveLength(6);
  expect(await invoked({ lose: 1 })).toEqual([]);
  expect((await invoked({ delaySeconds: 600 })).some((second) => second % 3600 > 60)).toBe(true);
});

describe('schedules and groups', () => {
  test('are described as they were made', async () => {
    const stage = new Stage();
    const Arn = await schedule(stage, { ScheduleExpression: 'rate(1 hour)', Description: 'd' });
    expect(await stage.call('scheduler', 'GetSchedule', { Name: 's' })).toMatchObject({
      Arn,
      GroupName: 'default',
      ScheduleExpression: 'rate(1 hour)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      Description: 'd',
      FlexibleTimeWindow: OFF,
      CreationDate: new Date(START),
    });
  });

  test('are deleted with their group', async () => {
    const stage = new Stage();
    await stage.call('scheduler', 'CreateScheduleGroup', { Name: 'g' });
    await schedule(stage, { ScheduleExpression: 'rate(1 hour)', GroupName: 'g' });
    await schedule(stage, { ScheduleExpression: 'rate(1 hour)' });
    const names = async (input: object) =>
      (await stage.call('scheduler', 'ListSchedules', input)).Schedules.map((s: { GroupName: string }) => s.GroupName);
    expect(await names({})).toEqual(['default', 'g']);
    expect(await names({ GroupName: 'g' })).toEqual(['g']);
    await stage.call('scheduler', 'DeleteScheduleGroup', { Name: 'g' });
    expect(await names({})).toEqual(['default']);
  });

  test('are listed by prefix, state and page', async () => {
    const stage = new Stage();
    for (const Name of ['a1', 'a2', 'a3', 'b']) await schedule(stage, { Name, ScheduleExpression: 'rate(1 hour)' });
    await schedule(stage, { Name: 'a4', ScheduleExpression: 'rate(1 hour)', State: 'DISABLED' });
    const list = (input: object) =>
      stage.call('scheduler', 'ListSchedules', { NamePrefix: 'a', State: 'ENABLED', ...input });
    const first = await list({ MaxResults: 2 });
    const second = await list({ MaxResults: 2, NextToken: first.NextToken });
    expect([...first.Schedules, ...second.Schedules].map(({ Name }) => Name)).toEqual(['a1', 'a2', 'a3']);
    expect(second.NextToken).toBeUndefined();
  });

  test('are refused twice, and where there is none', async () => {
    const stage = new Stage();
    const definition = { ScheduleExpression: 'rate(1 hour)' };
    await schedule(stage, definition);
    await expect(schedule(stage, definition)).rejects.toMatchObject({ code: 'ConflictException' });
    await expect(schedule(stage, { ...definition, GroupName: 'x' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    await expect(stage.call('scheduler', 'DeleteScheduleGroup', { Name: 'default' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  test.each([
    ['an expression that is none', { ScheduleExpression: 'every day' }, {}],
    ['an unknown time zone', { ScheduleExpressionTimezone: 'Mars/Olympus' }, {}],
    ['a flexible window without its length', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, {}],
    ['an end before its start', { StartDate: new Date(START + 2), EndDate: new Date(START + 1) }, {}],
    ['a target that only reads', {}, { Arn: 'arn:aws:scheduler:::aws-sdk:batch:describeJobs' }],
    ['a target that nobody knows', {}, { Arn: 'arn:aws:s3:::bucket' }],
  ])('are refused with %s', async (_, definition, target) => {
    const made = schedule(new Stage(), { ScheduleExpression: 'rate(1 hour)', ...definition }, target);
    await expect(made).rejects.toMatchObject({ code: 'ValidationException' });
  });
});

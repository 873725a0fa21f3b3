import { Stage } from '../stage';

const BATCH_EVENT = {
  source: 'aws.batch',
  detailType: 'Batch Job State Change',
  resources: ['job'],
  detail: { status: 'FAILED' },
};

async function rule(stage: Stage, rule: object, ...targets: object[]): Promise<string> {
  const { RuleArn } = await stage.call('events', 'PutRule', { Name: 'rule', ...rule });
  if (targets.length > 0) {
    const Targets = targets.map((target, index) => ({ Id: String(index), ...target }));
    await stage.call('events', 'PutTargets', { Rule: 'rule', Targets });
  }
  return RuleArn;
}

const FAILED = { EventPattern: JSON.stringify({ source: ['aws.batch'], detail: { status: ['FAILED'] } }) };

describe('a rule with a pattern', () => {
  test('hands the whole event to each of its targets', async () => {
    const stage = new Stage({ settings: { eventLatencyMilliseconds: 100 } });
    const seen: object[] = [];
    const Arn = await stage.function('f', (event: object) => void seen.push(event));
    const queueArn = await stage.queue('q');
    await rule(stage, FAILED, { Arn }, { Arn: queueArn });
    stage.events.publish(BATCH_EVENT);
    expect(seen).toEqual([]);
    await stage.clock.advance(100);
    expect(seen).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        source: 'aws.batch',
        'detail-type': 'Batch Job State Change',
        account: '123456789012',
        region: 'us-east-1',
        time: '2026-01-01T00:00:00Z',
        resources: ['job'],
        detail: { status: 'FAILED' },
      },
    ]);
    expect((await stage.receive('q')).map(({ body }) => JSON.parse(body))).toEqual(seen);
  });

  test('lets other events pass', async () => {
    const stage = new Stage();
    await rule(stage, FAILED, { Arn: await stage.queue('q') });
    stage.events.publish({ ...BATCH_EVENT, detail: { status: 'SUCCEEDED' } });
    await stage.clock.advance(1000);
    expect(await stage.receive('q')).toEqual([]);
  });

  test('hands over what the event was when it was published', async () => {
    const stage = new Stage({ settings: { eventLatencyMilliseconds: 100 } });
    await rule(stage, FAILED, { Arn: await stage.queue('q') });
    const detail = { status: 'FAILED' };
    stage.events.publish({ ...BATCH_EVENT, detail });
    detail.status = 'CHANGED';
    await stage.clock.advance(1000);
    expect(JSON.parse((await stage.receive('q'))[0]!.body).detail.status).toBe('FAILED');
  });

  test('does nothing while it is disabled', async () => {
    const stage = new Stage();
    await rule(stage, { ...FAILED, State: 'DISABLED' }, { Arn: await stage.queue('q') });
    stage.events.publish(BATCH_EVENT);
    await stage.call('events', 'EnableRule', { Name: 'rule' });
    stage.events.publish(BATCH_EVENT);
    await stage.call('events', 'DisableRule', { Name: 'rule' });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    expect(await stage.receive('q')).toHaveLength(1);
  });
});

describe('a target gets', () => {
  const inputs: [string, object, string][] = [
    ['a constant', { Input: '{"constant": 1}' }, '{"constant": 1}'],
    ['a part of the event', { InputPath: '$.detail' }, '{"status":"FAILED"}'],
    [
      'a transformed event',
      {
        InputTransformer: {
          InputPathsMap: { status: '$.detail.status' },
          InputTemplate: '{"status": <status>, "rule": <aws.events.rule-name>}',
        },
      },
      '{"status": "FAILED", "rule": "rule"}',
    ],
  ];

  test.each(inputs)('%s', async (_, input, expected) => {
    const stage = new Stage();
    await rule(stage, FAILED, { Arn: await stage.queue('q'), ...input });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    expect((await stage.receive('q')).map(({ body }) => body)).toEqual([expected]);
  });
});

describe('a target may be', () => {
  test('a log group', async () => {
    const stage = new Stage();
    await rule(stage, FAILED, { Arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/events' });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    const { events } = await stage.call('logs', 'FilterLogEvents', { logGroupName: '/events' });
    expect(JSON.parse(events[0].message).detail).toEqual({ status: 'FAILED' });
  });

  test('a topic', async () => {
    const stage = new Stage();
    const { TopicArn } = await stage.call('sns', 'CreateTopic', { Name: 'topic' });
    await stage.call('sns', 'Subscribe', { TopicArn, Protocol: 'email', Endpoint: 'a@example.com' });
    await rule(stage, FAILED, { Arn: TopicArn, InputPath: '$.detail.status' });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    expect(stage.sns.sent()).toMatchObject([{ endpoint: 'a@example.com', message: '"FAILED"' }]);
  });

  test('another event bus, whose rules get the event as it is', async () => {
    const stage = new Stage();
    const { EventBusArn } = await stage.call('events', 'CreateEventBus', { Name: 'other' });
    await stage.call('events', 'PutRule', { Name: 'there', EventBusName: 'other', ...FAILED });
    const Targets = [{ Id: '1', Arn: await stage.queue('q') }];
    await stage.call('events', 'PutTargets', { Rule: 'there', EventBusName: 'other', Targets });
    await rule(stage, FAILED, { Arn: EventBusArn });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    expect(await stage.receive('q')).toHaveLength(1);
  });

  test('a FIFO queue, with a group', async () => {
    const stage = new Stage();
    const Arn = await stage.queue('q.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    await rule(stage, FAILED, { Arn, SqsParameters: { MessageGroupId: 'g' } });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    expect(await stage.receive('q.fifo')).toHaveLength(1);
  });
});

describe('a rule with a schedule', () => {
  const times = async (stage: Stage, expression: string, seconds: number) => {
    const seen: number[] = [];
    const Arn = await stage.function('f', () => void seen.push(stage.seconds()));
    await rule(stage, { ScheduleExpression: expression }, { Arn });
    await stage.clock.advance(seconds * 1000);
    return seen;
  };

  test('fires at its rate, for the first time one period after it was made', async () => {
    const stage = new Stage();
    await stage.clock.advance(30_000);
    expect(await times(stage, 'rate(1 minute)', 200)).toEqual([90, 150, 210]);
  });

  test('fires at the times of its cron expression in UTC', async () => {
    expect(await times(new Stage(), 'cron(15 0/1 * * ? *)', 10_000)).toEqual([900, 4500, 8100]);
  });

  test('sends a scheduled event', async () => {
    const stage = new Stage();
    const arn = await rule(stage, { ScheduleExpression: 'rate(1 minute)' }, { Arn: await stage.queue('q') });
    await stage.clock.advance(60_000);
    const [message] = await stage.receive('q');
    expect(JSON.parse(message!.body)).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: [arn],
      time: '2026-01-01T00:01:00Z',
      detail: {},
    });
  });

  test('stops while disabled and when deleted', async () => {
    const stage = new Stage();
    await rule(stage, { ScheduleExpression: 'rate(1 minute)' }, { Arn: await stage.queue('q') });
    await stage.call('events', 'DisableRule', { Name: 'rule' });
    await stage.clock.advance(600_000);
    await stage.call('events', 'RemoveTargets', { Rule: 'rule', Ids: ['0'] });
    await stage.call('events', 'DeleteRule', { Name: 'rule' });
    expect(await stage.receive('q')).toEqual([]);
    expect(stage.clock.next()).toBeUndefined();
  });

  test.each(['rate(0 minutes)', 'rate(1 minutes)', 'cron(* * * * * *)', 'at(2026-01-01T00:00:00)', 'daily'])(
    'is refused when it is %s',
    async (ScheduleExpression) => {
      await expect(rule(new Stage(), { ScheduleExpression })).rejects.toMatchObject({ code: 'ValidationException' });
    },
  );
});

describe('what cannot be delivered', () => {
  test('for a reason that does not pass goes to the dead-letter queue at once', async () => {
    const stage = new Stage();
    const dead = await stage.queue('dead');
    const gone = 'arn:aws:sqs:us-east-1:123456789012:gone';
    const RULE_ARN = await rule(stage, FAILED, { Arn: gone, DeadLetterConfig: { Arn: dead } });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    const [letter] = await stage.receive('dead');
    expect(JSON.parse(letter!.body).detail).toEqual({ status: 'FAILED' });
    expect(letter!.attributes).toMatchObject({
      RULE_ARN,
      TARGET_ARN: gone,
      RETRY_ATTEMPTS: '0',
      ERROR_CODE: 'QueueDoesNotExist',
    });
  });

  test('because the function wants JSON goes there too', async () => {
    const stage = new Stage();
    const DeadLetterConfig = { Arn: await stage.queue('dead') };
    const InputTransformer = { InputTemplate: 'no JSON' };
    await rule(stage, FAILED, { Arn: await stage.function('f', () => null), InputTransformer, DeadLetterConfig });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    expect((await stage.receive('dead'))[0]!.attributes.ERROR_CODE).toBe('INVALID_JSON');
  });

  test('is gone, and counted, where there is no dead-letter queue', async () => {
    const stage = new Stage();
    await rule(stage, FAILED, { Arn: 'arn:aws:sqs:us-east-1:123456789012:gone' });
    stage.events.publish(BATCH_EVENT);
    await stage.clock.advance(1000);
    expect(stage.cloudWatch.report()).toContainEqual(
      expect.objectContaining({ namespace: 'AWS/Events', metric: 'FailedInvocations', sum: 1 }),
    );
  });
});

describe('PutEvents', () => {
  const entry = { Source: 'mine', DetailType: 'T', Detail: '{"a": 1}' };

  test('delivers to the rules of the bus, with the time that the entry has', async () => {
    const stage = new Stage();
    await rule(stage, { EventPattern: '{"source": ["mine"]}' }, { Arn: await stage.queue('q') });
    const Time = new Date(Date.UTC(2025, 5, 1));
    const { Entries, FailedEntryCount } = await stage.call('events', 'PutEvents', { Entries: [{ ...entry, Time }] });
    expect([FailedEntryCount, Entries[0].ErrorCode]).toEqual([0, undefined]);
    await stage.clock.advance(1000);
    expect(JSON.parse((await stage.receive('q'))[0]!.body)).toMatchObject({
      id: Entries[0].EventId,
      time: '2025-06-01T00:00:00Z',
      detail: { a: 1 },
    });
  });

  test.each([
    ['a source of AWS', { Source: 'aws.batch' }, 'NotAuthorizedForSourceException'],
    ['a detail that is no object', { Detail: '[1]' }, 'MalformedDetail'],
    ['a detail that is no JSON', { Detail: 'x' }, 'MalformedDetail'],
    ['no source', { Source: undefined }, 'InvalidArgument'],
  ])('refuses %s, entry by entry', async (_, change, ErrorCode) => {
    const { Entries, FailedEntryCount } = await new Stage().call('events', 'PutEvents', {
      Entries: [{ ...entry, ...change }, entry],
    });
    expect(FailedEntryCount).toBe(1);
    expect(Entries).toEqual([expect.objectContaining({ ErrorCode }), { EventId: expect.any(String) }]);
  });

  test('refuses more than a megabyte', async () => {
    const Detail = JSON.stringify({ x: 'x'.repeat(1_100_000) });
    await expect(new Stage().call('events', 'PutEvents', { Entries: [{ ...entry, Detail }] })).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });
});

describe('rules and targets', () => {
  test('are described and listed as they were put', async () => {
    const stage = new Stage();
    const Arn = await stage.queue('q');
    const RuleArn = await rule(stage, { ...FAILED, Description: 'd' }, { Arn });
    expect(await stage.call('events', 'DescribeRule', { Name: 'rule' })).toMatchObject({
      Arn: RuleArn,
      State: 'ENABLED',
      Description: 'd',
      ...FAILED,
    });
    expect((await stage.call('events', 'ListRules', { NamePrefix: 'ru' })).Rules).toHaveLength(1);
    expect((await stage.call('events', 'ListRules', { NamePrefix: 'x' })).Rules).toHaveLength(0);
    expect((await stage.call('events', 'ListTargetsByRule', { Rule: 'rule' })).Targets).toEqual([{ Id: '0', Arn }]);
    expect((await stage.call('events', 'ListRuleNamesByTarget', { TargetArn: Arn })).RuleNames).toEqual(['rule']);
  });

  test('a rule with targets cannot be deleted, one that is not there can', async () => {
    const stage = new Stage();
    await rule(stage, FAILED, { Arn: await stage.queue('q') });
    await expect(stage.call('events', 'DeleteRule', { Name: 'rule' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    await expect(stage.call('events', 'DeleteRule', { Name: 'other' })).resolves.toBeDefined();
  });

  test('removing a target that is not there is reported, not refused', async () => {
    const stage = new Stage();
    await rule(stage, FAILED);
    const { FailedEntryCount } = await stage.call('events', 'RemoveTargets', { Rule: 'rule', Ids: ['x'] });
    expect(FailedEntryCount).toBe(1);
  });

  test('a rule takes five targets', async () => {
    const stage = new Stage();
    const Arn = await stage.queue('q');
    await rule(stage, FAILED, ...Array.from({ length: 5 }, () => ({ Arn })));
    await expect(
      stage.call('events', 'PutTargets', { Rule: 'rule', Targets: [{ Id: 'sixth', Arn }] }),
    ).rejects.toMatchObject({ code: 'LimitExceededException' });
  });

  test.each([
    ['no pattern and no schedule', {}],
    ['a schedule on another bus', { ScheduleExpression: 'rate(1 minute)', EventBusName: 'other' }],
  ])('a rule is refused with %s', async (_, definition) => {
    const stage = new Stage();
    await stage.call('events', 'CreateEventBus', { Name: 'other' });
    await expect(rule(stage, definition)).rejects.toMatchObject({ code: 'ValidationException' });
  });

  test('TestEventPattern answers without a rule', async () => {
    const stage = new Stage();
    const Event = JSON.stringify({ source: 'aws.batch', detail: { status: 'FAILED' } });
    expect(await stage.call('events', 'TestEventPattern', { ...FAILED, Event })).toEqual({ Result: true });
  });
});

describe('event faults', () => {
  const delivered = async (events: object, count: number) => {
    const stage = new Stage({ seed: 3, faults: { seed: 3, events } });
    const seen: { n: number; at: number }[] = [];
    const Arn = await stage.function(
      'f',
      ({ detail }: { detail: { n: number } }) => void seen.push({ n: detail.n, at: stage.seconds() }),
    );
    await rule(stage, { EventPattern: '{"source": ["x"]}' }, { Arn });
    for (let n = 0; n < count; n++) {
      stage.events.publish({ source: 'x', detailType: 'T', resources: [], detail: { n } });
      await stage.clock.advance(100);
    }
    await stage.clock.advance(600_000);
    return seen;
  };

  test('lose some', async () => {
    const { length } = await delivered({ lose: 0.5 }, 100);
    expect(length).toBeGreaterThan(20);
    expect(length).toBeLessThan(80);
  });

  test('deliver some twice', async () => {
    expect((await delivered({ double: 1 }, 10)).map(({ n }) => n).sort()).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9,
    ]);
  });

  test('deliver late and out of order, the same with the same seed', async () => {
    const seen = await delivered({ delaySeconds: 60, reorder: 0.5 }, 50);
    expect(seen).toHaveLength(50);
    expect(seen.some(({ n }, index) => index > 0 && n < seen[index - 1]!.n)).toBe(true);
    expect(await delivered({ delaySeconds: 60, reorder: 0.5 }, 50)).toEqual(seen);
  });
});

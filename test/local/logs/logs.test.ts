import { compileFilterPattern } from '../../../local/logs/filter-pattern';
import { Stage, START } from '../stage';

const GROUP = '/g';

async function lines(stage: Stage, ...messages: string[]): Promise<void> {
  for (const message of messages) {
    stage.logs.write(GROUP, 's', message);
    await stage.clock.advance(1000);
  }
}

const get = (stage: Stage, input: object = {}) =>
  stage.call('logs', 'GetLogEvents', { logGroupName: GROUP, logStreamName: 's', ...input });

const messages = (answer: { events: { message: string }[] }) => answer.events.map(({ message }) => message);

describe('a stream', () => {
  test('is read from its head or its tail, page by page to its end', async () => {
    const stage = new Stage();
    await lines(stage, '1', '2', '3', '4', '5');
    expect(messages(await get(stage, { limit: 2 }))).toEqual(['4', '5']);
    const first = await get(stage, { limit: 3, startFromHead: true });
    const second = await get(stage, { limit: 3, nextToken: first.nextForwardToken });
    const third = await get(stage, { nextToken: second.nextForwardToken });
    expect([messages(first), messages(second), messages(third)]).toEqual([['1', '2', '3'], ['4', '5'], []]);
    expect(third.nextForwardToken).toBe(second.nextForwardToken);
    expect(messages(await get(stage, { nextToken: second.nextBackwardToken }))).toEqual(['1', '2', '3']);
  });

  test('is read between two times', async () => {
    const stage = new Stage();
    await lines(stage, '1', '2', '3', '4');
    expect(messages(await get(stage, { startTime: START + 1000, endTime: START + 3000 }))).toEqual(['2', '3']);
  });

  test('takes events put by a client in order of their times', async () => {
    const stage = new Stage();
    await stage.call('logs', 'CreateLogGroup', { logGroupName: GROUP });
    const put = (...timestamps: number[]) =>
      stage.call('logs', 'PutLogEvents', {
        logGroupName: GROUP,
        logStreamName: 's',
        logEvents: timestamps.map((timestamp) => ({ timestamp, message: String(timestamp - START) })),
      });
    await expect(put(START)).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await stage.call('logs', 'CreateLogStream', { logGroupName: GROUP, logStreamName: 's' });
    await put(START + 5, START + 6);
    await put(START + 1);
    await expect(put(START + 2, START + 1)).rejects.toMatchObject({ code: 'InvalidParameterException' });
    expect(messages(await get(stage))).toEqual(['1', '5', '6']);
  });

  test('is listed by name or by its last event, and deleted with its events', async () => {
    const stage = new Stage();
    stage.logs.write(GROUP, 'b', 'x');
    await stage.clock.advance(1000);
    stage.logs.write(GROUP, 'a', 'y');
    const names = async (input: object = {}) =>
      (await stage.call('logs', 'DescribeLogStreams', { logGroupName: GROUP, ...input })).logStreams.map(
        ({ logStreamName }: { logStreamName: string }) => logStreamName,
      );
    expect(await names()).toEqual(['a', 'b']);
    expect(await names({ orderBy: 'LastEventTime' })).toEqual(['b', 'a']);
    expect(await names({ orderBy: 'LastEventTime', descending: true, limit: 1 })).toEqual(['a']);
    await stage.call('logs', 'DeleteLogStream', { logGroupName: GROUP, logStreamName: 'a' });
    expect(await names()).toEqual(['b']);
    expect(messages(await stage.call('logs', 'FilterLogEvents', { logGroupName: GROUP }))).toEqual(['x']);
  });
});

describe('a group', () => {
  test('is searched over its streams, page by page', async () => {
    const stage = new Stage();
    for (const [stream, message] of [
      ['a', 'ERROR 1'],
      ['b', 'fine'],
      ['b', 'ERROR 2'],
      ['a', 'ERROR 3'],
    ] as const) {
      stage.logs.write(GROUP, stream, message);
    }
    const search = (input: object) =>
      stage.call('logs', 'FilterLogEvents', { logGroupName: GROUP, filterPattern: 'ERROR', ...input });
    const first = await search({ limit: 2 });
    expect(messages(first)).toEqual(['ERROR 1', 'ERROR 2']);
    expect(messages(await search({ limit: 2, nextToken: first.nextToken }))).toEqual(['ERROR 3']);
    expect(messages(await search({ logStreamNames: ['b'] }))).toEqual(['ERROR 2']);
  });

  test('forgets what is older than its retention', async () => {
    const stage = new Stage();
    await lines(stage, 'old');
    await stage.call('logs', 'PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 1 });
    await stage.clock.advance(86_400_000);
    await lines(stage, 'new');
    expect(messages(await get(stage))).toEqual(['new']);
    await expect(
      stage.call('logs', 'PutRetentionPolicy', { logGroupName: GROUP, retentionInDays: 2 }),
    ).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });

  test('keeps the newest of very many events', async () => {
    const stage = new Stage();
    for (let n = 0; n < 50_000; n++) stage.logs.write(GROUP, 's', String(n));
    const kept = messages(await stage.call('logs', 'FilterLogEvents', { logGroupName: GROUP, limit: 10_000 }));
    expect(Number(kept[0])).toBeGreaterThan(25_000);
    expect(messages(await get(stage, { limit: 1 }))).toEqual(['49999']);
  });

  test('is made, described, tagged and deleted', async () => {
    const stage = new Stage();
    const create = () => stage.call('logs', 'CreateLogGroup', { logGroupName: GROUP, tags: { a: '1' } });
    await create();
    await expect(create()).rejects.toMatchObject({ code: 'ResourceAlreadyExistsException' });
    const { logGroups } = await stage.call('logs', 'DescribeLogGroups', { logGroupNamePrefix: '/' });
    expect(logGroups).toMatchObject([
      { logGroupName: GROUP, arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/g:*' },
    ]);
    const resourceArn = logGroups[0].logGroupArn;
    expect((await stage.call('logs', 'ListTagsForResource', { resourceArn })).tags).toEqual({ a: '1' });
    await stage.call('logs', 'DeleteLogGroup', { logGroupName: GROUP });
    await expect(get(stage)).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  test('tells listeners of each line', () => {
    const stage = new Stage();
    const seen: object[] = [];
    stage.logs.onLine((line) => seen.push(line));
    stage.logs.write(GROUP, 's', 'hello');
    expect(seen).toEqual([{ group: GROUP, stream: 's', timestamp: START, message: 'hello' }]);
  });
});

describe('a filter pattern', () => {
  test.each([
    ['', 'anything', true],
    ['ERROR', 'an ERROR', true],
    ['ERROR', 'an error', false],
    ['ERROR disk', 'disk ERROR', true],
    ['ERROR disk', 'ERROR', false],
    ['"two words"', 'these two words', true],
    ['"two words"', 'words two', false],
    ['?A ?B', 'xB', true],
    ['?A ?B', 'x', false],
    ['ERROR -retry', 'ERROR now', true],
    ['ERROR -retry', 'ERROR retry', false],
    ['{ $.level = "ERROR" }', '{"level":"ERROR"}', true],
    ['{ $.level = "ERR*" }', '{"level":"ERROR"}', true],
    ['{ $.level != "ERROR" }', '{"level":"ERROR"}', false],
    ['{ $.level != "ERROR" }', '{"other":1}', false],
    ['{ $.n >= 3 && $.a.b = 1 }', '{"n":3,"a":{"b":1}}', true],
    ['{ $.n > 3 || $.list[1] = 2 }', '{"n":3,"list":[1,2]}', true],
    ['{ $.n < 3 }', '{"n":3}', false],
    ['{ $.n = 3 }', 'n = 3', false],
  ])('%s on %s: %s', (pattern, message, expected) => {
    expect(compileFilterPattern(pattern)(message)).toBe(expected);
  });

  test.each(['{ $.n IS NULL }', '{ $.n = 1', '{ ($.n = 1) }'])('%s is refused', (pattern) => {
    expect(() => compileFilterPattern(pattern)).toThrow(expect.objectContaining({ code: 'InvalidParameterException' }));
  });
});

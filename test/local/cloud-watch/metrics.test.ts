import { Stage, START } from '../stage';

const MINUTE = 60_000;

const put = (stage: Stage, Value: number) =>
  stage.call('monitoring', 'PutMetricData', { Namespace: 'N', MetricData: [{ MetricName: 'M', Value }] });

describe('metrics', () => {
  const minute = (n: number) => new Date(START + n * MINUTE);
  const statistics = async (stage: Stage, input: object = {}) => {
    const { Datapoints } = await stage.call('monitoring', 'GetMetricStatistics', {
      Namespace: 'N',
      MetricName: 'M',
      StartTime: minute(0),
      EndTime: minute(10),
      Period: 60,
      Statistics: ['Sum', 'SampleCount', 'Minimum', 'Maximum', 'Average'],
      ...input,
    });
    return Datapoints;
  };

  test('are aggregated over periods', async () => {
    const stage = new Stage();
    for (const value of [1, 2, 6]) {
      await put(stage, value);
      await stage.clock.advance(25_000);
    }
    await stage.clock.advance(MINUTE);
    await put(stage, 9);
    expect(await statistics(stage)).toEqual([
      { Timestamp: minute(0), Unit: 'None', Sum: 9, SampleCount: 3, Minimum: 1, Maximum: 6, Average: 3 },
      { Timestamp: minute(2), Unit: 'None', Sum: 9, SampleCount: 1, Minimum: 9, Maximum: 9, Average: 9 },
    ]);
    expect(await statistics(stage, { Period: 300 })).toMatchObject([{ Sum: 18, SampleCount: 4 }]);
  });

  test('have percentiles', async () => {
    const stage = new Stage();
    for (let value = 1; value <= 100; value++) await put(stage, value);
    const points = await statistics(stage, { Statistics: undefined, ExtendedStatistics: ['p50', 'p99.5', 'p100'] });
    expect(points[0].ExtendedStatistics).toEqual({ p50: 50, 'p99.5': 100, p100: 100 });
  });

  test('may be put for a time, in numbers, and as statistics', async () => {
    const stage = new Stage();
    await stage.call('monitoring', 'PutMetricData', {
      Namespace: 'N',
      MetricData: [
        { MetricName: 'M', Timestamp: minute(5), Values: [1, 4], Counts: [2, 1] },
        { MetricName: 'M', Timestamp: minute(3), StatisticValues: { Sum: 10, SampleCount: 4, Minimum: 1, Maximum: 5 } },
      ],
    });
    expect(await statistics(stage)).toMatchObject([
      { Timestamp: minute(3), Sum: 10, Minimum: 1, Maximum: 5, Average: 2.5 },
      { Timestamp: minute(5), Sum: 6, SampleCount: 3 },
    ]);
  });

  test('of several queries come in one answer, newest first unless asked otherwise', async () => {
    const stage = new Stage();
    await put(stage, 1);
    await stage.clock.advance(MINUTE);
    await put(stage, 2);
    const MetricStat = { Metric: { Namespace: 'N', MetricName: 'M' }, Period: 60, Stat: 'Sum' };
    const query = (ScanBy?: string) =>
      stage.call('monitoring', 'GetMetricData', {
        StartTime: minute(0),
        EndTime: minute(5),
        MetricDataQueries: [
          { Id: 'a', MetricStat },
          { Id: 'none', MetricStat: { ...MetricStat, Metric: { Namespace: 'N', MetricName: 'x' } } },
        ],
        ScanBy,
      });
    expect((await query()).MetricDataResults).toMatchObject([
      { Id: 'a', Values: [2, 1] },
      { Id: 'none', Values: [] },
    ]);
    expect((await query('TimestampAscending')).MetricDataResults[0].Values).toEqual([1, 2]);
  });

  test('in log lines of functions are taken in with their dimensions', async () => {
    const stage = new Stage();
    const metadata = {
      Timestamp: START,
      CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [['Queue'], []], Metrics: [{ Name: 'M', Unit: 'Count' }] }],
    };
    await stage.function('f', (_, { log }) => {
      log(JSON.stringify({ _aws: metadata, Queue: 'q', M: [3, 4] }));
      log('{"M": 100, "_aws": "not metrics"}');
      log('{"_aws"');
    });
    await stage.lambda.invoke('f', {});
    expect(await statistics(stage)).toMatchObject([{ Sum: 7, SampleCount: 2, Unit: 'Count' }]);
    expect(await statistics(stage, { Dimensions: [{ Name: 'Queue', Value: 'q' }] })).toMatchObject([{ Sum: 7 }]);
    expect(
      (await stage.call('monitoring', 'ListMetrics', { Namespace: 'N', Dimensions: [{ Name: 'Queue' }] })).Metrics,
    ).toEqual([{ Namespace: 'N', MetricName: 'M', Dimensions: [{ Name: 'Queue', Value: 'q' }] }]);
  });

  test('of AWS itself cannot be put, but are there', async () => {
    const stage = new Stage();
    await expect(
      stage.call('monitoring', 'PutMetricData', { Namespace: 'AWS/SQS', MetricData: [{ MetricName: 'M', Value: 1 }] }),
    ).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    await stage.function('f', () => {
      throw new Error('no');
    });
    await stage.lambda.invoke('f', {});
    const Dimensions = [{ Name: 'FunctionName', Value: 'f' }];
    expect(await statistics(stage, { Namespace: 'AWS/Lambda', MetricName: 'Errors', Dimensions })).toMatchObject([
      { Sum: 1 },
    ]);
  });

  test('of a queue hold their value until it changes', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await stage.clock.advance(2 * MINUTE);
    await stage.send('q', 'a');
    await stage.clock.advance(3 * MINUTE);
    await stage.receive('q');
    await stage.clock.advance(2 * MINUTE);
    const points = await statistics(stage, {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: 'q' }],
      Statistics: ['Maximum'],
    });
    expect(
      points.map(({ Timestamp, Maximum }: { Timestamp: Date; Maximum: number }) => [
        (Timestamp.getTime() - START) / MINUTE,
        Maximum,
      ]),
    ).toEqual([
      [3, 1],
      [4, 1],
      [5, 1],
      [6, 0],
      [7, 0],
    ]);
  });

  test('are forgotten after 15 days', async () => {
    const stage = new Stage();
    const hour = 3_600_000;
    for (let n = 0; n < 24 * 60; n++) {
      await put(stage, 1);
      await stage.clock.advance(hour);
    }
    const { sum } = stage.cloudWatch.report()[0]!;
    expect(sum).toBeGreaterThanOrEqual(15 * 24);
    expect(sum).toBeLessThan(24 * 60);
  });
});

import { Stage } from '../stage';

interface SqsEvent {
  Records: { messageId: string; body: string; attributes: Record<string, string>; eventSourceARN: string }[];
}

/** A queue, a function that notes the batches it gets, and a mapping between them. */
async function mapped(
  stage: Stage,
  mapping: object = {},
  handle: (event: SqsEvent, batch: number) => unknown = () => null,
  queueAttributes: Record<string, string> = {},
) {
  const EventSourceArn = await stage.queue('source', queueAttributes);
  const batches: { at: number; bodies: string[] }[] = [];
  const FunctionName = await stage.function('worker', (event: SqsEvent) => {
    const batch = batches.push({ at: stage.seconds(), bodies: event.Records.map(({ body }) => body) });
    return handle(event, batch);
  });
  const { UUID } = await stage.call('lambda', 'CreateEventSourceMapping', { EventSourceArn, FunctionName, ...mapping });
  return { batches, id: UUID as string };
}

const counts = async (stage: Stage) => {
  const { Attributes } = await stage.call('sqs', 'GetQueueAttributes', { QueueUrl: 'source', AttributeNames: ['All'] });
  return [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible].map(Number);
};

describe('an event source mapping', () => {
  test('hands messages that came at the same time over in one batch, and deletes them', async () => {
    const stage = new Stage();
    const { batches } = await mapped(stage);
    for (const body of ['a', 'b', 'c']) await stage.send('source', body);
    await stage.clock.advance(1000);
    expect(batches).toEqual([{ at: 0, bodies: ['a', 'b', 'c'] }]);
    expect(await counts(stage)).toEqual([0, 0]);
  });

  test('gives records the form that Lambda gives them', async () => {
    const stage = new Stage();
    let seen: SqsEvent | undefined;
    await mapped(stage, {}, (event) => void (seen = event));
    await stage.send('source', 'hello', { MessageAttributes: { kind: { DataType: 'String', StringValue: 'x' } } });
    await stage.clock.advance(1000);
    expect(seen!.Records).toEqual([
      expect.objectContaining({
        body: 'hello',
        md5OfBody: '5d41402abc4b2a76b9719d911017c592',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:source',
        awsRegion: 'us-east-1',
        attributes: expect.objectContaining({ ApproximateReceiveCount: '1' }),
        messageAttributes: { kind: expect.objectContaining({ dataType: 'String', stringValue: 'x' }) },
      }),
    ]);
  });

  test('cuts batches to their size', async () => {
    const stage = new Stage();
    const { batches } = await mapped(stage, { BatchSize: 2 });
    for (const body of ['a', 'b', 'c', 'd', 'e']) await stage.send('source', body);
    await stage.clock.advance(1000);
    expect(batches.map(({ bodies }) => bodies)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  test('gathers for its window from the first message on', async () => {
    const stage = new Stage();
    const { batches } = await mapped(stage, { MaximumBatchingWindowInSeconds: 5, BatchSize: 100 });
    await stage.clock.advance(10_000);
    for (const body of ['a', 'b', 'c']) {
      await stage.send('source', body);
      await stage.clock.advance(2_000);
    }
    await stage.send('source', 'd');
    await stage.clock.advance(10_000);
    expect(batches).toEqual([
      { at: 15, bodies: ['a', 'b', 'c'] },
      { at: 21, bodies: ['d'] },
    ]);
  });

  test('does not wait for the window when the batch is full', async () => {
    const stage = new Stage();
    const { batches } = await mapped(stage, { MaximumBatchingWindowInSeconds: 60, BatchSize: 2 });
    await stage.send('source', 'a');
    await stage.clock.advance(1_000);
    await stage.send('source', 'b');
    await stage.clock.advance(1_000);
    expect(batches).toEqual([{ at: 1, bodies: ['a', 'b'] }]);
  });

  test('hands over what is too large for one invocation in several', async () => {
    const stage = new Stage();
    const { batches } = await mapped(stage, { MaximumBatchingWindowInSeconds: 1, BatchSize: 1000 });
    for (let i = 0; i < 8; i++) await stage.send('source', 'x'.repeat(1_000_000));
    await stage.clock.advance(2_000);
    expect(batches.map(({ bodies }) => bodies.length)).toEqual([5, 3]);
  });

  test('leaves the messages of a failed batch to come back after the visibility timeout', async () => {
    const stage = new Stage();
    const { batches } = await mapped(stage, {}, (_, batch) => {
      if (batch === 1) throw new Error('not yet');
    });
    await stage.send('source', 'a');
    await stage.clock.advance(10_000);
    expect(await counts(stage)).toEqual([0, 1]);
    await stage.clock.advance(60_000);
    expect(batches.map(({ at }) => at)).toEqual([0, 30]);
    expect(await counts(stage)).toEqual([0, 0]);
  });

  test('keeps only the messages that the function reports as failed', async () => {
    const stage = new Stage();
    const { batches } = await mapped(
      stage,
      { FunctionResponseTypes: ['ReportBatchItemFailures'] },
      ({ Records }, batch) => (batch === 1 ? { batchItemFailures: [{ itemIdentifier: Records[1]!.messageId }] } : null),
    );
    for (const body of ['a', 'b', 'c']) await stage.send('source', body);
    await stage.clock.advance(60_000);
    expect(batches.map(({ bodies }) => bodies)).toEqual([['a', 'b', 'c'], ['b']]);
  });

  test.each([
    ['an id that is not in the batch', { batchItemFailures: [{ itemIdentifier: 'other' }] }],
    ['an item without an id', { batchItemFailures: [{}] }],
    ['something else than a list', { batchItemFailures: 'all' }],
  ])('takes the whole batch as failed when the report has %s', async (_, report) => {
    const stage = new Stage();
    const mapping = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
    const { batches } = await mapped(stage, mapping, (_event, batch) => (batch === 1 ? report : null));
    for (const body of ['a', 'b']) await stage.send('source', body);
    await stage.clock.advance(60_000);
    expect(batches.map(({ bodies }) => bodies)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  test('takes a report for a success when it was not configured to be one', async () => {
    const stage = new Stage();
    const { batches } = await mapped(stage, {}, ({ Records }) => ({
      batchItemFailures: [{ itemIdentifier: Records[0]!.messageId }],
    }));
    await stage.send('source', 'a');
    await stage.clock.advance(60_000);
    expect(batches).toHaveLength(1);
  });

  test('runs no more batches at a time than its maximum concurrency', async () => {
    const stage = new Stage();
    let running = 0;
    let most = 0;
    const EventSourceArn = await stage.queue('source', { VisibilityTimeout: '120' });
    await stage.function(
      'worker',
      async (_, { clock }) => {
        most = Math.max(most, ++running);
        await clock.sleep(10_000);
        running--;
      },
      { Timeout: 20 },
    );
    const mapping = { EventSourceArn, FunctionName: 'worker', BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } };
    await stage.call('lambda', 'CreateEventSourceMapping', mapping);
    for (let i = 0; i < 6; i++) await stage.send('source', String(i));
    await stage.clock.advance(60_000);
    expect(most).toBe(2);
    expect(await counts(stage)).toEqual([0, 0]);
  });

  test('gives a message that fails again and again to the dead-letter queue', async () => {
    const stage = new Stage();
    const deadLetterTargetArn = await stage.queue('dead');
    const { batches } = await mapped(
      stage,
      {},
      () => {
        throw new Error('never');
      },
      { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 }) },
    );
    await stage.send('source', 'poison');
    await stage.clock.advance(600_000);
    expect(batches).toHaveLength(3);
    expect((await stage.receive('dead')).map(({ body }) => body)).toEqual(['poison']);
  });

  test('does nothing while it is disabled, and catches up when it is enabled', async () => {
    const stage = new Stage();
    const { batches, id } = await mapped(stage, { Enabled: false });
    await stage.send('source', 'a');
    await stage.clock.advance(60_000);
    expect(batches).toEqual([]);
    await stage.call('lambda', 'UpdateEventSourceMapping', { UUID: id, Enabled: true });
    await stage.clock.advance(1000);
    expect(batches).toHaveLength(1);
  });

  test('ceases when it is deleted', async () => {
    const stage = new Stage();
    const { batches, id } = await mapped(stage);
    await stage.call('lambda', 'DeleteEventSourceMapping', { UUID: id });
    await stage.send('source', 'a');
    await stage.clock.advance(60_000);
    expect(batches).toEqual([]);
    await expect(stage.call('lambda', 'GetEventSourceMapping', { UUID: id })).rejects.toMatchObject({ status: 404 });
  });

  test('is described as it was made', async () => {
    const stage = new Stage();
    const { id } = await mapped(stage, { BatchSize: 7, ScalingConfig: { MaximumConcurrency: 5 } });
    expect(await stage.call('lambda', 'GetEventSourceMapping', { UUID: id })).toMatchObject({
      BatchSize: 7,
      ScalingConfig: { MaximumConcurrency: 5 },
      State: 'Enabled',
    });
    const { EventSourceMappings } = await stage.call('lambda', 'ListEventSourceMappings', { FunctionName: 'worker' });
    expect(EventSourceMappings).toHaveLength(1);
  });

  test.each([
    ['a queue whose visibility timeout is shorter than the function runs', { VisibilityTimeout: '2' }, {}],
    ['a large batch without a window', {}, { BatchSize: 11 }],
    ['filters, which the local AWS does not have', {}, { FilterCriteria: { Filters: [{ Pattern: '{}' }] } }],
  ])('refuses %s', async (_, attributes, mapping) => {
    const refused = mapped(new Stage(), mapping, undefined, attributes as Record<string, string>);
    await expect(refused).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });
});

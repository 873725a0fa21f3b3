import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Stage } from '../stage';

type Received = { Body: string; ReceiptHandle: string; MessageId: string; Attributes?: Record<string, string> };

const receive = async (stage: Stage, queue: string, options: object = {}): Promise<Received[]> =>
  (await stage.call('sqs', 'ReceiveMessage', { QueueUrl: queue, MaxNumberOfMessages: 10, ...options })).Messages ?? [];

const bodies = (messages: { Body: string }[]) => messages.map(({ Body }) => Body);

const attribute = async (stage: Stage, queue: string, name: string) =>
  (await stage.call('sqs', 'GetQueueAttributes', { QueueUrl: queue, AttributeNames: ['All'] })).Attributes[name];

describe('a message', () => {
  test('that was received is invisible until its timeout, then comes again', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await stage.send('q', 'a');
    expect(bodies(await receive(stage, 'q'))).toEqual(['a']);
    await stage.clock.advance(29_999);
    expect(await receive(stage, 'q')).toEqual([]);
    await stage.clock.advance(1);
    const [again] = await receive(stage, 'q', { AttributeNames: ['All'] });
    expect(again!.Attributes!.ApproximateReceiveCount).toBe('2');
  });

  test('that was deleted does not come again, and may be deleted twice', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await stage.send('q', 'a');
    const [message] = await receive(stage, 'q');
    for (let i = 0; i < 2; i++) {
      await stage.call('sqs', 'DeleteMessage', { QueueUrl: 'q', ReceiptHandle: message!.ReceiptHandle });
    }
    await stage.clock.advance(3_600_000);
    expect(await receive(stage, 'q')).toEqual([]);
  });

  test('can be hidden for longer or given back', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await stage.send('q', 'a');
    const [message] = await receive(stage, 'q');
    const change = (VisibilityTimeout: number) =>
      stage.call('sqs', 'ChangeMessageVisibility', {
        QueueUrl: 'q',
        ReceiptHandle: message!.ReceiptHandle,
        VisibilityTimeout,
      });
    await change(100);
    await stage.clock.advance(99_000);
    expect(await receive(stage, 'q')).toEqual([]);
    await change(0);
    expect(await receive(stage, 'q', { VisibilityTimeout: 0 })).toHaveLength(1);
    await expect(change(5)).rejects.toMatchObject({ code: 'MessageNotInflight' });
  });

  test('can be delayed by itself or by its queue', async () => {
    const stage = new Stage();
    await stage.queue('q', { DelaySeconds: '5' });
    await stage.send('q', 'own', { DelaySeconds: 10 });
    await stage.send('q', 'queue');
    expect(await attribute(stage, 'q', 'ApproximateNumberOfMessagesDelayed')).toBe('2');
    await stage.clock.advance(5_000);
    expect(bodies(await receive(stage, 'q'))).toEqual(['queue']);
    await stage.clock.advance(5_000);
    expect(bodies(await receive(stage, 'q'))).toEqual(['own']);
  });

  test('is gone after the retention period, wherever it is', async () => {
    const stage = new Stage();
    await stage.queue('q', { MessageRetentionPeriod: '60' });
    await stage.send('q', 'visible');
    await stage.send('q', 'in flight');
    await receive(stage, 'q', { MaxNumberOfMessages: 1, VisibilityTimeout: 600 });
    await stage.send('q', 'delayed', { DelaySeconds: 500 });
    await stage.clock.advance(30_000);
    await stage.send('q', 'younger');
    await stage.clock.advance(30_000);
    expect(bodies(await receive(stage, 'q'))).toEqual(['younger']);
    await stage.clock.advance(600_000);
    expect(await receive(stage, 'q')).toEqual([]);
  });

  test('goes to the dead-letter queue when it was received too often, and says where from', async () => {
    const stage = new Stage();
    const deadLetterTargetArn = await stage.queue('dead');
    const source = await stage.queue('q', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
    });
    await stage.send('q', 'poison');
    for (let i = 0; i < 2; i++) expect(await receive(stage, 'q', { VisibilityTimeout: 0 })).toHaveLength(1);
    expect(await receive(stage, 'q')).toEqual([]);
    const [letter] = await receive(stage, 'dead', { MessageSystemAttributeNames: ['All'] });
    expect(letter).toMatchObject({ Body: 'poison', Attributes: { DeadLetterQueueSourceArn: source } });
  });

  test('keeps coming when its dead-letter queue is gone', async () => {
    const stage = new Stage();
    const deadLetterTargetArn = await stage.queue('dead');
    await stage.queue('q', { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) });
    await stage.call('sqs', 'DeleteQueue', { QueueUrl: 'dead' });
    await stage.send('q', 'a');
    for (let i = 0; i < 3; i++) expect(await receive(stage, 'q', { VisibilityTimeout: 0 })).toHaveLength(1);
  });

  test('gives the attributes that are asked for', async () => {
    const stage = new Stage();
    await stage.queue('q');
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    await stage.send('q', 'a', { MessageAttributes: { one: text('1'), 'two.a': text('2'), 'two.b': text('3') } });
    const names = async (...MessageAttributeNames: string[]) => {
      const [message] = (
        await stage.call('sqs', 'ReceiveMessage', { QueueUrl: 'q', VisibilityTimeout: 0, MessageAttributeNames })
      ).Messages;
      return Object.keys(message.MessageAttributes ?? {});
    };
    expect(await names()).toEqual([]);
    expect(await names('one')).toEqual(['one']);
    expect(await names('two.*')).toEqual(['two.a', 'two.b']);
    expect(await names('All')).toHaveLength(3);
  });

  test('is accepted by the SDK, which checks its digest', async () => {
    const stage = new Stage();
    const client = stage.client(SQSClient);
    await stage.queue('q');
    const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/q';
    const attributes = {
      kind: { DataType: 'String', StringValue: 'x' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from('y') },
    };
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'ä', MessageAttributes: attributes }),
    );
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
    expect(Messages![0]).toMatchObject({ Body: 'ä', MD5OfMessageAttributes: sent.MD5OfMessageAttributes });
  });

  test.each([
    ['without a body', { MessageBody: '' }, 'MissingParameter'],
    ['with too long a delay', { DelaySeconds: 901 }, 'InvalidParameterValue'],
    ['that is too large', { MessageBody: 'x'.repeat(1_048_577) }, 'InvalidParameterValue'],
  ])('is refused %s', async (_, input, code) => {
    const stage = new Stage();
    await stage.queue('q');
    await expect(stage.send('q', 'a', input)).rejects.toMatchObject({ code });
  });
});

describe('long polling', () => {
  test('returns as soon as something comes', async () => {
    const stage = new Stage();
    await stage.queue('q');
    stage.clock.at(stage.clock.now() + 7_000, () => void stage.send('q', 'late'));
    const messages = await stage.finish(receive(stage, 'q', { WaitTimeSeconds: 20 }));
    expect([bodies(messages), stage.seconds()]).toEqual([['late'], 7]);
  });

  test('returns nothing when nothing comes, after the time of the call or of the queue', async () => {
    const stage = new Stage();
    await stage.queue('q', { ReceiveMessageWaitTimeSeconds: '3' });
    expect(await stage.finish(receive(stage, 'q'))).toEqual([]);
    expect(stage.seconds()).toBe(3);
    expect(await stage.finish(receive(stage, 'q', { WaitTimeSeconds: 5 }))).toEqual([]);
    expect(stage.seconds()).toBe(8);
  });
});

describe('a FIFO queue', () => {
  const fifo = async (stage: Stage, attributes: Record<string, string> = {}) => {
    await stage.queue('q.fifo', { FifoQueue: 'true', ...attributes });
    return (body: string, group: string, id = body) =>
      stage.send('q.fifo', body, { MessageGroupId: group, MessageDeduplicationId: id });
  };

  test('holds a group back while one of its messages is in flight', async () => {
    const stage = new Stage();
    const send = await fifo(stage);
    for (const [body, group] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
    ] as const)
      await send(body, group);
    const [first] = await receive(stage, 'q.fifo', { MaxNumberOfMessages: 1 });
    expect(first!.Body).toBe('a1');
    expect(bodies(await receive(stage, 'q.fifo'))).toEqual(['b1']);
    await stage.call('sqs', 'DeleteMessage', { QueueUrl: 'q.fifo', ReceiptHandle: first!.ReceiptHandle });
    expect(bodies(await receive(stage, 'q.fifo'))).toEqual(['a2']);
  });

  test('gives a message that comes back its old place', async () => {
    const stage = new Stage();
    const send = await fifo(stage);
    await send('1', 'g');
    await send('2', 'g');
    await receive(stage, 'q.fifo', { MaxNumberOfMessages: 1, VisibilityTimeout: 0 });
    expect(bodies(await receive(stage, 'q.fifo'))).toEqual(['1', '2']);
  });

  test('takes a message once in five minutes, by id or by content', async () => {
    const stage = new Stage();
    const send = await fifo(stage, { ContentBasedDeduplication: 'true' });
    await send('one', 'g', 'same');
    await send('two', 'g', 'same');
    await stage.send('q.fifo', 'content', { MessageGroupId: 'g' });
    await stage.send('q.fifo', 'content', { MessageGroupId: 'g' });
    await stage.clock.advance(300_001);
    await send('three', 'g', 'same');
    expect(bodies(await receive(stage, 'q.fifo'))).toEqual(['one', 'content', 'three']);
  });

  test('needs a group, and an id where the content is none', async () => {
    const stage = new Stage();
    await fifo(stage);
    await expect(stage.send('q.fifo', 'a')).rejects.toMatchObject({ code: 'MissingParameter' });
    await expect(stage.send('q.fifo', 'a', { MessageGroupId: 'g' })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    });
  });
});

describe('a batch', () => {
  test('is done entry by entry', async () => {
    const stage = new Stage();
    await stage.queue('q');
    const Entries = [
      { Id: 'good', MessageBody: 'a' },
      { Id: 'bad', MessageBody: 'b', DelaySeconds: 1000 },
    ];
    const { Successful, Failed } = await stage.call('sqs', 'SendMessageBatch', { QueueUrl: 'q', Entries });
    expect(Successful).toMatchObject([{ Id: 'good', MessageId: expect.any(String) }]);
    expect(Failed).toMatchObject([{ Id: 'bad', SenderFault: true, Code: 'InvalidParameterValue' }]);
    const [message] = await receive(stage, 'q');
    const answer = await stage.call('sqs', 'DeleteMessageBatch', {
      QueueUrl: 'q',
      Entries: [
        { Id: '1', ReceiptHandle: message!.ReceiptHandle },
        { Id: '2', ReceiptHandle: 'x' },
      ],
    });
    expect(answer).toMatchObject({ Successful: [{ Id: '1' }], Failed: [{ Id: '2', Code: 'ReceiptHandleIsInvalid' }] });
  });

  test.each([
    ['empty', [], 'EmptyBatchRequest'],
    [
      'of eleven',
      Array.from({ length: 11 }, (_, n) => ({ Id: `${n}`, MessageBody: 'a' })),
      'TooManyEntriesInBatchRequest',
    ],
    ['with an id twice', [1, 2].map(() => ({ Id: 'a', MessageBody: 'a' })), 'BatchEntryIdsNotDistinct'],
    ['with an id that is none', [{ Id: 'a b', MessageBody: 'a' }], 'InvalidBatchEntryId'],
    ['that is too long', [1, 2].map((n) => ({ Id: `${n}`, MessageBody: 'x'.repeat(600_000) })), 'BatchRequestTooLong'],
  ])('is refused %s', async (_, Entries, code) => {
    const stage = new Stage();
    await stage.queue('q');
    await expect(stage.call('sqs', 'SendMessageBatch', { QueueUrl: 'q', Entries })).rejects.toMatchObject({ code });
  });
});

describe('a queue', () => {
  test('made again with the same attributes is the same, with others refused', async () => {
    const stage = new Stage();
    const create = (Attributes: object) => stage.call('sqs', 'CreateQueue', { QueueName: 'q', Attributes });
    const { QueueUrl } = await create({ DelaySeconds: '5' });
    expect(QueueUrl).toBe('https://sqs.us-east-1.amazonaws.com/123456789012/q');
    expect((await create({ DelaySeconds: '5' })).QueueUrl).toBe(QueueUrl);
    await expect(create({ DelaySeconds: '6' })).rejects.toMatchObject({ code: 'QueueNameExists' });
  });

  test.each([
    ['a delay out of range', 'q', { DelaySeconds: '901' }, 'InvalidAttributeValue'],
    ['an attribute that is none', 'q', { Colour: 'red' }, 'InvalidAttributeName'],
    ['a redrive policy that is none', 'q', { RedrivePolicy: '{"maxReceiveCount": 3}' }, 'InvalidAttributeValue'],
    [
      'a dead-letter queue that is not there',
      'q',
      { RedrivePolicy: '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:x", "maxReceiveCount": 3}' },
      'InvalidParameterValue',
    ],
    ['a name with a blank', 'a b', {}, 'InvalidParameterValue'],
    ['a FIFO name that is no FIFO queue', 'q.fifo', {}, 'InvalidParameterValue'],
  ])('is refused with %s', async (_, name, attributes, code) => {
    await expect(new Stage().queue(name, attributes as Record<string, string>)).rejects.toMatchObject({ code });
  });

  test('counts its messages by what they are', async () => {
    const stage = new Stage();
    await stage.queue('q');
    for (const body of ['a', 'b', 'c']) await stage.send('q', body);
    await stage.send('q', 'd', { DelaySeconds: 60 });
    await receive(stage, 'q', { MaxNumberOfMessages: 1 });
    expect(await attribute(stage, 'q', 'ApproximateNumberOfMessages')).toBe('2');
    expect(await attribute(stage, 'q', 'ApproximateNumberOfMessagesNotVisible')).toBe('1');
    expect(await attribute(stage, 'q', 'ApproximateNumberOfMessagesDelayed')).toBe('1');
  });

  test('can be purged and deleted', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await stage.send('q', 'a');
    await stage.call('sqs', 'PurgeQueue', { QueueUrl: 'q' });
    expect(await receive(stage, 'q')).toEqual([]);
    await stage.call('sqs', 'DeleteQueue', { QueueUrl: 'q' });
    await expect(receive(stage, 'q')).rejects.toMatchObject({ code: 'QueueDoesNotExist' });
  });

  test('changes its attributes and forgets a policy that is set to nothing', async () => {
    const stage = new Stage();
    const deadLetterTargetArn = await stage.queue('dead');
    await stage.queue('q');
    const set = (Attributes: object) => stage.call('sqs', 'SetQueueAttributes', { QueueUrl: 'q', Attributes });
    await set({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }), VisibilityTimeout: '7' });
    expect(await attribute(stage, 'q', 'VisibilityTimeout')).toBe('7');
    const sources = () => stage.call('sqs', 'ListDeadLetterSourceQueues', { QueueUrl: 'dead' });
    expect((await sources()).queueUrls).toHaveLength(1);
    await set({ RedrivePolicy: '' });
    expect((await sources()).queueUrls).toEqual([]);
    await expect(set({ QueueArn: 'x' })).rejects.toMatchObject({ code: 'InvalidAttributeName' });
  });

  test('is listed by prefix and page', async () => {
    const stage = new Stage();
    for (const name of ['a1', 'a2', 'a3', 'b1']) await stage.queue(name);
    const list = (input: object) => stage.call('sqs', 'ListQueues', input);
    const first = await list({ QueueNamePrefix: 'a', MaxResults: 2 });
    const second = await list({ QueueNamePrefix: 'a', MaxResults: 2, NextToken: first.NextToken });
    const names = [...first.QueueUrls, ...second.QueueUrls].map((url: string) => url.split('/').at(-1));
    expect([names, second.NextToken]).toEqual([['a1', 'a2', 'a3'], undefined]);
  });

  test('keeps tags', async () => {
    const stage = new Stage();
    await stage.queue('q');
    await stage.call('sqs', 'TagQueue', { QueueUrl: 'q', Tags: { a: '1', b: '2' } });
    await stage.call('sqs', 'UntagQueue', { QueueUrl: 'q', TagKeys: ['a'] });
    expect((await stage.call('sqs', 'ListQueueTags', { QueueUrl: 'q' })).Tags).toEqual({ b: '2' });
  });
});

import { Stage } from '../stage';

async function topic(stage: Stage, ...subscriptions: object[]): Promise<string> {
  const { TopicArn } = await stage.call('sns', 'CreateTopic', { Name: 't' });
  for (const subscription of subscriptions) await stage.call('sns', 'Subscribe', { TopicArn, ...subscription });
  return TopicArn;
}

describe('a topic', () => {
  test('sends to queues, wrapped or raw', async () => {
    const stage = new Stage();
    const TopicArn = await topic(
      stage,
      { Protocol: 'sqs', Endpoint: await stage.queue('wrapped') },
      { Protocol: 'sqs', Endpoint: await stage.queue('raw'), Attributes: { RawMessageDelivery: 'true' } },
    );
    const { MessageId } = await stage.call('sns', 'Publish', { TopicArn, Message: 'hello', Subject: 'S' });
    expect((await stage.receive('raw')).map(({ body }) => body)).toEqual(['hello']);
    expect(JSON.parse((await stage.receive('wrapped'))[0]!.body)).toMatchObject({
      Type: 'Notification',
      TopicArn,
      MessageId,
      Message: 'hello',
      Subject: 'S',
      Timestamp: '2026-01-01T00:00:00.000Z',
    });
  });

  test('invokes functions with a record', async () => {
    const stage = new Stage();
    const seen: { Records: { Sns: { Message: string } }[] }[] = [];
    const Endpoint = await stage.function('f', (event: (typeof seen)[0]) => void seen.push(event));
    const TopicArn = await topic(stage, { Protocol: 'lambda', Endpoint });
    await stage.call('sns', 'Publish', { TopicArn, Message: 'hello' });
    await stage.clock.advance(1000);
    expect(seen[0]!.Records[0]!.Sns.Message).toBe('hello');
  });

  test('writes down what goes outside of AWS', async () => {
    const stage = new Stage();
    const TopicArn = await topic(stage, { Protocol: 'email', Endpoint: 'a@example.com' });
    stage.sns.publish(TopicArn, 'hello', { subject: 'S' });
    expect(stage.sns.sent()).toMatchObject([
      { protocol: 'email', endpoint: 'a@example.com', subject: 'S', message: 'hello' },
    ]);
  });

  test('sends to the others when one subscriber is gone', async () => {
    const stage = new Stage();
    const TopicArn = await topic(
      stage,
      { Protocol: 'sqs', Endpoint: 'arn:aws:sqs:us-east-1:123456789012:gone' },
      { Protocol: 'email', Endpoint: 'a@example.com' },
    );
    await stage.call('sns', 'Publish', { TopicArn, Message: 'hello' });
    expect(stage.sns.sent()).toHaveLength(1);
  });

  test('is the same when made again, keeps a subscription once, and forgets it', async () => {
    const stage = new Stage();
    const subscription = { Protocol: 'email', Endpoint: 'a@example.com' };
    const TopicArn = await topic(stage, subscription, subscription);
    expect(await topic(stage)).toBe(TopicArn);
    const { Subscriptions } = await stage.call('sns', 'ListSubscriptionsByTopic', { TopicArn });
    expect(Subscriptions).toHaveLength(1);
    await stage.call('sns', 'Unsubscribe', { SubscriptionArn: Subscriptions[0].SubscriptionArn });
    expect((await stage.call('sns', 'ListSubscriptions')).Subscriptions).toEqual([]);
  });

  test('that is deleted is not found', async () => {
    const stage = new Stage();
    const TopicArn = await topic(stage);
    await stage.call('sns', 'DeleteTopic', { TopicArn });
    await expect(stage.call('sns', 'Publish', { TopicArn, Message: 'x' })).rejects.toMatchObject({
      code: 'NotFoundException',
    });
  });

  test.each([
    ['an unknown protocol', { Protocol: 'pigeon', Endpoint: 'x' }],
    ['a filter', { Protocol: 'email', Endpoint: 'x', Attributes: { FilterPolicy: '{}' } }],
  ])('refuses a subscription with %s', async (_, subscription) => {
    await expect(topic(new Stage(), subscription)).rejects.toMatchObject({ code: 'InvalidParameterException' });
  });
});

import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Stage } from './stage';

/** An hour of events, queues, functions that run at the same time, retries and faults of all kinds. */
async function history(seed: number): Promise<string> {
  const stage = new Stage({
    seed,
    faults: {
      seed,
      throttle: { 'dynamodb:PutItem': 0.2 },
      events: { lose: 0.1, double: 0.2, delaySeconds: 30, reorder: 0.2 },
      crash: [['worker', 7]],
    },
  });
  const lines: string[] = [];
  stage.logs.onLine(({ timestamp, stream, message }) => lines.push(`${timestamp} ${stream} ${message.slice(0, 200)}`));
  const source = await stage.queue('source', { VisibilityTimeout: '60' });
  await stage.function('worker', async (event: { Records: { body: string }[] }, { clients, clock, log, random }) => {
    const client = new DynamoDBClient(clients as never);
    for (const { body } of event.Records) {
      await clock.sleep(random() * 1000);
      const refused = await client
        .send(new PutItemCommand({ TableName: 'none', Item: { pk: { S: body } } }))
        .catch(String);
      log(`${body} ${String(refused)} ${random()}`);
    }
  });
  await stage.call('lambda', 'CreateEventSourceMapping', {
    EventSourceArn: source,
    FunctionName: 'worker',
    BatchSize: 3,
  });
  await stage.call('events', 'PutRule', { Name: 'r', EventPattern: '{"source": ["x"]}' });
  await stage.call('events', 'PutTargets', { Rule: 'r', Targets: [{ Id: 'q', Arn: source, InputPath: '$.detail.n' }] });
  for (let n = 0; n < 40; n++) {
    stage.events.publish({ source: 'x', detailType: 'T', resources: [], detail: { n } });
    await stage.clock.advance(7_000);
  }
  await stage.clock.advance(3_600_000);
  return [...lines, JSON.stringify(stage.calls.counts()), JSON.stringify(stage.cloudWatch.report())].join('\n');
}

test('the same seed gives the same history byte for byte, another seed another', async () => {
  const first = await history(1);
  expect(first.split('\n').length).toBeGreaterThan(30);
  expect(await history(1)).toBe(first);
  expect(await history(2)).not.toBe(first);
});

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { RunningExample } from './example';

test('twelve combinations are trained, and then compared', async () => {
  const example = await RunningExample.deploy('parameter-sweep');
  const { aws } = example;
  const lambda = aws.client(LambdaClient);
  const start = new InvokeCommand({
    FunctionName: example.output('FunctionName'),
    Payload: '{"start":{"key":"first"}}' as never,
  });
  await aws.finish(lambda.send(start));
  const clock = aws.virtualClock!;
  const ended = () => aws.services.events.recentEvents().find((event) => event['detail-type'] === 'Batch Workflow Run');
  expect(await clock.runUntilHolds(() => ended() !== undefined, clock.now() + 3600_000)).toBe(true);
  expect(ended()!.detail).toMatchObject({
    status: 'SUCCEEDED',
    jobs: [
      { name: 'Train', outcome: 'SUCCEEDED' },
      { name: 'Compare', outcome: 'SUCCEEDED' },
    ],
  });
  const jobs = [...aws.services.batch.jobs()];
  const trained = jobs.filter(({ id }) => id.includes(':'));
  expect(trained).toHaveLength(12);
  const compare = jobs.find(({ name }) => name.endsWith('-Compare'))!;
  expect(compare.startedAt).toBeGreaterThan(Math.max(...trained.map(({ stoppedAt }) => stoppedAt!)));
});

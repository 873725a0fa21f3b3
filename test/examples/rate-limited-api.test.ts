import { RunningExample } from './example';

test('of a hundred downloads no more run, and no more start in a period, than the API allows', async () => {
  const example = await RunningExample.deploy('rate-limited-api');
  const { aws } = example;
  const refills: number[] = [];
  aws.calls.onCall(({ operation, time }) => {
    if (operation === 'UpdateConsumableResource') refills.push(time);
  });
  const array = await example.submit({
    jobQueue: example.output('QueueName'),
    jobDefinition: example.output('DownloadName'),
    arrayProperties: { size: 100 },
  });
  const children = () => [...aws.services.batch.jobs()].filter(({ id }) => id.startsWith(`${array}:`));
  const starts = new Map<string, number>();
  let most = 0;
  const clock = aws.virtualClock!;
  const over = (): boolean => {
    const active = children().filter(({ status }) => status === 'STARTING' || status === 'RUNNING');
    most = Math.max(most, active.length);
    for (const { id } of active) if (!starts.has(id)) starts.set(id, clock.now());
    return starts.size === 100 && children().every(({ status }) => status === 'SUCCEEDED');
  };
  expect(await clock.runUntilHolds(over, clock.now() + 3600 * 1000)).toBe(true);
  expect(most).toBe(15);
  const perPeriod = refills.map((refill, index) => {
    const until = refills[index + 1] ?? Infinity;
    return [...starts.values()].filter((start) => start >= refill && start < until).length;
  });
  expect(Math.max(...perPeriod)).toBe(10);
});

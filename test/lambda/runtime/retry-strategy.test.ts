import { ClockRetryStrategy } from '../../../lambda/runtime/retry-strategy';
import type { RetryErrorType } from '@smithy/types';

function strategy(random: number, attempts = 5): { strategy: ClockRetryStrategy; slept: number[] } {
  const slept: number[] = [];
  const clock = {
    now: () => new Date(0),
    sleep: async (milliseconds: number) => void slept.push(milliseconds),
  };
  return { strategy: new ClockRetryStrategy(clock, () => random, attempts), slept };
}

async function retriesOf(errorType: RetryErrorType, random = 1): Promise<number[]> {
  const { strategy: retry, slept } = strategy(random);
  let token = await retry.acquireInitialRetryToken();
  await expect(
    (async () => {
      for (;;) token = await retry.refreshRetryTokenForRetry(token, { errorType });
    })(),
  ).rejects.toThrow('No retry token');
  return slept;
}

test('waits on the clock that is passed in, twice as long each time, longer when throttled', async () => {
  expect(await retriesOf('TRANSIENT')).toEqual([100, 200, 400, 800]);
  expect(await retriesOf('THROTTLING')).toEqual([500, 1000, 2000, 4000]);
});

test('waits any part of that time', async () => {
  expect(await retriesOf('TRANSIENT', 0.25)).toEqual([25, 50, 100, 200]);
});

test('does not repeat what the caller did wrong', async () => {
  expect(await retriesOf('CLIENT_ERROR')).toEqual([]);
});

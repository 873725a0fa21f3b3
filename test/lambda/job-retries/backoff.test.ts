import { backoff } from '../../../lambda/job-retries/backoff';

const RULE = { delaySeconds: 30, maxDelaySeconds: 100 };

test('the longest pause doubles with each failure, up to a cap', () => {
  const almostOne = 1 - Number.EPSILON;
  expect([1, 2, 3, 20].map((failures) => backoff(RULE, failures, almostOne))).toEqual([
    30_000, 60_000, 100_000, 100_000,
  ]);
});

test('the jitter is full: from nothing to all of it, evenly', () => {
  expect([0, 0.25, 0.5].map((random) => backoff(RULE, 2, random))).toEqual([0, 15_000, 30_000]);
});

test('a day at most does not overflow after many failures', () => {
  expect(backoff({ delaySeconds: 1, maxDelaySeconds: 86_400 }, 2000, 0.5)).toBe(43_200_000);
});

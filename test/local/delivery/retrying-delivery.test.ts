import { RetryingDelivery } from '../../../local/delivery/retrying-delivery';
import type { DeliveryPolicy } from '../../../local/delivery/retrying-delivery';
import { Activities } from '../../../local/simulation/activities';
import { Random } from '../../../local/simulation/random';
import { VirtualClock } from '../../../local/simulation/virtual-clock';
import { ServiceError } from '../../../local/wire/service';

/** A delivery that is refused so many times, and what became of it. */
async function delivered(
  refusals: number,
  policy: Partial<DeliveryPolicy> = {},
  error = new ServiceError('Busy', 'no', 503),
) {
  const clock = new VirtualClock(0, new Activities());
  const tries: number[] = [];
  const letters: { arn: string; body: string; attributes: Readonly<Record<string, string>> }[] = [];
  let failed = false;
  const queues = {
    send: (arn: string, body: string, { attributes = {} }: { attributes?: Readonly<Record<string, string>> } = {}) =>
      void letters.push({ arn, body, attributes }),
  };
  await new RetryingDelivery(clock, new Random(1), queues).deliver({
    policy: { maximumRetryAttempts: 185, maximumEventAgeSeconds: 86_400, deadLetterArn: 'dead', ...policy },
    attempt: () => {
      tries.push(clock.now() / 1000);
      if (tries.length <= refusals) throw error;
    },
    body: 'event',
    attributes: { RULE_ARN: 'rule' },
    onFailure: () => (failed = true),
  });
  await clock.advance(2 * 86_400_000);
  return { tries, letters, failed };
}

describe('what a target refuses for now', () => {
  test('is tried again until it is taken', async () => {
    const { tries, letters, failed } = await delivered(4);
    expect([tries.length, letters, failed]).toEqual([5, [], false]);
  });

  test('is tried again after growing delays with jitter, up to minutes', async () => {
    const { tries } = await delivered(30);
    const delays = tries.slice(1).map((time, index) => time - tries[index]!);
    delays.forEach((delay, retry) => {
      const full = Math.min(2 ** retry, 512);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full + 0.001);
    });
    expect(new Set(delays.slice(-10)).size).toBe(10);
  });

  test('is given up after as many retries as the policy has', async () => {
    const { tries, letters, failed } = await delivered(99, { maximumRetryAttempts: 2 });
    expect([tries.length, failed]).toEqual([3, true]);
    expect(letters).toEqual([
      {
        arn: 'dead',
        body: 'event',
        attributes: {
          RULE_ARN: 'rule',
          ERROR_CODE: 'Busy',
          ERROR_MESSAGE: 'no',
          RETRY_ATTEMPTS: '2',
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
        },
      },
    ]);
  });

  test('is given up before it is older than the policy allows', async () => {
    const { tries, letters } = await delivered(999, { maximumEventAgeSeconds: 60 });
    expect(tries.at(-1)).toBeLessThanOrEqual(60);
    expect(letters[0]!.attributes.EXHAUSTED_RETRY_CONDITION).toBe('MaximumEventAgeInSeconds');
  });

  test('lasts at most 24 hours and 185 retries', async () => {
    const { tries } = await delivered(999);
    expect(tries.at(-1)).toBeLessThanOrEqual(86_400);
    expect(tries.length).toBeLessThanOrEqual(186);
  });
});

test.each([
  ['throttling', new ServiceError('ThrottlingException', 'slow down', 400)],
  ['too many requests', new ServiceError('TooManyRequestsException', 'slow down', 429)],
])('%s passes', async (_, error) => {
  expect((await delivered(1, {}, error)).tries).toHaveLength(2);
});

test('any other refusal is final', async () => {
  const { tries, letters } = await delivered(1, {}, new ServiceError('ResourceNotFoundException', 'gone', 404));
  expect([tries.length, letters[0]!.attributes.ERROR_CODE]).toEqual([1, 'ResourceNotFoundException']);
  expect(letters[0]!.attributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
});

test('a fault of the local AWS itself is no refusal', async () => {
  await expect(delivered(1, {}, new TypeError('bug') as never)).rejects.toThrow('bug');
});

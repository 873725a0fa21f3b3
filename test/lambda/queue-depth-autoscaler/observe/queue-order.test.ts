import type { BatchClient } from '@aws-sdk/client-batch';
import { QueueOrder } from '../../../../lambda/queue-depth-autoscaler/observe/queue-order';
import { type Call, scriptedClient, sdkError } from '../../scripted-client';

const MINUTE = 60_000;

function orderOf(priorities: Record<string, number>) {
  const calls: Call[] = [];
  const world = { priorities, refuse: false };
  const batch = scriptedClient<BatchClient>(
    {
      DescribeJobQueues: ({ jobQueues }: { jobQueues: string[] }) => {
        if (world.refuse) throw sdkError('TooManyRequestsException');
        const known = jobQueues.filter((arn) => arn in world.priorities);
        return { jobQueues: known.map((jobQueueArn) => ({ jobQueueArn, priority: world.priorities[jobQueueArn] })) };
      },
    },
    calls,
  );
  return { world, calls, order: new QueueOrder(batch, Object.keys(priorities)) };
}

test('highest priority first; equals stay as they were given', async () => {
  const { order } = orderOf({ a: 1, b: 10, c: 1, d: 1000 });
  expect(await order.at(0, [])).toEqual(['d', 'b', 'a', 'c']);
});

test('one queue needs no order', async () => {
  const { order, calls } = orderOf({ a: 1 });
  expect(await order.at(0, [])).toEqual(['a']);
  expect(calls).toEqual([]);
});

test('priorities are read again after five minutes', async () => {
  const { world, order, calls } = orderOf({ a: 1, b: 10 });
  await order.at(0, []);
  world.priorities = { a: 100, b: 10 };
  expect(await order.at(5 * MINUTE - 1, [])).toEqual(['b', 'a']);
  expect(calls).toHaveLength(1);
  expect(await order.at(5 * MINUTE, [])).toEqual(['a', 'b']);
});

test('what cannot be read is told, is read the next time, and leaves the order that was known', async () => {
  const { world, order } = orderOf({ a: 1, b: 10 });
  world.refuse = true;
  const errors: unknown[] = [];
  expect(await order.at(0, errors)).toEqual(['a', 'b']);
  expect(errors).toHaveLength(1);
  world.refuse = false;
  expect(await order.at(1, [])).toEqual(['b', 'a']);
  world.refuse = true;
  expect(await order.at(10 * MINUTE, [])).toEqual(['b', 'a']);
});

test('a queue that is gone comes last', async () => {
  const { world, order } = orderOf({ gone: 5, a: 1 });
  delete (world.priorities as Partial<typeof world.priorities>)['gone'];
  expect(await order.at(0, [])).toEqual(['a', 'gone']);
});

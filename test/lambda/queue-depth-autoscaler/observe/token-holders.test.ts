import type { BatchClient } from '@aws-sdk/client-batch';
import { type WaitingReading, withHolders } from '../../../../lambda/queue-depth-autoscaler/observe/token-holders';
import { type Call, scriptedClient, sdkError } from '../../scripted-client';

interface Situation {
  /** What waits, in dispatch order: how many under an id. */
  readonly waiting: Readonly<Record<string, number>>;
  readonly arrays?: Readonly<Record<string, readonly string[]>>;
  /** Waiting jobs that have been tried before. */
  readonly tried?: readonly string[];
  /** Those that start or run. */
  readonly started?: number;
  readonly inUse: number;
  readonly available?: number;
  /** Of the licence, by a job. */
  readonly quantity?: number;
  readonly refused?: boolean;
  /** Jobs of a hundred pages use the licence. */
  readonly endless?: boolean;
}

async function holdersIn(situation: Situation): Promise<{
  holding: Record<string, number>;
  calls: Call[];
  errors: unknown[];
}> {
  const { waiting, arrays = {}, tried = [], started = 0, inUse, available = 0, quantity = 1 } = situation;
  const calls: Call[] = [];
  const batch = scriptedClient<BatchClient>(
    {
      ListJobsByConsumableResource: ({ filters }: { filters: { values: string[] }[] }) => {
        if (situation.refused) throw sdkError('AccessDeniedException');
        const jobs = filters[0]!.values[0] === 'RUNNING' ? Array.from({ length: started }, () => ({ quantity })) : [];
        return { jobs, nextToken: situation.endless ? 'more' : undefined };
      },
      ListJobs: ({ arrayJobId }: { arrayJobId: string }) => ({
        jobSummaryList: arrays[arrayJobId]!.map((jobId) => ({ jobId })),
      }),
      DescribeJobs: ({ jobs }: { jobs: string[] }) => ({
        jobs: jobs.map((jobId) => ({ jobId, status: 'RUNNABLE', attempts: tried.includes(jobId) ? [{}] : [] })),
      }),
    },
    calls,
  );
  const tokens = [{ resource: 'licence', quantity }];
  const reading: WaitingReading = {
    waiting: [{ queueArn: 'q', jobs: Object.entries(waiting).map(([jobId, count]) => ({ jobId, count })) }],
    arrays: new Set(Object.keys(arrays)),
    shapes: { get: () => ({ resources: { vcpus: 1, memoryMiB: 512, gpus: 0 }, tokens }) },
    stillWaiting: new Map(),
    consumables: {
      availability: new Map([['licence', available]]),
      totals: new Map([['licence', available + inUse]]),
      inUse: new Map([['licence', inUse]]),
      errors: [],
    },
  };
  const errors: unknown[] = [];
  const [queue] = await withHolders(batch, reading, errors);
  const holding = queue!.jobs.flatMap(({ jobId, holding: held }) => (held === undefined ? [] : [[jobId, held]]));
  return { holding: Object.fromEntries(holding) as Record<string, number>, calls, errors };
}

test('a job that was tried before holds the licence that no started job uses', async () => {
  const { holding } = await holdersIn({ waiting: { fresh: 1, again: 1 }, tried: ['again'], inUse: 1 });
  expect(holding).toEqual({ again: 1 });
});

test('not when a started job uses it: then it was given back between the attempts', async () => {
  const { holding, calls } = await holdersIn({ waiting: { again: 1 }, tried: ['again'], inUse: 1, started: 1 });
  expect(holding).toEqual({});
  expect(calls.filter(({ operation }) => operation === 'DescribeJobs')).toEqual([]);
});

test('no more jobs than licences are held', async () => {
  const tried = ['a', 'b', 'c'];
  const waiting = { a: 1, b: 1, c: 1 };
  expect((await holdersIn({ waiting, tried, inUse: 5, started: 1, quantity: 2 })).holding).toEqual({ a: 1 });
});

test('children of an array, by their parent or by themselves, each once', async () => {
  const arrays = { array: ['array:0', 'array:1', 'array:2'] };
  const waiting = { 'array:0': 1, array: 2 };
  const { holding } = await holdersIn({ waiting, arrays, tried: ['array:0', 'array:2'], inUse: 2 });
  expect(holding).toEqual({ 'array:0': 1, array: 1 });
});

test.each<[string, Situation]>([
  ['nothing is in use', { waiting: { a: 1 }, inUse: 0 }],
  ['there is enough for all', { waiting: { a: 1, b: 1 }, inUse: 1, available: 2 }],
  ['nobody waits', { waiting: {}, inUse: 1 }],
])('nothing is asked while %s', async (_, situation) => {
  expect((await holdersIn(situation)).calls).toEqual([]);
});

test('where too many jobs use it to be read, nobody is taken for a holder, at a bounded number of calls', async () => {
  const { holding, calls } = await holdersIn({ waiting: { a: 1 }, tried: ['a'], inUse: 9, endless: true });
  expect(holding).toEqual({});
  expect(calls).toHaveLength(20);
});

test('a hundred waiting jobs are asked at the most', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `job-${index}`);
  const waiting = Object.fromEntries(ids.map((id) => [id, 1]));
  const { calls } = await holdersIn({ waiting, inUse: 1 });
  expect(calls.filter(({ operation }) => operation === 'DescribeJobs')).toHaveLength(1);
});

test('what cannot be read marks nobody, and is told', async () => {
  const { holding, errors } = await holdersIn({ waiting: { a: 1 }, tried: ['a'], inUse: 1, refused: true });
  expect(holding).toEqual({});
  expect(errors).toHaveLength(1);
});

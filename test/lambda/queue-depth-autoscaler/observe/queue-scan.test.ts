import type { BatchClient } from '@aws-sdk/client-batch';
import fc from 'fast-check';
import { type ReadCursor, scanQueues } from '../../../../lambda/queue-depth-autoscaler/observe/queue-scan';
import { type Call, scriptedClient, sdkError } from '../../scripted-client';

const PAGE = 10;

interface ListInput {
  jobQueue: string;
  jobStatus: string;
  nextToken?: string;
}

/** Queues with so many RUNNABLE and PENDING jobs, listed in pages of ten. */
function batchWith(counts: Readonly<Record<string, number>>, calls: Call[] = []): BatchClient {
  return scriptedClient<BatchClient>(
    {
      ListJobs: ({ jobQueue, jobStatus, nextToken }: ListInput) => {
        const total = counts[`${jobQueue} ${jobStatus}`] ?? 0;
        const start = Number(nextToken ?? 0);
        const end = Math.min(total, start + PAGE);
        const jobSummaryList = Array.from({ length: end - start }, (_, index) => ({
          jobId: `${jobQueue}-${jobStatus}-${start + index}`,
          jobName: 'job',
          ...(jobStatus === 'PENDING' && index % 2 === 0 && { arrayProperties: { size: 2 } }),
        }));
        return { jobSummaryList, nextToken: end < total ? String(end) : undefined };
      },
    },
    calls,
  );
}

test('empty queues cost two calls each and are complete', async () => {
  const calls: Call[] = [];
  const scan = await scanQueues(batchWith({}, calls), ['a', 'b'], 100, undefined);
  expect(calls).toHaveLength(4);
  expect(scan).toMatchObject({ complete: true, cursor: undefined, errors: [] });
});

test('of PENDING jobs only array parents are kept', async () => {
  const { arrays, runnable } = await scanQueues(batchWith({ 'a PENDING': 4 }), ['a'], 100, undefined);
  expect(arrays.get('a')!.map(({ jobId }) => jobId)).toEqual(['a-PENDING-0', 'a-PENDING-2']);
  expect(runnable.get('a')).toEqual([]);
});

test('calls are bounded by the budget, and ticks together read every job once', async () => {
  const count = fc.integer({ min: 0, max: 60 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({ 'a RUNNABLE': count, 'a PENDING': count, 'b RUNNABLE': count, 'b PENDING': count }),
      fc.integer({ min: 1, max: 40 }),
      async (counts, budget) => {
        const seen: string[] = [];
        let cursor: ReadCursor | undefined;
        let ticks = 0;
        do {
          const calls: Call[] = [];
          const scan = await scanQueues(batchWith(counts, calls), ['a', 'b'], budget, cursor);
          expect(calls.length).toBeLessThanOrEqual(4 + Math.ceil(budget / PAGE));
          // Complete is only what began at the top and reached the end.
          expect(scan.complete).toBe(cursor === undefined && scan.cursor === undefined);
          for (const jobs of scan.runnable.values()) seen.push(...jobs.map(({ jobId }) => jobId!));
          cursor = scan.cursor;
          expect(++ticks).toBeLessThan(100);
        } while (cursor);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toHaveLength(counts['a RUNNABLE'] + counts['b RUNNABLE']);
      },
    ),
  );
});

test('a queue counts as whole only when its list was read from first to last', async () => {
  const batch = batchWith({ 'a RUNNABLE': 15, 'b RUNNABLE': 5 });
  const first = await scanQueues(batch, ['a', 'b'], 10, undefined);
  expect(first.whole).toEqual(new Set());
  expect(first.cursor).toEqual({ queueArn: 'a', status: 'RUNNABLE', nextToken: '10' });
  const second = await scanQueues(batch, ['a', 'b'], 20, first.cursor);
  expect(second).toMatchObject({ whole: new Set(['b']), complete: false, cursor: undefined });
});

test('a list that cannot be read is no empty list: the others are read, the next tick begins at the top', async () => {
  const batch = scriptedClient<BatchClient>({
    ListJobs: ({ jobQueue }: ListInput) => {
      if (jobQueue === 'a') throw sdkError('ClientException', 'An invalid token');
      return { jobSummaryList: [{ jobId: 'b-1', jobName: 'job' }] };
    },
  });
  const scan = await scanQueues(batch, ['a', 'b'], 100, { queueArn: 'a', status: 'RUNNABLE', nextToken: 'stale' });
  expect(scan.runnable.get('b')).toHaveLength(1);
  expect(scan).toMatchObject({ complete: false, cursor: undefined });
  expect(scan.errors).toHaveLength(2);
});

test('a cursor in a queue that has been taken away begins at the top', async () => {
  const scan = await scanQueues(batchWith({ 'a RUNNABLE': 5 }), ['a'], 100, { queueArn: 'gone', status: 'PENDING' });
  expect(scan.runnable.get('a')).toHaveLength(5);
  expect(scan.complete).toBe(true);
});

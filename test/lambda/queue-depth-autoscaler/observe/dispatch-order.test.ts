import type { JobSummary } from '@aws-sdk/client-batch';
import fc from 'fast-check';
import { dispatchOrder } from '../../../../lambda/queue-depth-autoscaler/observe/dispatch-order';

const job = (jobId: string, createdAt: number): JobSummary => ({ jobId, jobName: jobId, createdAt });
const array = (jobId: string, createdAt: number, waiting: number): JobSummary => ({
  ...job(jobId, createdAt),
  arrayProperties: { size: 100, statusSummary: { RUNNABLE: waiting, RUNNING: 1 } },
});

test('the head first, as the snapshot orders it, then the others by age', () => {
  const runnable = [job('new', 4), job('urgent', 3), job('old', 1), job('mid', 2)];
  const order = dispatchOrder({ head: ['urgent'], runnable, arrays: [], whole: true });
  expect(order.map(({ jobId }) => jobId)).toEqual(['urgent', 'old', 'mid', 'new']);
});

test('an array stands where its age puts it, with its waiting children', () => {
  const order = dispatchOrder({
    head: [],
    runnable: [job('a', 1), job('c', 3)],
    arrays: [array('b', 2, 7)],
    whole: true,
  });
  expect(order).toEqual([
    { jobId: 'a', count: 1 },
    { jobId: 'b', count: 7 },
    { jobId: 'c', count: 1 },
  ]);
});

test('an array whose children all run asks for nothing', () => {
  expect(dispatchOrder({ head: [], runnable: [], arrays: [array('b', 2, 0)], whole: true })).toEqual([]);
});

test('what only the snapshot still shows has gone when the lists are whole, and counts when they are not', () => {
  const reading = { head: ['gone'], runnable: [job('a', 1)], arrays: [] };
  expect(dispatchOrder({ ...reading, whole: true })).toEqual([{ jobId: 'a', count: 1 }]);
  expect(dispatchOrder({ ...reading, whole: false })).toEqual([
    { jobId: 'gone', count: 1 },
    { jobId: 'a', count: 1 },
  ]);
});

test('children count once, whether the snapshot, the list, the parent or all of them show them', () => {
  const index = fc.integer({ min: 0, max: 9 });
  fc.assert(
    fc.property(fc.uniqueArray(index), fc.uniqueArray(index), fc.uniqueArray(index), (waiting, inHead, inList) => {
      const shown = (indices: number[]) => indices.filter((one) => waiting.includes(one)).map((one) => `p:${one}`);
      const order = dispatchOrder({
        head: shown(inHead),
        runnable: shown(inList).map((jobId) => job(jobId, 5)),
        arrays: [array('p', 1, waiting.length)],
        whole: true,
      });
      expect(order.reduce((sum, { count }) => sum + count, 0)).toBe(waiting.length);
      expect(new Set(order.map(({ jobId }) => jobId)).size).toBe(order.length);
    }),
  );
});

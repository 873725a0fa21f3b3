import { groupDemand } from '../../../../lambda/queue-depth-autoscaler/observe/demand-groups';
import type { JobShape } from '../../../../lambda/queue-depth-autoscaler/observe/job-shapes';

const small: JobShape = { resources: { vcpus: 1, memoryMiB: 512, gpus: 0 }, tokens: [] };
const large: JobShape = { resources: { vcpus: 8, memoryMiB: 512, gpus: 0 }, tokens: [] };
const limited = (quantity: number): JobShape => ({ ...small, tokens: [{ resource: 'licence', quantity }] });
const shapes = (byId: Record<string, JobShape>) => new Map(Object.entries(byId));
const unchanged = new Map<string, number>();

test('neighbours that ask the same are joined; others, and other queues, are not', () => {
  const one = (jobId: string) => ({ jobId, count: 1 });
  const waiting = [
    { queueArn: 'q1', jobs: [one('a'), one('b'), one('c'), one('d')] },
    { queueArn: 'q2', jobs: [one('e')] },
  ];
  const known = shapes({ a: small, b: small, c: large, d: small, e: small });
  expect(groupDemand(waiting, known, unchanged)).toEqual([
    { queueArn: 'q1', jobId: 'a', count: 2, resources: small.resources, tokens: [] },
    { queueArn: 'q1', jobId: 'c', count: 1, resources: large.resources, tokens: [] },
    { queueArn: 'q1', jobId: 'd', count: 1, resources: small.resources, tokens: [] },
    { queueArn: 'q2', jobId: 'e', count: 1, resources: small.resources, tokens: [] },
  ]);
});

test('a job that has gone, and one that cannot run here, ask for nothing', () => {
  const waiting = [
    {
      queueArn: 'q',
      jobs: [
        { jobId: 'gone', count: 1 },
        { jobId: 'elsewhere', count: 1 },
      ],
    },
  ];
  expect(groupDemand(waiting, shapes({ gone: small }), new Map([['gone', 0]]))).toEqual([]);
});

test('what is known better than by the lists counts, for an array and its children too', () => {
  const jobs = [
    { jobId: 'array:1', count: 1 },
    { jobId: 'array', count: 5 },
    { jobId: 'over:1', count: 1 },
  ];
  const known = shapes({ array: small, over: small });
  const get = (jobId: string) => known.get(jobId.split(':')[0]!);
  const now = new Map([
    ['array', 3],
    ['over', 0],
  ]);
  const groups = groupDemand([{ queueArn: 'q', jobs }], { get }, now);
  expect(groups).toMatchObject([{ jobId: 'array:1', count: 4 }]);
});

test('neighbours that need different consumable resources are not joined; who holds his needs nothing more', () => {
  const jobs = [
    { jobId: 'one', count: 1 },
    { jobId: 'two', count: 1 },
    { jobId: 'array', count: 5, holding: 2 },
    { jobId: 'gone', count: 1, holding: 1 },
  ];
  const known = shapes({ one: limited(1), two: limited(2), array: limited(2), gone: limited(1) });
  const groups = groupDemand([{ queueArn: 'q', jobs }], known, new Map([['gone', 0]]));
  expect(groups.map(({ jobId, count, tokens }) => [jobId, count, tokens![0]?.quantity])).toEqual([
    ['one', 1, 1],
    ['two', 1, 2],
    ['array', 2, undefined],
    ['array', 3, 2],
  ]);
});

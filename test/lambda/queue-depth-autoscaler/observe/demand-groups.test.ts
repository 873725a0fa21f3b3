import fc from 'fast-check';
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
  expect(groupDemand(waiting, known, new Map(), unchanged)).toEqual([
    { queueArn: 'q1', jobId: 'a', count: 2, resources: small.resources },
    { queueArn: 'q1', jobId: 'c', count: 1, resources: large.resources },
    { queueArn: 'q1', jobId: 'd', count: 1, resources: small.resources },
    { queueArn: 'q2', jobId: 'e', count: 1, resources: small.resources },
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
  expect(groupDemand(waiting, shapes({ gone: small }), new Map(), new Map([['gone', 0]]))).toEqual([]);
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
  const groups = groupDemand([{ queueArn: 'q', jobs }], { get }, new Map(), now);
  expect(groups).toMatchObject([{ jobId: 'array:1', count: 4 }]);
});

test('a consumable resource caps demand in dispatch order, across queues', () => {
  const waiting = [
    { queueArn: 'urgent', jobs: [{ jobId: 'array', count: 5 }] },
    {
      queueArn: 'normal',
      jobs: [
        { jobId: 'two', count: 1 },
        { jobId: 'free', count: 1 },
      ],
    },
  ];
  const known = shapes({ array: limited(2), two: limited(2), free: small });
  const groups = groupDemand(waiting, known, new Map([['licence', 7]]), unchanged);
  expect(groups.map(({ jobId, count }) => [jobId, count])).toEqual([
    ['array', 3],
    ['free', 1],
  ]);
});

test('a consumable resource that could not be read lets nothing through', () => {
  const waiting = [{ queueArn: 'q', jobs: [{ jobId: 'a', count: 3 }] }];
  expect(groupDemand(waiting, shapes({ a: limited(1) }), new Map(), unchanged)).toEqual([]);
});

test('jobs let through never need more of a resource than there is', () => {
  const jobs = fc.array(fc.record({ count: fc.integer({ min: 1, max: 9 }), quantity: fc.integer({ min: 0, max: 4 }) }));
  fc.assert(
    fc.property(jobs, fc.integer({ min: 0, max: 30 }), (list, available) => {
      const known = shapes(Object.fromEntries(list.map(({ quantity }, index) => [String(index), limited(quantity)])));
      // Queues of one job each, so that no group joins two quantities.
      const waiting = list.map(({ count }, index) => ({
        queueArn: `q${index}`,
        jobs: [{ jobId: String(index), count }],
      }));
      const groups = groupDemand(waiting, known, new Map([['licence', available]]), unchanged);
      const used = groups.reduce((sum, { jobId, count }) => sum + count * list[Number(jobId)]!.quantity, 0);
      expect(used).toBeLessThanOrEqual(available);
      const free = list.filter(({ quantity }) => quantity === 0).length;
      expect(groups.length).toBeGreaterThanOrEqual(free);
    }),
  );
});

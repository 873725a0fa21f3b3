import type { BatchClient, JobDetail, JobSummary } from '@aws-sdk/client-batch';
import { confirmDemand, readDemand } from '../../../../lambda/queue-depth-autoscaler/observe/demand';
import { JobShapes } from '../../../../lambda/queue-depth-autoscaler/observe/job-shapes';
import { type Call, scriptedClient, sdkError } from '../../scripted-client';

const QUEUES = ['urgent', 'normal'];

interface FakeJob {
  queue: string;
  status: string;
  vcpus: number;
  createdAt?: number;
  array?: Record<string, number>;
  token?: string;
  multiNode?: boolean;
}

interface World {
  jobs: Record<string, FakeJob>;
  heads?: Record<string, string[]>;
  available?: Record<string, number>;
  /** What the lists still say of a job that has moved on. */
  listed?: Record<string, string>;
  refuse?: string[];
}

function batchOf(world: World, calls: Call[] = []): BatchClient {
  const refused = (operation: string) => {
    if (world.refuse?.includes(operation)) throw sdkError('TooManyRequestsException');
  };
  return scriptedClient<BatchClient>(
    {
      ListJobs: ({ jobQueue, jobStatus }: { jobQueue: string; jobStatus: string }) => {
        refused('ListJobs');
        const listed = Object.entries(world.jobs).filter(
          ([id, job]) => job.queue === jobQueue && (world.listed?.[id] ?? job.status) === jobStatus,
        );
        return { jobSummaryList: listed.map(([id, job]) => summary(id, job)) };
      },
      GetJobQueueSnapshot: ({ jobQueue }: { jobQueue: string }) => {
        refused('GetJobQueueSnapshot');
        const jobs = (world.heads?.[jobQueue] ?? []).map((id) => ({ jobArn: `arn:aws:batch:r:a:job/${id}` }));
        return { frontOfQueue: { jobs } };
      },
      DescribeJobs: ({ jobs }: { jobs: string[] }) => {
        refused('DescribeJobs');
        return { jobs: jobs.flatMap((id) => (world.jobs[id] ? [detail(id, world.jobs[id])] : [])) };
      },
      DescribeConsumableResource: ({ consumableResource }: { consumableResource: string }) => {
        refused('DescribeConsumableResource');
        return { availableQuantity: world.available?.[consumableResource] };
      },
    },
    calls,
  );
}

function summary(jobId: string, { createdAt, array }: FakeJob): JobSummary {
  return { jobId, jobName: jobId, createdAt, ...(array && { arrayProperties: { size: 10, statusSummary: array } }) };
}

function detail(jobId: string, { status, vcpus, array, token, multiNode }: FakeJob): JobDetail {
  const resourceRequirements = [
    { type: 'VCPU' as const, value: String(vcpus) },
    { type: 'MEMORY' as const, value: '1024' },
  ];
  return {
    jobId,
    status,
    container: { resourceRequirements },
    ...(array && { arrayProperties: { size: 10, statusSummary: array } }),
    ...(multiNode && { nodeProperties: { numNodes: 2 } }),
    ...(token && {
      consumableResourceProperties: { consumableResourceList: [{ consumableResource: token, quantity: 1 }] },
    }),
  } as JobDetail;
}

function read(world: World, calls: Call[] = [], shapes = new JobShapes(batchOf(world, calls))) {
  return readDemand(batchOf(world, calls), shapes, QUEUES, 1000, undefined);
}

const count = (calls: Call[], operation: string) => calls.filter((call) => call.operation === operation).length;

test('highest priority first, each queue in dispatch order', async () => {
  const { groups, complete } = await read({
    jobs: {
      n1: { queue: 'normal', status: 'RUNNABLE', vcpus: 1, createdAt: 1 },
      u1: { queue: 'urgent', status: 'RUNNABLE', vcpus: 2, createdAt: 9 },
      u2: { queue: 'urgent', status: 'RUNNABLE', vcpus: 4, createdAt: 8 },
    },
    heads: { urgent: ['u1', 'u2'] },
  });
  expect(groups.map(({ jobId }) => jobId)).toEqual(['u1', 'u2', 'n1']);
  expect(groups[0]!.resources).toEqual({ vcpus: 2, memoryMiB: 1024, gpus: 0 });
  expect(complete).toBe(true);
});

test('empty queues are listed and nothing else is asked', async () => {
  const calls: Call[] = [];
  expect(await read({ jobs: {} }, calls)).toMatchObject({ groups: [], complete: true });
  expect(calls.map(({ operation }) => operation)).toEqual(['ListJobs', 'ListJobs', 'ListJobs', 'ListJobs']);
});

test('a job is described once, however often it is seen', async () => {
  const calls: Call[] = [];
  const world: World = { jobs: { n1: { queue: 'normal', status: 'RUNNABLE', vcpus: 1 } } };
  const shapes = new JobShapes(batchOf(world, calls));
  await read(world, calls, shapes);
  await read(world, calls, shapes);
  expect(count(calls, 'DescribeJobs')).toBe(1);
});

test('jobs are described a hundred at a time', async () => {
  const calls: Call[] = [];
  const job: FakeJob = { queue: 'normal', status: 'RUNNABLE', vcpus: 1 };
  const jobs = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`n${index}`, job]));
  const { groups } = await read({ jobs }, calls);
  expect(groups).toMatchObject([{ count: 250 }]);
  expect(count(calls, 'DescribeJobs')).toBe(3);
});

test('array children count by their parent, jobs that wait for others do not', async () => {
  const { groups } = await read({
    jobs: {
      array: { queue: 'normal', status: 'PENDING', vcpus: 2, array: { RUNNABLE: 6, RUNNING: 3, SUCCEEDED: 1 } },
      dependent: { queue: 'normal', status: 'PENDING', vcpus: 64 },
    },
  });
  expect(groups).toMatchObject([{ jobId: 'array', count: 6, resources: { vcpus: 2 } }]);
});

test('multi-node jobs ask for nothing here', async () => {
  const world: World = { jobs: { mnp: { queue: 'normal', status: 'RUNNABLE', vcpus: 2, multiNode: true } } };
  expect(await read(world)).toMatchObject({ groups: [], complete: true });
});

test('when a consumable resource cannot be read nothing is left of it, and the demand is not known', async () => {
  const world: World = {
    jobs: { a: { queue: 'normal', status: 'RUNNABLE', vcpus: 1, token: 'licence' } },
    refuse: ['DescribeConsumableResource'],
  };
  const { availability, complete, errors } = await read(world);
  expect({ availability, complete, errors }).toEqual({
    availability: new Map(),
    complete: false,
    errors: [expect.any(Error)],
  });
});

test.each(['ListJobs', 'DescribeJobs'])('when %s fails the demand is not known', async (operation) => {
  const world: World = { jobs: { a: { queue: 'normal', status: 'RUNNABLE', vcpus: 1 } }, refuse: [operation] };
  const { complete, errors } = await read(world);
  expect(complete).toBe(false);
  expect(errors).not.toEqual([]);
});

test('without the snapshot the order is by age, and all the jobs are there', async () => {
  const { groups, complete, errors } = await read({
    jobs: {
      young: { queue: 'normal', status: 'RUNNABLE', vcpus: 1, createdAt: 2 },
      old: { queue: 'normal', status: 'RUNNABLE', vcpus: 2, createdAt: 1 },
    },
    refuse: ['GetJobQueueSnapshot'],
  });
  expect(groups.map(({ jobId }) => jobId)).toEqual(['old', 'young']);
  expect(complete).toBe(true);
  expect(errors).toHaveLength(1);
});

test('a job that has started since it was listed is left out, and asked about again when it waits again', async () => {
  const world: World = {
    jobs: { a: { queue: 'normal', status: 'STARTING', vcpus: 1 } },
    listed: { a: 'RUNNABLE' },
  };
  const shapes = new JobShapes(batchOf(world));
  expect((await read(world, [], shapes)).groups).toEqual([]);
  world.jobs['a']!.status = 'RUNNABLE';
  expect((await read(world, [], shapes)).groups).toMatchObject([{ jobId: 'a' }]);
});

test('confirming leaves out jobs that were known to wait and have started', async () => {
  const world: World = {
    jobs: {
      a: { queue: 'normal', status: 'RUNNABLE', vcpus: 1 },
      b: { queue: 'normal', status: 'RUNNABLE', vcpus: 1 },
    },
    listed: { a: 'RUNNABLE' },
  };
  const shapes = new JobShapes(batchOf(world));
  await read(world, [], shapes);
  world.jobs['a']!.status = 'RUNNING';
  const reading = await read(world, [], shapes);
  expect(reading.groups).toMatchObject([{ count: 2 }]);
  expect(await confirmDemand(shapes, reading)).toMatchObject([{ jobId: 'b', count: 1 }]);
});

test('confirming asks nothing of jobs that have just been described', async () => {
  const calls: Call[] = [];
  const world: World = { jobs: { a: { queue: 'normal', status: 'RUNNABLE', vcpus: 1 } } };
  const shapes = new JobShapes(batchOf(world, calls));
  const reading = await read(world, calls, shapes);
  expect(await confirmDemand(shapes, reading)).toEqual(reading.groups);
  expect(count(calls, 'DescribeJobs')).toBe(1);
});

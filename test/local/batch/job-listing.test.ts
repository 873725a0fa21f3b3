import type { GetJobQueueSnapshotResponse, ListJobsResponse } from '@aws-sdk/client-batch';
import { Stage, asking } from './stage';

async function queued(settings = {}, vcpus = 0): Promise<{ stage: Stage; queue: string }> {
  const stage = new Stage(settings);
  const environment = await stage.environment();
  const queue = await stage.queue([environment]);
  if (vcpus > 0) await stage.instance(environment, vcpus);
  return { stage, queue };
}

/** Submits jobs a second apart. */
async function submitAll(stage: Stage, queue: string, names: readonly string[], input = {}): Promise<string[]> {
  const ids: string[] = [];
  for (const jobName of names) {
    ids.push(stage.submit(queue, { jobName, ...input }));
    await stage.advance(1);
  }
  return ids;
}

describe('ListJobs of a queue', () => {
  test('lists RUNNING jobs when no status is given', async () => {
    const { stage, queue } = await queued({}, 2);
    await submitAll(stage, queue, ['a', 'b', 'c']);
    await stage.advance(5);
    expect(stage.list({ jobQueue: queue }).names.sort()).toEqual(['a', 'b']);
    expect(stage.list({ jobQueue: queue, jobStatus: 'RUNNABLE' }).names).toEqual(['c']);
    expect(stage.list({ jobQueue: queue, jobStatus: 'FAILED' }).names).toEqual([]);
  });

  test('is in the order of the setting, since AWS documents none', async () => {
    for (const [listOrder, names] of [
      ['newestFirst', ['c', 'b', 'a']],
      ['oldestFirst', ['a', 'b', 'c']],
    ] as const) {
      const { stage, queue } = await queued({ listOrder });
      await submitAll(stage, queue, ['a', 'b', 'c']);
      expect(stage.list({ jobQueue: queue, jobStatus: 'RUNNABLE' }).names).toEqual(names);
    }
  });

  test('has summaries with vCPUs, without memory and GPUs, and flags only when they are true', async () => {
    const { stage, queue } = await queued();
    const [id] = await submitAll(stage, queue, ['a'], asking(2, 2048, 1));
    const list = (jobStatus: string) =>
      stage.call<ListJobsResponse>('ListJobs', { jobQueue: queue, jobStatus }).jobSummaryList!;
    expect(list('RUNNABLE')).toEqual([
      {
        jobArn: stage.job(id!).jobArn,
        jobId: id,
        jobName: 'a',
        jobDefinition: stage.job(id!).jobDefinition,
        status: 'RUNNABLE',
        createdAt: stage.job(id!).createdAt,
        capacityUsage: [{ capacityUnit: 'VCPU', quantity: 2 }],
      },
    ]);
    stage.call('CancelJob', { jobId: id, reason: 'r' });
    expect(list('FAILED')).toMatchObject([{ isCancelled: true, statusReason: 'r' }]);
  });

  test('comes in pages of up to 1,000, and goes on where it was while jobs come and go', async () => {
    const { stage, queue } = await queued();
    const ids = await submitAll(stage, queue, ['a', 'b', 'c', 'd', 'e']);
    const first = stage.list({ jobQueue: queue, jobStatus: 'RUNNABLE', maxResults: 2 });
    expect(first.names).toEqual(['e', 'd']);
    stage.call('CancelJob', { jobId: ids[3], reason: 'gone' });
    await submitAll(stage, queue, ['f']);
    const second = stage.list({ jobQueue: queue, jobStatus: 'RUNNABLE', maxResults: 2, nextToken: first.nextToken });
    expect(second.names).toEqual(['c', 'b']);
    const third = stage.list({ jobQueue: queue, jobStatus: 'RUNNABLE', maxResults: 2, nextToken: second.nextToken });
    expect(third).toMatchObject({ names: ['a'], nextToken: undefined });

    for (let index = 0; index < 1001; index++) stage.submit(queue, { jobName: `j${index}` });
    await stage.advance(1);
    expect(stage.list({ jobQueue: queue, jobStatus: 'RUNNABLE', maxResults: 5000 }).names).toHaveLength(1000);
    const filters = [{ name: 'JOB_NAME', values: ['j*'] }];
    expect(stage.list({ jobQueue: queue, filters }).names).toHaveLength(100);
  });

  test('leaves children of arrays out, or has them, as the setting says', async () => {
    for (const listReturnsArrayChildren of [false, true]) {
      const { stage, queue } = await queued({ listReturnsArrayChildren });
      const parent = stage.submit(queue, { arrayProperties: { size: 2 } });
      await stage.advance(1);
      const children = [`${parent}:1`, `${parent}:0`];
      expect(stage.list({ jobQueue: queue, jobStatus: 'RUNNABLE' }).ids).toEqual(
        listReturnsArrayChildren ? children : [],
      );
      expect(stage.list({ jobQueue: queue, jobStatus: 'PENDING' }).ids).toEqual([parent]);
      expect(stage.list({ jobQueue: queue, filters: [{ name: 'JOB_NAME', values: ['job'] }] }).ids).toEqual([parent]);
    }
  });

  test('may lag behind the truth, as the setting says; DescribeJobs does not', async () => {
    const { stage, queue } = await queued({ listLagSeconds: 30 }, 1);
    const id = stage.submit(queue);
    const statuses = (jobStatus: string) =>
      stage
        .call<ListJobsResponse>('ListJobs', { jobQueue: queue, jobStatus })
        .jobSummaryList!.map(({ status }) => status);
    await stage.advance(29);
    expect(stage.status(id)).toEqual(['RUNNING']);
    expect([statuses('SUBMITTED'), statuses('RUNNING')]).toEqual([[], []]);
    await stage.advance(4);
    expect(statuses('STARTING')).toEqual(['STARTING']);
    await stage.advance(2);
    expect(statuses('RUNNING')).toEqual(['RUNNING']);
    await stage.end(id);
    expect(statuses('RUNNING')).toEqual(['RUNNING']);
    await stage.advance(30);
    expect([statuses('RUNNING'), statuses('SUCCEEDED')]).toEqual([[], ['SUCCEEDED']]);
  });
});

test('ListJobs of an array lists its children of a status', async () => {
  const { stage, queue } = await queued({}, 1);
  const parent = stage.submit(queue, { arrayProperties: { size: 4 } });
  await stage.advance(10);
  expect(stage.list({ arrayJobId: parent }).ids).toEqual([`${parent}:0`]);
  const page = stage.list({ arrayJobId: parent, jobStatus: 'RUNNABLE', maxResults: 2 });
  expect(page.ids).toEqual([`${parent}:1`, `${parent}:2`]);
  const rest = { arrayJobId: parent, jobStatus: 'RUNNABLE' as const, maxResults: 2, nextToken: page.nextToken };
  expect(stage.list(rest)).toMatchObject({ ids: [`${parent}:3`], nextToken: undefined });
});

describe('a filter of ListJobs', () => {
  const filtered = (stage: Stage, queue: string, name: string, ...values: string[]) =>
    stage.list({ jobQueue: queue, filters: [{ name, values }] });

  test('finds jobs of any status, the newest first', async () => {
    const { stage, queue } = await queued({ listOrder: 'oldestFirst' }, 1);
    const [first] = await submitAll(stage, queue, ['Test1', 'test10', 'other']);
    await stage.end(first!);
    expect(filtered(stage, queue, 'JOB_NAME', 'TEST1').names).toEqual(['Test1']);
    expect(filtered(stage, queue, 'JOB_NAME', 'test1*').names).toEqual(['test10', 'Test1']);
  });

  test('by definition takes a name, a prefix or an ARN', async () => {
    const { stage, queue } = await queued();
    const container = { image: 'i', vcpus: 1, memory: 4 };
    for (const jobDefinitionName of ['jd1', 'jd1', 'jd1A', 'Jd1']) {
      stage.call('RegisterJobDefinition', { jobDefinitionName, type: 'container', containerProperties: container });
    }
    for (const jobDefinition of ['jd1:1', 'jd1:2', 'jd1A', 'Jd1']) {
      await submitAll(stage, queue, [jobDefinition.replace(':', '-')], { jobDefinition });
    }
    const arn = 'arn:aws:batch:us-east-1:123456789012:job-definition/jd1:1';
    expect(filtered(stage, queue, 'JOB_DEFINITION', 'jd1').names).toEqual(['jd1-2', 'jd1-1']);
    expect(filtered(stage, queue, 'JOB_DEFINITION', 'jd1*').names).toEqual(['jd1A', 'jd1-2', 'jd1-1']);
    expect(filtered(stage, queue, 'JOB_DEFINITION', arn).names).toEqual(['jd1-1']);
  });

  test('by time of creation is exclusive', async () => {
    const { stage, queue } = await queued();
    const ids = await submitAll(stage, queue, ['a', 'b', 'c']);
    const at = String(stage.job(ids[1]!).createdAt);
    expect(filtered(stage, queue, 'BEFORE_CREATED_AT', at).names).toEqual(['a']);
    expect(filtered(stage, queue, 'AFTER_CREATED_AT', at).names).toEqual(['c']);
  });

  test('by share goes with a status, the others do not', async () => {
    const stage = new Stage();
    const { arn } = stage.call<{ arn: string }>('CreateSchedulingPolicy', { name: 'p' });
    const queue = await stage.queue([await stage.environment()], { schedulingPolicyArn: arn });
    const jobs = ['a', 'a', 'b'].map((shareIdentifier) =>
      stage.submit(queue, { shareIdentifier, jobName: shareIdentifier }),
    );
    await stage.advance(1);
    stage.call('CancelJob', { jobId: jobs[0], reason: 'r' });
    const filters = [{ name: 'SHARE_IDENTIFIER', values: ['a'] }];
    expect(stage.list({ jobQueue: queue, filters }).ids).toEqual([jobs[1], jobs[0]]);
    expect(stage.list({ jobQueue: queue, filters, jobStatus: 'FAILED' }).ids).toEqual([jobs[0]]);
    const byName = [{ name: 'JOB_NAME', values: ['a'] }];
    expect(stage.list({ jobQueue: queue, filters: byName, jobStatus: 'FAILED' }).ids).toEqual([jobs[1], jobs[0]]);
  });
});

test.each([
  [{}, 'Exactly one of'],
  [{ jobQueue: 'q', arrayJobId: 'x' }, 'Exactly one of'],
  [{ jobQueue: 'none' }, 'none does not exist'],
  [{ arrayJobId: '00000000-0000-4000-a000-000000000000' }, 'is not an array job'],
  [{ multiNodeJobId: 'x' }, 'no multi-node'],
  [{ jobQueue: 'q', jobStatus: 'LOST' }, 'Unknown jobStatus'],
  [
    { jobQueue: 'q', maxResults: 0 },
    "'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [{ jobQueue: 'q', nextToken: 'x' }, 'not one that was returned'],
  [
    {
      jobQueue: 'q',
      filters: [
        { name: 'JOB_NAME', values: ['a'] },
        { name: 'JOB_NAME', values: ['b'] },
      ],
    },
    'at most 1',
  ],
  [{ jobQueue: 'q', filters: [{ name: 'COLOUR', values: ['a'] }] }, 'Unknown filter COLOUR'],
  [{ jobQueue: 'q', filters: [{ name: 'JOB_NAME', values: [] }] }, 'has no values'],
  [{ jobQueue: 'q', filters: [{ name: 'AFTER_CREATED_AT', values: ['noon'] }] }, 'not a number of milliseconds'],
])('ListJobs %j is refused', async (input, message) => {
  const stage = new Stage();
  await stage.queue([await stage.environment()], { jobQueueName: 'q' });
  expect(stage.refusal('ListJobs', input)).toContain(message);
});

describe('DescribeJobs', () => {
  test('takes up to 100 ids; those that do not exist are left out', async () => {
    const { stage, queue } = await queued();
    const id = stage.submit(queue);
    const unknown = '00000000-0000-4000-a000-000000000000';
    expect(stage.call('DescribeJobs', { jobs: [unknown, id, `${id}:0`] })).toMatchObject({ jobs: [{ jobId: id }] });
    expect(stage.refusal('DescribeJobs', { jobs: Array.from({ length: 101 }, () => id) })).toContain('at most 100');
  });

  test('finds ended jobs for 7 days, and arrays with their children', async () => {
    const { stage, queue } = await queued({ listReturnsArrayChildren: true }, 4);
    const [id, parent] = [stage.submit(queue), stage.submit(queue, { arrayProperties: { size: 2 } })];
    await stage.end(id, parent);
    await stage.advance(7 * 86_400 - 1);
    expect(stage.status(id, `${parent}:1`)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    await stage.advance(1);
    for (const gone of [id, parent, `${parent}:1`]) expect(stage.job(gone)).toBeUndefined();
    expect(stage.list({ jobQueue: queue, jobStatus: 'SUCCEEDED' }).ids).toEqual([]);
    expect([...stage.batch.jobs()]).toEqual([]);
  });
});

describe('GetJobQueueSnapshot', () => {
  const snapshot = (stage: Stage, jobQueue: string) =>
    stage.call<GetJobQueueSnapshotResponse>('GetJobQueueSnapshot', { jobQueue });

  test('has the first 100 RUNNABLE jobs in the order of dispatch, and the vCPUs in use', async () => {
    const { stage, queue } = await queued({}, 4);
    stage.submit(queue, asking(4, 1024));
    await stage.advance(1);
    const ids = Array.from({ length: 120 }, (_, index) => stage.submit(queue, asking(1 + (index % 3), 1024)));
    await stage.advance(1);
    const { frontOfQueue, queueUtilization } = snapshot(stage, queue);
    expect(frontOfQueue!.jobs!.map(({ jobArn }) => jobArn!.split('/')[1])).toEqual(ids.slice(0, 100));
    expect(frontOfQueue!.lastUpdatedAt).toBe(stage.clock.now());
    expect(queueUtilization!.totalCapacityUsage).toEqual([{ capacityUnit: 'VCPU', quantity: 4 }]);
    expect(queueUtilization!.fairshareUtilization).toBeUndefined();
  });

  test('says since when a job has been at its position', async () => {
    const { stage, queue } = await queued();
    const start = stage.clock.now();
    const ids = await submitAll(stage, queue, ['a', 'b', 'c']);
    await stage.advance(10);
    stage.call('CancelJob', { jobId: ids[1], reason: 'r' });
    const at = stage.clock.now();
    await stage.advance(10);
    expect(
      snapshot(stage, queue).frontOfQueue!.jobs!.map(({ earliestTimeAtPosition }) => earliestTimeAtPosition),
    ).toEqual([start, at]);
  });
});

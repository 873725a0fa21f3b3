import { Stage } from './stage';

test('the parent is PENDING while children run, and SUCCEEDED when all have succeeded', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(2);
  const parent = stage.submit(queue, { arrayProperties: { size: 3 }, jobName: 'array', tags: { a: 'b' } });
  await stage.advance(10);
  expect(stage.job(parent)).toMatchObject({
    status: 'PENDING',
    attempts: [],
    arrayProperties: {
      size: 3,
      statusSummary: { SUBMITTED: 0, PENDING: 0, RUNNABLE: 1, STARTING: 0, RUNNING: 2, SUCCEEDED: 0, FAILED: 0 },
    },
  });
  expect(stage.job(`${parent}:2`)).toMatchObject({
    jobId: `${parent}:2`,
    jobName: 'array',
    status: 'RUNNABLE',
    arrayProperties: { index: 2 },
    tags: {},
  });
  const [job] = await stage.end(parent);
  expect(job).toMatchObject({ status: 'SUCCEEDED', arrayProperties: { statusSummary: { SUCCEEDED: 3, RUNNING: 0 } } });
  expect(stage.told(parent)).toEqual(['PENDING', 'SUCCEEDED']);
});

test('one failed child fails the parent, once the others have ended', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const parent = stage.submit(
    queue,
    { arrayProperties: { size: 3 } },
    {
      byIndex: { '1': [{ runSeconds: 1, exitCode: 3 }] },
    },
  );
  await stage.advance(10);
  expect(stage.status(parent, `${parent}:1`)).toEqual(['PENDING', 'FAILED']);
  const [job] = await stage.end(parent);
  expect(job).toMatchObject({
    status: 'FAILED',
    statusReason: 'Array Child Job failed',
    arrayProperties: { statusSummary: { SUCCEEDED: 2, FAILED: 1 } },
  });
});

test('children have the retries and the timeout of the parent', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const parent = stage.submit(
    queue,
    { arrayProperties: { size: 2 }, retryStrategy: { attempts: 2 }, timeout: { attemptDurationSeconds: 100 } },
    { byIndex: { '0': [{ exitCode: 1 }, { exitCode: 0 }], '1': [{ runSeconds: 1000 }] } },
  );
  await stage.end(parent);
  expect(stage.job(`${parent}:0`)).toMatchObject({ status: 'SUCCEEDED', attempts: [{}, {}] });
  expect(stage.job(`${parent}:1`).statusReason).toBe('Job attempt duration exceeded timeout');
});

test('children are told of or not, as the setting says; the parent is', async () => {
  for (const arrayChildrenPublishEvents of [true, false]) {
    const stage = new Stage({ arrayChildrenPublishEvents });
    const { queue } = await stage.small();
    const parent = stage.submit(queue, { arrayProperties: { size: 2 } });
    await stage.end(parent);
    expect(stage.told(`${parent}:1`).length > 0).toBe(arrayChildrenPublishEvents);
    expect(stage.told(parent)).toEqual(['PENDING', 'SUCCEEDED']);
  }
});

test('children that wait are before jobs that were submitted after their parent', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  const parent = stage.submit(queue, { arrayProperties: { size: 3 } });
  const later = stage.submit(queue);
  await stage.end(later);
  const starts = [0, 1, 2].map((index) => stage.job(`${parent}:${index}`).startedAt!);
  expect([...starts].sort((a, b) => a - b)).toEqual(starts);
  expect(stage.job(later).startedAt).toBeGreaterThan(starts[2]!);
});

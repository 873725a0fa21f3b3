import { Stage } from './stage';

const failing = { attempts: [{ exitCode: 1, runSeconds: 10 }] };

async function roomy(settings = {}): Promise<{ stage: Stage; queue: string }> {
  const stage = new Stage(settings);
  return { stage, queue: (await stage.small(64, 256)).queue };
}

test('a job with dependencies is PENDING until all of them have succeeded', async () => {
  const { stage, queue } = await roomy();
  const short = stage.submit(queue, {}, { attempts: [{ runSeconds: 10 }] });
  const long = stage.submit(queue, {}, { attempts: [{ runSeconds: 100 }] });
  const dependent = stage.submit(queue, { dependsOn: [{ jobId: short }, { jobId: long }] });
  await stage.advance(20);
  expect(stage.status(short, long, dependent)).toEqual(['SUCCEEDED', 'RUNNING', 'PENDING']);
  await stage.end(dependent);
  expect(stage.job(dependent).dependsOn).toEqual([{ jobId: short }, { jobId: long }]);
  expect(stage.told(dependent)).toEqual(['PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED']);
  expect(stage.job(dependent).startedAt).toBe(stage.job(long).stoppedAt! + 5000);
});

test('it goes from PENDING to FAILED as soon as one fails, without an attempt; so do those behind it', async () => {
  const { stage, queue } = await roomy();
  const failed = stage.submit(queue, {}, failing);
  const other = stage.submit(queue, {}, { attempts: [{ runSeconds: 1000 }] });
  const dependent = stage.submit(queue, { dependsOn: [{ jobId: failed }, { jobId: other }] });
  const last = stage.submit(queue, { dependsOn: [{ jobId: dependent }] });
  await stage.advance(20);
  expect(stage.status(failed, other, dependent, last)).toEqual(['FAILED', 'RUNNING', 'FAILED', 'FAILED']);
  expect(stage.job(dependent)).toMatchObject({ statusReason: 'Dependent Job failed', attempts: [] });
  expect(stage.told(last)).toEqual(['PENDING', 'FAILED']);
  await stage.end(other);
});

test('the reason is a setting, since AWS does not document it', async () => {
  const { stage, queue } = await roomy({ dependencyFailureReason: 'Another job did not succeed' });
  const dependent = stage.submit(queue, { dependsOn: [{ jobId: stage.submit(queue, {}, failing) }] });
  const [job] = await stage.end(dependent);
  expect(job!.statusReason).toBe('Another job did not succeed');
});

test('dependencies that have ended count as they ended', async () => {
  const { stage, queue } = await roomy();
  const [succeeded, failed] = [stage.submit(queue), stage.submit(queue, {}, failing)];
  await stage.end(succeeded, failed);
  const after = stage.submit(queue, { dependsOn: [{ jobId: succeeded }] });
  const never = stage.submit(queue, { dependsOn: [{ jobId: succeeded }, { jobId: failed }] });
  await stage.end(after, never);
  expect(stage.told(after)[0]).toBe('RUNNABLE');
  expect(stage.told(never)).toEqual(['PENDING', 'FAILED']);
});

test('while native attempts are left, dependents stay PENDING', async () => {
  const { stage, queue } = await roomy();
  const retried = stage.submit(
    queue,
    { retryStrategy: { attempts: 2 } },
    { attempts: [{ exitCode: 1 }, { exitCode: 0 }] },
  );
  const dependent = stage.submit(queue, { dependsOn: [{ jobId: retried }] });
  await stage.advance(70);
  expect(stage.job(retried).attempts).toHaveLength(1);
  expect(stage.status(dependent)).toEqual(['PENDING']);
  await stage.end(dependent);
  expect(stage.status(retried, dependent)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
});

test('a job may depend on an array, and on one child of it', async () => {
  const { stage, queue } = await roomy();
  const array = stage.submit(
    queue,
    { arrayProperties: { size: 2 } },
    {
      byIndex: { '0': [{ runSeconds: 10 }], '1': [{ runSeconds: 100 }] },
    },
  );
  await stage.advance(1);
  const onChild = stage.submit(queue, { dependsOn: [{ jobId: `${array}:0` }] });
  const onArray = stage.submit(queue, { dependsOn: [{ jobId: array }] });
  await stage.end(onChild, onArray);
  expect(stage.job(onChild).startedAt).toBe(stage.job(`${array}:0`).stoppedAt! + 5000);
  expect(stage.job(onArray).startedAt).toBe(stage.job(array).stoppedAt! + 5000);
});

describe('SEQUENTIAL', () => {
  test('children run one after the other, from index 0', async () => {
    const { stage, queue } = await roomy();
    const array = stage.submit(queue, { arrayProperties: { size: 3 }, dependsOn: [{ type: 'SEQUENTIAL' }] });
    await stage.end(array);
    const children = [0, 1, 2].map((index) => stage.job(`${array}:${index}`));
    expect(children.map(({ startedAt }) => stage.seconds(startedAt) % 1000)).toEqual([8, 73, 138]);
    expect(children.map(({ dependsOn }) => dependsOn)).toEqual([
      [],
      [{ jobId: `${array}:0` }],
      [{ jobId: `${array}:1` }],
    ]);
  });

  test('a child that fails fails all after it, thousands too', async () => {
    const { stage, queue } = await roomy();
    const array = stage.submit(
      queue,
      { arrayProperties: { size: 10_000 }, dependsOn: [{ type: 'SEQUENTIAL' }] },
      { byIndex: { '1': [{ exitCode: 1 }] } },
    );
    const [job] = await stage.end(array);
    expect(job).toMatchObject({ status: 'FAILED', arrayProperties: { statusSummary: { SUCCEEDED: 1, FAILED: 9999 } } });
  });
});

describe('N_TO_N', () => {
  const array = { arrayProperties: { size: 3 } };

  test('each child waits for the child of its index, and fails with it', async () => {
    const { stage, queue } = await roomy();
    const first = stage.submit(queue, array, {
      byIndex: { '0': [{ runSeconds: 10 }], '1': [{ exitCode: 1 }], '2': [{ runSeconds: 100 }] },
    });
    const second = stage.submit(queue, { ...array, dependsOn: [{ jobId: first, type: 'N_TO_N' }] });
    await stage.end(second);
    const children = [0, 1, 2].map((index) => stage.job(`${second}:${index}`));
    expect(children.map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED']);
    expect(children[0]!.startedAt).toBe(stage.job(`${first}:0`).stoppedAt! + 5000);
    expect(children[2]!.dependsOn).toEqual([{ jobId: `${first}:2` }]);
    expect(stage.status(first, second)).toEqual(['FAILED', 'FAILED']);
  });

  test('waits for an array that waits itself', async () => {
    const { stage, queue } = await roomy();
    const gate = stage.submit(queue);
    const first = stage.submit(queue, { ...array, dependsOn: [{ jobId: gate }] });
    const second = stage.submit(queue, { ...array, dependsOn: [{ jobId: first, type: 'N_TO_N' }] });
    await stage.advance(10);
    expect(stage.status(first, second)).toEqual(['PENDING', 'PENDING']);
    expect(stage.list({ arrayJobId: second, jobStatus: 'PENDING' }).ids).toEqual([]);
    await stage.end(second);
    expect(stage.status(gate, first, second)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  });

  test('fails with an array that never came to have children', async () => {
    const { stage, queue } = await roomy();
    const gate = stage.submit(queue, {}, failing);
    const first = stage.submit(queue, { ...array, dependsOn: [{ jobId: gate }] });
    const second = stage.submit(queue, { ...array, dependsOn: [{ jobId: first, type: 'N_TO_N' }] });
    await stage.end(second);
    expect(stage.status(first, second)).toEqual(['FAILED', 'FAILED']);
  });

  test('needs two arrays of one size', async () => {
    const { stage, queue } = await roomy();
    const jobDefinition = stage.define();
    const refusal = (jobId: string) =>
      stage.refusal('SubmitJob', {
        jobName: 'j',
        jobQueue: queue,
        jobDefinition,
        ...array,
        dependsOn: [{ jobId, type: 'N_TO_N' }],
      });
    expect(refusal(stage.submit(queue))).toContain('is not an array job');
    expect(refusal(stage.submit(queue, { arrayProperties: { size: 2 } }))).toContain('arrays of one size');
  });
});

test('one that has failed may be refused, as the setting says', async () => {
  const stage = new Stage({ failedDependencyRefused: true });
  const { queue } = await stage.small();
  const failed = stage.submit(queue, {}, failing);
  await stage.end(failed);
  const request = { jobName: 'j', jobQueue: queue, jobDefinition: stage.define(), dependsOn: [{ jobId: failed }] };
  expect(stage.refusal('SubmitJob', request)).toBe(`dependsOn: job ${failed} has failed`);
});

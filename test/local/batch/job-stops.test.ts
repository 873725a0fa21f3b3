import type { CancelJobsResponse } from '@aws-sdk/client-batch';
import { Stage } from './stage';

const UNKNOWN = '00000000-0000-4000-a000-000000000000';

test('CancelJob fails what is SUBMITTED or RUNNABLE at once, with its reason', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  const running = stage.submit(queue);
  const runnable = stage.submit(queue);
  await stage.advance(10);
  const submitted = stage.submit(queue);
  for (const jobId of [runnable, submitted]) stage.call('CancelJob', { jobId, reason: 'not needed' });
  for (const id of [runnable, submitted]) {
    expect(stage.job(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'not needed',
      isCancelled: true,
      isTerminated: false,
    });
  }
  await stage.end(running);
  await stage.advance(600);
  expect(stage.told(runnable)).toEqual(['RUNNABLE', 'FAILED']);
  expect(stage.told(submitted)).toEqual(['FAILED']);
});

test('CancelJob succeeds and does nothing to what is STARTING or RUNNING, has ended or does not exist', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const ended = stage.submit(queue);
  await stage.end(ended);
  const running = stage.submit(queue);
  await stage.advance(6);
  const starting = stage.submit(queue);
  await stage.advance(0);
  expect(stage.status(running, starting)).toEqual(['RUNNING', 'STARTING']);
  for (const jobId of [running, starting, ended, UNKNOWN]) stage.call('CancelJob', { jobId, reason: 'no' });
  await stage.end(running, starting);
  for (const id of [running, starting, ended]) {
    expect(stage.job(id)).toMatchObject({ status: 'SUCCEEDED', isCancelled: false });
  }
});

test('a cancelled PENDING job ends when all its dependencies have', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const [short, long] = [10, 100].map((runSeconds) => stage.submit(queue, {}, { attempts: [{ runSeconds }] }));
  const pending = stage.submit(queue, { dependsOn: [{ jobId: short! }, { jobId: long! }] });
  await stage.advance(1);
  stage.call('CancelJob', { jobId: pending, reason: 'not needed' });
  await stage.advance(20);
  expect(stage.job(pending)).toMatchObject({ status: 'PENDING', isCancelled: true });
  await stage.end(long!);
  expect(stage.job(pending)).toMatchObject({ status: 'FAILED', statusReason: 'not needed', attempts: [] });
});

test('it ends so too when a dependency fails before the others have ended', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const failing = stage.submit(queue, {}, { attempts: [{ runSeconds: 10, exitCode: 1 }] });
  const long = stage.submit(queue, {}, { attempts: [{ runSeconds: 100 }] });
  const pending = stage.submit(queue, { dependsOn: [{ jobId: failing }, { jobId: long }] });
  await stage.advance(1);
  stage.call('CancelJob', { jobId: pending, reason: 'not needed' });
  await stage.advance(20);
  expect(stage.status(failing, pending)).toEqual(['FAILED', 'PENDING']);
  await stage.end(pending);
  expect(stage.job(pending).statusReason).toBe('not needed');
});

test('TerminateJob ends what runs, without a retry, and what waits', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  const running = stage.submit(queue, { retryStrategy: { attempts: 3 } });
  const runnable = stage.submit(queue);
  await stage.advance(10);
  for (const jobId of [running, runnable]) stage.call('TerminateJob', { jobId, reason: 'too long' });
  await stage.advance(0);
  for (const id of [running, runnable]) {
    expect(stage.job(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'too long',
      isTerminated: true,
      isCancelled: false,
    });
  }
  expect(stage.job(running).attempts).toHaveLength(1);
  expect(stage.job(running).container!.exitCode).toBe(143);
  expect(stage.job(runnable).attempts).toEqual([]);
});

test('what a terminated job held is there for others', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  const [first, second] = [stage.submit(queue), stage.submit(queue)];
  await stage.advance(10);
  stage.call('TerminateJob', { jobId: first, reason: 'room' });
  await stage.advance(0);
  expect(stage.status(second)).toEqual(['STARTING']);
});

describe('of an array', () => {
  test('CancelJob cancels the children that wait; the parent fails when the others have ended', async () => {
    const stage = new Stage();
    const { queue } = await stage.small(1);
    const parent = stage.submit(queue, { arrayProperties: { size: 3 } });
    await stage.advance(10);
    stage.call('CancelJob', { jobId: parent, reason: 'not needed' });
    expect(stage.status(parent, `${parent}:0`, `${parent}:1`)).toEqual(['PENDING', 'RUNNING', 'FAILED']);
    await stage.end(parent);
    expect(stage.job(parent)).toMatchObject({
      status: 'FAILED',
      statusReason: 'not needed',
      isCancelled: true,
      arrayProperties: { statusSummary: { SUCCEEDED: 1, FAILED: 2 } },
    });
  });

  test('TerminateJob ends all children', async () => {
    const stage = new Stage();
    const { queue } = await stage.small(1);
    const parent = stage.submit(queue, { arrayProperties: { size: 3 } });
    await stage.advance(10);
    stage.call('TerminateJob', { jobId: parent, reason: 'stop' });
    await stage.advance(0);
    expect(stage.job(parent)).toMatchObject({
      status: 'FAILED',
      isTerminated: true,
      arrayProperties: { statusSummary: { FAILED: 3 } },
    });
  });

  test('a single child can be cancelled or terminated without the others', async () => {
    const stage = new Stage();
    const { queue } = await stage.small(2);
    const parent = stage.submit(queue, { arrayProperties: { size: 3 } });
    await stage.advance(10);
    stage.call('TerminateJob', { jobId: `${parent}:0`, reason: 'stop' });
    stage.call('CancelJob', { jobId: `${parent}:2`, reason: 'stop' });
    await stage.end(parent);
    expect(stage.status(parent, `${parent}:0`, `${parent}:1`, `${parent}:2`)).toEqual([
      'FAILED',
      'FAILED',
      'SUCCEEDED',
      'FAILED',
    ]);
  });

  test('CancelJob of a sequential one ends its children from the one that runs on', async () => {
    const stage = new Stage();
    const { queue } = await stage.small();
    const parent = stage.submit(queue, { arrayProperties: { size: 1000 }, dependsOn: [{ type: 'SEQUENTIAL' }] });
    await stage.advance(10);
    stage.call('CancelJob', { jobId: parent, reason: 'enough' });
    expect(stage.status(`${parent}:0`, `${parent}:999`)).toEqual(['RUNNING', 'PENDING']);
    await stage.end(parent);
    expect(stage.job(`${parent}:999`)).toMatchObject({ status: 'FAILED', statusReason: 'enough' });
  });
});

describe('in bulk', () => {
  test('up to 50 jobs are cancelled or terminated; malformed ids come back as errors', async () => {
    const stage = new Stage();
    const { queue } = await stage.small(1);
    const [running, runnable] = [stage.submit(queue), stage.submit(queue)];
    await stage.advance(10);
    const jobs = [running, runnable, UNKNOWN, 'x'];
    const errors = [{ job: 'x', code: 'ValidationException', message: 'Job id x is not valid' }];
    const cancelled = stage.call<CancelJobsResponse>('CancelJobs', { jobs, reason: 'bulk' });
    expect(cancelled).toEqual({ successful: [running, runnable, UNKNOWN], errors });
    expect(stage.status(running, runnable)).toEqual(['RUNNING', 'FAILED']);
    const terminated = stage.call<CancelJobsResponse>('TerminateJobs', { jobs, reason: 'bulk' });
    expect(terminated).toEqual({ successful: [running, runnable, UNKNOWN], errors });
    await stage.advance(0);
    expect(stage.job(running)).toMatchObject({ status: 'FAILED', statusReason: 'bulk' });
  });

  test('51 are refused', () => {
    const jobs = Array.from({ length: 51 }, () => UNKNOWN);
    expect(new Stage().refusal('CancelJobs', { jobs, reason: 'r' })).toContain('at most 50');
  });
});

test('ids that are none, and reasons beyond 1024 characters, are refused', () => {
  const stage = new Stage();
  for (const operation of ['CancelJob', 'TerminateJob']) {
    expect(stage.refusal(operation, { jobId: 'x', reason: 'r' })).toContain('not valid');
    expect(stage.refusal(operation, { jobId: UNKNOWN, reason: 'r'.repeat(1025) })).toContain('longer than 1024');
  }
});

describe('the attempt timeout', () => {
  test('counts from the start of the attempt; what it ends is not retried', async () => {
    const stage = new Stage();
    const { queue } = await stage.small();
    const id = stage.submit(
      queue,
      { retryStrategy: { attempts: 3 }, timeout: { attemptDurationSeconds: 60 } },
      { attempts: [{ startSeconds: 300, runSeconds: 61 }] },
    );
    const [job] = await stage.end(id);
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Job attempt duration exceeded timeout',
      attempts: [{ statusReason: 'Job attempt duration exceeded timeout' }],
      isTerminated: false,
    });
    expect(job!.stoppedAt! - job!.startedAt!).toBe(60_000);
  });

  test('starts over with each attempt', async () => {
    const stage = new Stage();
    const { queue } = await stage.small();
    const id = stage.submit(
      queue,
      { retryStrategy: { attempts: 3 }, timeout: { attemptDurationSeconds: 60 } },
      { attempts: [{ runSeconds: 50, exitCode: 1 }, { runSeconds: 50, exitCode: 1 }, { runSeconds: 50 }] },
    );
    const [job] = await stage.end(id);
    expect(job).toMatchObject({ status: 'SUCCEEDED', attempts: [{}, {}, {}] });
  });
});

test.each([false, true])(
  'a job that has ended may be noted to have been asked for, as the setting says: %s',
  async (marks) => {
    const stage = new Stage({ stopMarksEndedJobs: marks });
    const { queue } = await stage.small();
    const [cancelled, terminated] = [stage.submit(queue), stage.submit(queue)];
    await stage.end(cancelled);
    await stage.end(terminated);
    stage.call('CancelJob', { jobId: cancelled, reason: 'late' });
    stage.call('TerminateJob', { jobId: terminated, reason: 'late' });
    expect(stage.job(cancelled)).toMatchObject({ status: 'SUCCEEDED', isCancelled: marks });
    expect(stage.job(terminated)).toMatchObject({ status: 'SUCCEEDED', isTerminated: marks });
  },
);

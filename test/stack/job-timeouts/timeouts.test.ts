/** Jobs that take too long, through the whole stack in virtual time. Times are seconds from the submission. */
import { CancelJobCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { Duration } from 'aws-cdk-lib';
import { whoStopped } from '../../../lambda/job-ledger/stops';
import type { JobTimeoutsProps } from '../../../lib';
import { JobTimeouts } from '../../../lib';
import { LedgerEnvironment, synthesize } from '../job-ledger/environment';

const MINUTE = 60;
/** A tick, and the time that it takes. */
const PROMPT = 65;

function assemblyWith(props: Omit<JobTimeoutsProps, 'queues'>, maxvCpus = 4): string {
  return synthesize((stack, queue) => void new JobTimeouts(stack, 'Timeouts', { ...props, queues: [queue] }), maxvCpus);
}

/** A job that takes all the room there is, so that what comes after it waits. */
async function occupy(environment: LedgerEnvironment, runSeconds = 100_000): Promise<string> {
  const job = await environment.submit({ vcpus: 4, runSeconds });
  await environment.until('it runs', () => environment.job(job).status === 'RUNNING');
  return job;
}

/** When a job ended, in seconds from its submission. */
function lived(environment: LedgerEnvironment, jobId: string): number {
  const { createdAt, stoppedAt } = environment.job(jobId);
  return (stoppedAt! - createdAt) / 1000;
}

function timedOut(environment: LedgerEnvironment): object[] {
  return environment
    .events()
    .filter((event) => event['detail-type'] === 'Batch Job Timed Out')
    .map(({ detail }) => detail);
}

describe('RUNNABLE for 30 minutes', () => {
  const assembly = assemblyWith({ runnable: Duration.minutes(30) });

  test('is cancelled, says why, and is told of once', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    const blocker = await occupy(environment);
    const job = await environment.submit();
    await environment.until('it ends', () => environment.job(job).status === 'FAILED');
    expect(lived(environment, job)).toBeGreaterThan(30 * MINUTE);
    expect(lived(environment, job)).toBeLessThan(30 * MINUTE + PROMPT);
    const reason = expect.stringMatching(
      /^Timed out: RUNNABLE for 3[01] min, limit 30 min \[batch-foreman: Stack\/Timeouts\]$/,
    );
    expect(environment.job(job).statusReason).toEqual(reason);
    await environment.advance(5 * MINUTE);
    expect(timedOut(environment)).toEqual([
      expect.objectContaining({
        version: 1,
        jobId: job,
        jobQueue: environment.queueArn,
        limit: 'RUNNABLE',
        limitSeconds: 1800,
        action: 'CANCEL',
        reason,
        ended: true,
        dryRun: false,
      }),
    ]);
    expect(environment.aws.state().metrics).toContainEqual(expect.objectContaining({ metric: 'JobsTimedOut' }));
    expect(whoStopped(await environment.kept(job))).toBe('foreman');
    expect(environment.job(blocker).status).toBe('RUNNING');
    expect((await environment.kept(job)).place.openIn).toBeUndefined();
  });

  test.each(['Query', 'BatchGetItem', 'DescribeJobs', 'UpdateItem'])(
    'a job that starts in the very moment its limit passes survives: between %s and the next call',
    async (operation) => {
      const environment = await LedgerEnvironment.deploy(assembly);
      const { aws, batch } = environment;
      const blocker = await occupy(environment);
      const job = await environment.submit({ runSeconds: 600 });
      await environment.advance(30 * MINUTE + 2);
      const slow = { probability: 1, seconds: 1 };
      aws.setFaults({ delay: { 'dynamodb:*': slow, 'batch:DescribeJobs': slow, 'batch:CancelJobs': slow } });
      let room = false;
      aws.faults.before(
        (call) => call.operation === operation && call.functionName?.includes('TimeoutsFunction') === true,
        async () => {
          room = true;
          await batch.send(new TerminateJobCommand({ jobId: blocker, reason: 'room' }));
        },
      );
      await environment.advance(2 * MINUTE);
      aws.setFaults({});
      await environment.advance(15 * MINUTE);
      expect(room).toBe(true);
      expect(environment.job(job)).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
      expect(timedOut(environment)).toEqual([]);
      const kept = await environment.kept(job);
      expect(whoStopped(kept)).toBeUndefined();
      expect(kept.stop).toBeUndefined();
    },
  );

  test('each attempt waits anew', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    const job = await environment.submit({
      vcpus: 4,
      plays: [{ runSeconds: 25 * MINUTE, exitCode: 1 }, { runSeconds: 60 }],
      attempts: 2,
    });
    await environment.until('it is over', () => environment.job(job).status === 'SUCCEEDED');
    expect(lived(environment, job)).toBeLessThan(27 * MINUTE);
  });

  test("a person's cancel and ours are told apart", async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    await occupy(environment);
    const [ours, theirs, terminated] = [
      await environment.submit(),
      await environment.submit(),
      await environment.submit(),
    ];
    await environment.advance(29 * MINUTE);
    await environment.batch.send(new CancelJobCommand({ jobId: theirs, reason: 'I need it no more' }));
    await environment.batch.send(new TerminateJobCommand({ jobId: terminated, reason: 'nor this' }));
    await environment.advance(6 * MINUTE);
    const who = async (jobId: string) => whoStopped(await environment.kept(jobId));
    expect(await who(ours!)).toBe('foreman');
    expect(await who(theirs!)).toBe('person');
    expect(await who(terminated!)).toBe('person');
    expect(timedOut(environment)).toEqual([expect.objectContaining({ jobId: ours })]);
  });
});

test('PENDING behind another job: it is cancelled, told of, and followed until the other ends', async () => {
  const environment = await LedgerEnvironment.deploy(assemblyWith({ pending: Duration.minutes(10) }));
  const first = await environment.submit({ runSeconds: 60 * MINUTE });
  const second = await environment.submit({ dependsOn: [{ jobId: first }] });
  await environment.advance(10 * MINUTE + PROMPT);
  expect(await environment.describe(second)).toMatchObject({ status: 'PENDING', isCancelled: true });
  await environment.advance(3 * MINUTE);
  expect(timedOut(environment)).toEqual([expect.objectContaining({ jobId: second, limit: 'PENDING', ended: false })]);
  await environment.until('the first ends', () => environment.job(first).status === 'SUCCEEDED');
  await environment.advance(3 * MINUTE);
  expect(environment.job(second)).toMatchObject({
    status: 'FAILED',
    attempts: 0,
    statusReason: expect.stringContaining('PENDING for 10 min'),
  });
  expect(timedOut(environment)).toEqual([
    expect.objectContaining({ jobId: second, ended: false }),
    expect.objectContaining({ jobId: second, ended: true }),
  ]);
});

test('an array that is ended before it has children is told of as any other job', async () => {
  const environment = await LedgerEnvironment.deploy(assemblyWith({ total: Duration.minutes(10) }));
  const first = await environment.submit({ runSeconds: 8 * MINUTE });
  await environment.advance(7 * MINUTE);
  const second = await environment.submit({ runSeconds: 60 * MINUTE, dependsOn: [{ jobId: first }] });
  const array = await environment.submit({ arraySize: 3, dependsOn: [{ jobId: second }] });
  await environment.until('it ends', () => environment.job(array).status === 'FAILED', 30 * MINUTE);
  expect(environment.jobs().filter(({ id }) => id.startsWith(`${array}:`))).toEqual([]);
  await environment.advance(5 * MINUTE);
  expect(timedOut(environment)).toContainEqual(expect.objectContaining({ jobId: array, limit: 'TOTAL', ended: true }));
});

test('STARTING that hangs on its image is terminated', async () => {
  const environment = await LedgerEnvironment.deploy(
    assemblyWith({ starting: Duration.minutes(15), runnable: Duration.minutes(2) }),
  );
  const job = await environment.submit({ startSeconds: 100_000 });
  const fine = await environment.submit({ startSeconds: 14 * MINUTE, runSeconds: 60 * MINUTE });
  await environment.until('it ends', () => environment.job(job).status === 'FAILED');
  expect(lived(environment, job)).toBeGreaterThan(15 * MINUTE);
  expect(lived(environment, job)).toBeLessThan(15 * MINUTE + PROMPT);
  expect(environment.job(job).statusReason).toMatch(/^Timed out: STARTING for 1[56] min, limit 15 min/);
  await environment.until('the other is over', () => environment.job(fine).status === 'SUCCEEDED', 2 * 3600);
});

test('RUNNING is limited over three attempts together', async () => {
  const environment = await LedgerEnvironment.deploy(assemblyWith({ running: Duration.minutes(50) }));
  const twenty = { runSeconds: 20 * MINUTE, exitCode: 1 };
  const job = await environment.submit({ plays: [twenty, twenty, twenty], attempts: 3, startSeconds: 0 });
  const short = await environment.submit({ plays: [{ runSeconds: 15 * MINUTE, exitCode: 1 }], attempts: 3 });
  await environment.until(
    'both are over',
    () => environment.jobs().every(({ status }) => status === 'FAILED'),
    2 * 3600,
  );
  const { attempts } = await environment.describe(job);
  const ran = attempts!.reduce((sum, { startedAt, stoppedAt }) => sum + (stoppedAt! - startedAt!) / 1000, 0);
  expect(attempts).toHaveLength(3);
  expect(ran).toBeGreaterThanOrEqual(50 * MINUTE);
  expect(ran).toBeLessThan(50 * MINUTE + PROMPT + 30);
  expect(environment.job(job).statusReason).toMatch(
    /^Timed out: RUNNING for 5[01] min over all attempts, limit 50 min/,
  );
  expect((await environment.describe(short)).statusReason).not.toContain('Timed out');
});

test('a life is limited as a whole, whatever the job does', async () => {
  const environment = await LedgerEnvironment.deploy(assemblyWith({ total: Duration.minutes(20) }));
  const running = await occupy(environment);
  const waiting = await environment.submit();
  await environment.until('both are over', () => environment.jobs().every(({ status }) => status === 'FAILED'));
  for (const job of [running, waiting]) {
    expect(lived(environment, job)).toBeGreaterThanOrEqual(20 * MINUTE);
    expect(lived(environment, job)).toBeLessThan(20 * MINUTE + PROMPT + 30);
    expect(environment.job(job).statusReason).toMatch(/^Timed out: Not over 2[01] min after submission, limit 20 min/);
  }
});

describe('an array with slow children', () => {
  test.each([true, false])('is timed by its children, whether they publish events: %s', async (publish) => {
    const environment = await LedgerEnvironment.deploy(
      assemblyWith({ pending: Duration.minutes(5), running: Duration.minutes(30) }),
      {
        arrayChildrenPublishEvents: publish,
      },
    );
    const slow = [{ runSeconds: 3600 }];
    const array = await environment.submit({
      arraySize: 4,
      runSeconds: 10 * MINUTE,
      byIndex: { '1': slow, '3': slow },
    });
    await environment.until('it is over', () => environment.job(array).status === 'FAILED');
    const child = (index: number) => environment.job(`${array}:${index}`);
    expect([0, 1, 2, 3].map((index) => child(index).status)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED', 'FAILED']);
    for (const index of [1, 3]) {
      expect(child(index).statusReason).toMatch(/^Timed out: RUNNING for 3[01] min/);
      const ran = (child(index).stoppedAt! - child(index).startedAt!) / 1000;
      expect(ran).toBeGreaterThanOrEqual(30 * MINUTE);
      expect(ran).toBeLessThan(30 * MINUTE + 150 + 30);
    }
  });
});

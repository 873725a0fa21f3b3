/** Why one job does not run: the answer for the job of each situation, and for those that do not wait for room. */
import { CancelJobCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { explainJob } from '../../../lambda/capacity-report/explain/explainer';
import type { Explanation } from '../../../lambda/capacity-report/explain/model';
import { Account } from './account';
import { SITUATIONS } from './situations';

async function why(account: Account, jobId: string): Promise<Explanation> {
  return (await explainJob(account.clients, jobId, account.now()))!;
}

async function onOneInstance(settings: ConstructorParameters<typeof Account>[0] = {}): Promise<Account> {
  const account = new Account(settings);
  await account.unmanaged('env', { pool: { type: 'm5.xlarge', max: 1, desired: 1 } });
  await account.queue('queue', ['env']);
  return account;
}

test.each(SITUATIONS)('$name', async ({ prepare, told }) => {
  const { account, jobId } = await prepare();
  const calls: string[] = [];
  account.aws.calls.onCall(({ operation }) => void calls.push(operation));
  const { lacks, reasons, why: words, nextStep, batchSays } = await why(account, jobId);
  expect(
    lacks.map(({ resource, requested, available, shortBy }) => `${resource} ${requested} − ${available} = ${shortBy}`),
  ).toEqual(told?.lacks ?? []);
  expect(reasons.map(({ code, market }) => (market ? `${code} ${market}` : code))).toEqual(told?.reasons ?? []);
  expect(batchSays).toEqual((await account.job(jobId)).statusReason);
  expect(words).toMatch(/\.$/);
  expect(nextStep).toMatch(/[.:/]/);
  expect(`${words} ${nextStep}`).not.toContain('undefined');
  // It only reads.
  expect(calls.filter((operation) => !/^(Describe|Get|List)/.test(operation))).toEqual([]);
});

test('what comes before a job takes its room', async () => {
  const account = await onOneInstance();
  await account.submit('queue', { vcpus: 3 });
  const first = await account.submit('queue', { vcpus: 2 });
  const second = await account.submit('queue', { vcpus: 2 });
  await account.advance(60);
  expect(await why(account, first)).toMatchObject({ ahead: 0, lacks: [{ requested: 2, available: 1, shortBy: 1 }] });
  const explained = await why(account, second);
  expect(explained).toMatchObject({ ahead: 1, requests: { resources: { vcpus: 2 } }, lacks: [{ shortBy: 1 }] });
  expect(explained.environments).toMatchObject([
    {
      name: 'env',
      kind: 'unmanaged',
      instances: { ready: 1, draining: 0, disconnected: 0, booting: 0 },
      registered: { vcpus: 4 },
      free: { vcpus: 1 },
      pools: [{ name: 'pool', instances: 1, max: 1 }],
      lacks: [{ resource: 'VCPU', shortBy: 1 }],
      reasons: [{ code: 'pool-maximum' }],
    },
  ]);
});

test('what waits in a queue that was not asked about comes first too, by its priority', async () => {
  const account = await onOneInstance();
  await account.queue('urgent', ['env'], 9);
  await account.submit('queue', { vcpus: 4 });
  const bulk = await account.submit('queue', { vcpus: 1 });
  await account.submit('urgent', { vcpus: 1 });
  expect((await why(account, bulk)).ahead).toBe(1);
});

describe('PENDING', () => {
  test('names the jobs that it depends on and what they do', async () => {
    const account = await onOneInstance();
    const running = await account.submit('queue', { vcpus: 4 });
    const waiting = await account.submit('queue', { vcpus: 4 });
    const jobId = await account.submit('queue', { dependsOn: [{ jobId: running }, { jobId: waiting }] });
    await account.advance(60);
    const explained = await why(account, jobId);
    expect(explained.why).toBe(
      `It waits for 2 of the 2 jobs on which it depends: job ${running} (RUNNING), job ${waiting} (RUNNABLE).`,
    );
    expect(explained.nextStep).toBe(`Wait for ${running}, which runs.`);
    expect(explained.dependencies).toHaveLength(2);
  });

  test('that was cancelled ends with its dependencies', async () => {
    const account = await onOneInstance();
    const first = await account.submit('queue', { vcpus: 4 });
    const jobId = await account.submit('queue', { dependsOn: [{ jobId: first }] });
    await account.batch.send(new CancelJobCommand({ jobId, reason: 'not needed' }));
    await account.advance(5);
    expect((await why(account, jobId)).why).toContain('It has been cancelled, and ends once its dependencies have.');
  });

  test('of an array whose children wait: they are explained', async () => {
    const account = await onOneInstance();
    await account.submit('queue', { vcpus: 3 });
    const jobId = await account.submit('queue', { vcpus: 2, arraySize: 3 });
    await account.advance(60);
    expect(await why(account, jobId)).toMatchObject({ state: 'PENDING', reasons: [{ code: 'pool-maximum' }] });
    expect(await why(account, `${jobId}:2`)).toMatchObject({ state: 'RUNNABLE', reasons: [{ code: 'pool-maximum' }] });
  });

  test('of an array whose children run: it says how many', async () => {
    const account = await onOneInstance();
    const jobId = await account.submit('queue', { arraySize: 2 });
    await account.advance(60);
    expect((await why(account, jobId)).why).toBe(
      'It is an array, which stays PENDING until all of its children have ended: 2 RUNNING.',
    );
  });

  test('of a child: the child before it', async () => {
    const account = await onOneInstance();
    const jobId = await account.submit('queue', { arraySize: 2, dependsOn: [{ type: 'SEQUENTIAL' }] });
    await account.advance(60);
    expect((await why(account, `${jobId}:1`)).why).toContain(`job ${jobId}:0 (RUNNING)`);
  });
});

describe('STARTING', () => {
  async function starting(): Promise<{ account: Account; jobId: string }> {
    const account = await onOneInstance();
    const jobId = await account.submit('queue');
    for (let seconds = 0; (await account.job(jobId)).status !== 'STARTING' && seconds < 30; seconds++) {
      await account.advance(1);
    }
    return { account, jobId };
  }

  test('names the instance', async () => {
    const { account, jobId } = await starting();
    expect((await why(account, jobId)).why).toContain(`It has its place on ${account.instances()[0]}`);
  });

  test('says when nobody is there to start it', async () => {
    const { account, jobId } = await starting();
    account.aws.services.ecs.disconnectAgent(account.instances()[0]!);
    expect((await why(account, jobId)).why).toContain('whose ECS agent is not connected');
  });
});

test('what runs or has ended waits for nothing', async () => {
  const account = await onOneInstance();
  const jobId = await account.submit('queue');
  await account.advance(60);
  expect((await why(account, jobId)).why).toMatch(/^It runs since \d{4}-/);
  await account.batch.send(new TerminateJobCommand({ jobId, reason: 'enough' }));
  await account.advance(60);
  expect(await why(account, jobId)).toMatchObject({ state: 'FAILED', why: 'It has ended: enough.' });
});

test('a job that is not there has no explanation', async () => {
  const account = await onOneInstance();
  expect(await explainJob(account.clients, '12345678-1234-1234-1234-123456789012', account.now())).toBeUndefined();
});

test('a job beyond what is listed is reckoned to come last in its queue', async () => {
  const account = await onOneInstance();
  await account.submit('queue', { vcpus: 4 });
  await account.submit('queue', { vcpus: 2, arraySize: 1100 });
  const jobId = await account.submit('queue', { vcpus: 1 });
  await account.advance(60);
  const explained = await why(account, jobId);
  expect(explained).toMatchObject({ lacks: [{ resource: 'VCPU', shortBy: 1 }], ahead: 1100 });
});

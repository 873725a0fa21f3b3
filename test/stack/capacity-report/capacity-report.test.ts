/** What lasts is told, once, and what does not is not; whatever fails on the way. */
import { Reported, synthesize } from './reported';

const MINUTE = 60;

let assembly: string;
beforeAll(() => {
  assembly = synthesize();
});

test('a shortage is told when it has lasted two looks, and when it has ended', async () => {
  const reported = await Reported.deploy(assembly);
  await reported.occupy(20 * MINUTE);
  await reported.advance(3 * MINUTE);
  expect(reported.told()).toEqual([]);
  const jobId = await reported.account.submit('queue', { vcpus: 2, runSeconds: MINUTE });
  await reported.advance(3 * MINUTE);
  expect(reported.told()).toMatchObject([
    {
      version: 1,
      state: 'BEGAN',
      kind: 'instances',
      jobQueue: 'arn:aws:batch:us-east-1:123456789012:job-queue/queue',
      computeEnvironment: 'arn:aws:batch:us-east-1:123456789012:compute-environment/env',
      jobs: 1,
      jobId,
      resources: [{ resource: 'VCPU', requested: 2, available: 0, shortBy: 2 }],
      instances: [{ environment: 'env', pool: 'pool', count: 1 }],
      reasons: [{ code: 'pool-maximum', maximum: 1, text: 'The pool pool of env is at its maximum of 1 instances' }],
      nextStep: 'Wait until jobs end, or raise the maximum of the pool pool above 1 (1 × pool would do).',
    },
  ]);
  expect(await reported.alarm()).toBe('ALARM');

  await reported.advance(25 * MINUTE);
  expect((await reported.account.job(jobId)).status).toBe('SUCCEEDED');
  const [began, ended] = reported.told();
  expect(reported.published()).toBe(2);
  expect(ended).toMatchObject({ id: began!.id, state: 'ENDED', endedAt: expect.any(String) });
  expect(await reported.alarm()).toBe('OK');
  // A new alarm tells that it is well, as those of AWS do.
  expect(reported.mails()).toEqual(['OK', 'ALARM', 'OK']);
});

test('what lasts less than two looks is not told', async () => {
  const reported = await Reported.deploy(assembly);
  for (let times = 0; times < 5; times++) {
    await reported.occupy(90);
    await reported.account.submit('queue', { vcpus: 4, runSeconds: 10 });
    await reported.advance(4 * MINUTE);
  }
  // Each has been seen to be short by one look.
  expect(reported.told()).toEqual([]);
  expect(reported.log.filter(({ ShortBy }) => ShortBy !== undefined)).toEqual([]);
  expect(reported.mails()).toEqual(['OK']);
});

test('nothing is written while nothing waits', async () => {
  const reported = await Reported.deploy(assembly);
  await reported.advance(30 * MINUTE);
  expect(reported.log).toEqual([]);
});

test('while nothing waits a look lists what is RUNNABLE, and one of five reads the item and the arrays too', async () => {
  const reported = await Reported.deploy(assembly);
  await reported.advance(5 * MINUTE);
  const lists = (): number => reported.account.aws.calls.counts()['batch']!['ListJobs']!;
  const reads = (): number => reported.account.aws.calls.counts()['dynamodb']!['GetItem']!;
  const [listsBefore, readsBefore] = [lists(), reads()];
  await reported.advance(10 * MINUTE);
  expect([lists() - listsBefore, reads() - readsBefore]).toEqual([12, 2]);
});

describe('when reads fail', () => {
  test.each([
    ['batch:ListJobs'],
    ['batch:DescribeJobs'],
    ['batch:GetJobQueueSnapshot'],
    ['batch:DescribeComputeEnvironments'],
    ['batch:DescribeJobQueues'],
    ['ecs:ListContainerInstances'],
    ['ecs:DescribeContainerInstances'],
    ['autoscaling:DescribeAutoScalingGroups'],
    ['autoscaling:DescribeScalingActivities'],
    ['ec2:DescribeLaunchTemplateVersions'],
    ['ec2:DescribeInstanceTypes'],
  ])('%s: nothing is said to be short that is not, and nothing to have ended that has not', async (operation) => {
    const reported = await Reported.deploy(assembly);
    reported.account.aws.setFaults({ fail: { [operation]: 1 } });
    // There is room for it.
    await reported.account.submit('queue', { vcpus: 2, runSeconds: 40 * MINUTE });
    await reported.advance(5 * MINUTE);
    expect(reported.told()).toEqual([]);

    reported.account.aws.setFaults({});
    await reported.account.submit('queue', { vcpus: 3 });
    await reported.advance(4 * MINUTE);
    expect(reported.told().map(({ state }) => state)).toEqual(['BEGAN']);
    reported.account.aws.setFaults({ fail: { [operation]: 1 } });
    await reported.advance(10 * MINUTE);
    expect(reported.told().map(({ state }) => state)).toEqual(['BEGAN']);
  });
});

test('with half of all calls throttled, what lasts is told exactly', async () => {
  const reported = await Reported.deploy(assembly);
  await reported.occupy(60 * MINUTE);
  await reported.account.submit('queue', { vcpus: 2, runSeconds: MINUTE });
  const throttle = { 'batch:*': 0.5, 'ecs:*': 0.5, 'autoscaling:*': 0.5, 'ec2:*': 0.5, 'dynamodb:*': 0.5 };
  reported.account.aws.setFaults({ seed: 3, throttle });
  await reported.advance(30 * MINUTE);
  reported.account.aws.setFaults({});
  await reported.advance(60 * MINUTE);
  const told = reported.told();
  expect(told.map(({ state }) => state)).toEqual(['BEGAN', 'ENDED']);
  expect(told[0]).toMatchObject({ kind: 'instances', resources: [{ resource: 'VCPU', shortBy: 2 }] });
});

test('invocations at once are one look, and say a thing once', async () => {
  const reported = await Reported.deploy(assembly);
  await reported.occupy(60 * MINUTE);
  await reported.account.submit('queue', { vcpus: 2 });
  await reported.advance(10);
  await reported.invoke(1);
  await reported.advance(5);
  // Every call lets the other invocations run first.
  reported.account.aws.setFaults({ yield: { '*': 1 } });
  await reported.invoke(3);
  await reported.advance(5);
  expect(reported.told()).toEqual([]);
  for (let minutes = 0; minutes < 5; minutes++) {
    await reported.advance(MINUTE);
    await reported.invoke(3);
  }
  expect(reported.published()).toBe(1);
});

test('a run that dies before any of its calls leaves nothing unsaid, and says nothing that is not so', async () => {
  const reported = await Reported.deploy(assembly);
  const { aws } = reported.account;
  let deaths = 0;
  for (let call = 1, died = true; died; call++) {
    const before = new Set(reported.told().map(({ id }) => id));
    const killed = reported.killed.length;
    aws.setFaults({ crash: [[reported.functionName, call]] });
    await reported.occupy(4 * MINUTE);
    await reported.account.submit('queue', { vcpus: 3, runSeconds: 10 });
    await reported.advance(9 * MINUTE);
    died = reported.killed.length > killed;
    if (died) deaths++;
    const told = reported.told().filter(({ id }) => !before.has(id));
    expect({ call, told: told.map(({ state, kind, jobs }) => [state, kind, jobs]) }).toEqual({
      call,
      told: [
        ['BEGAN', 'instances', 1],
        ['ENDED', 'instances', 1],
      ],
    });
    expect(await reported.alarm()).toBe('OK');
  }
  // Looks without a finding, the look that tells, and the one that tells the end: each of their calls.
  expect(deaths).toBeGreaterThan(30);
});

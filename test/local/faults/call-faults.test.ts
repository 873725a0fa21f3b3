import { BatchClient, DescribeJobsCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import * as batch from '@aws-sdk/client-batch';
import type { FaultPlan } from '../../../local/faults/fault-plan';
import { clientSettings, InProcessRequestHandler } from '../../../local/wire/in-process';
import type { Service } from '../../../local/wire/service';
import { routed } from '../wire/routed';

const FUNCTION = { principalArn: 'arn:aws:iam::123456789012:role/controller', functionName: 'controller' };

/** Counts what was really done, and answers with the count. */
function counting(): { api: Service; done: () => number } {
  let done = 0;
  return {
    done: () => done,
    api: {
      signingName: 'batch',
      protocol: 'restJson1',
      sdk: batch,
      operations: {
        SubmitJob: ({ jobName }: batch.SubmitJobRequest) => ({ jobName, jobId: String(++done) }),
        DescribeJobs: () => ({ jobs: [{ jobId: String(done) }] }),
      },
    },
  };
}

function underTest(plan: FaultPlan) {
  const { api, done } = counting();
  const aws = routed([api]);
  aws.faults.set(plan);
  const client = new BatchClient(aws.settings);
  const submit = async (): Promise<string> => {
    const command = new SubmitJobCommand({ jobName: 'a', jobQueue: 'q', jobDefinition: 'd' });
    return client.send(command).then(
      ({ jobId }) => jobId!,
      (error: Error) => error.name,
    );
  };
  const describe = async (): Promise<string> =>
    (await client.send(new DescribeJobsCommand({ jobs: ['a'] }))).jobs![0]!.jobId!;
  return { ...aws, done, submit, describe };
}

test('throttled calls do nothing, and look as the SDK expects of Batch', async () => {
  const { submit, done, log } = underTest({ throttle: { 'batch:SubmitJob': 1 } });
  log.keepRecords();
  expect(await submit()).toBe('TooManyRequestsException');
  expect(done()).toBe(0);
  expect(log.records()).toMatchObject([{ service: 'batch', operation: 'SubmitJob', outcome: 'throttle' }]);
});

test('failed calls do nothing; lost answers have done it', async () => {
  const failing = underTest({ fail: { 'batch:*': 1 } });
  expect([await failing.submit(), failing.done()]).toEqual(['ServerException', 0]);
  const losing = underTest({ loseAnswer: { '*': 1 } });
  expect([await losing.submit(), losing.done()]).toEqual(['ServerException', 1]);
});

test('a stale read answers what the same question was answered before', async () => {
  const { submit, describe } = underTest({ stale: { 'batch:DescribeJobs': 0.5 } });
  const seen: [string, string][] = [];
  for (let i = 0; i < 20; i++) seen.push([await submit(), await describe()]);
  expect(seen.some(([truth, read]) => truth === read)).toBe(true);
  expect(seen.some(([truth, read]) => Number(read) < Number(truth))).toBe(true);
  // Never older than the last answer.
  let newest = 0;
  for (const [, read] of seen) {
    expect(Number(read)).toBeGreaterThanOrEqual(newest);
    newest = Number(read);
  }
});

test('a delayed call is made later; one that yields is made after what else is due', async () => {
  const { router, activities, clock, done, faults } = underTest({
    delay: { 'batch:SubmitJob': { probability: 1, seconds: 30 } },
  });
  const activity = activities.begin('controller');
  const client = new BatchClient(clientSettings('us-east-1', new InProcessRequestHandler(router, FUNCTION, activity)));
  const submit = () => client.send(new SubmitJobCommand({ jobName: 'a', jobQueue: 'q', jobDefinition: 'd' }));
  const delayed = submit();
  await clock.advance(29_999);
  expect(done()).toBe(0);
  await clock.advance(1);
  expect([(await delayed).jobId, done()]).toEqual(['1', 1]);

  faults.set({ yield: { '*': 1 } });
  const order: string[] = [];
  clock.after(0, () => void order.push('other'));
  const yielding = submit().then(() => order.push('call'));
  await clock.advance(0);
  await yielding;
  expect(order).toEqual(['other', 'call']);
});

test('a crash kills the function in place of its n-th call, once, whatever the clock does', async () => {
  const { router, activities, clock, faults, done } = underTest({});
  faults.set({ crash: [['controller', 2]] });
  let crashes = 0;
  const invoke = async (): Promise<string[]> => {
    const activity = activities.begin('controller', () => crashes++);
    const client = new BatchClient(
      clientSettings('us-east-1', new InProcessRequestHandler(router, FUNCTION, activity)),
    );
    const ids: string[] = [];
    void (async () => {
      for (let i = 0; i < 3; i++) {
        const { jobId } = await client.send(new SubmitJobCommand({ jobName: 'a', jobQueue: 'q', jobDefinition: 'd' }));
        ids.push(jobId!);
      }
      activity.end();
    })();
    await clock.advance(3_600_000);
    return ids;
  };
  expect([await invoke(), crashes, done()]).toEqual([['1'], 1, 1]);
  expect([await invoke(), crashes, done()]).toEqual([['2', '3', '4'], 1, 4]);
});

test('an interceptor acts in the moment before the call, once', async () => {
  const { faults, submit, done } = underTest({});
  const seen: number[] = [];
  faults.before(
    ({ service, operation }) => service === 'batch' && operation === 'SubmitJob',
    async () => void seen.push(done()),
  );
  expect([await submit(), await submit()]).toEqual(['1', '2']);
  expect(seen).toEqual([0]);
});

test('the same seed gives the same faults, another seed others', async () => {
  const outcomes = async (seed: number): Promise<string> => {
    const { submit } = underTest({ seed, throttle: { '*': 0.3 }, fail: { 'batch:SubmitJob': 0.3 } });
    const names: string[] = [];
    for (let i = 0; i < 40; i++) names.push(await submit());
    return names.join();
  };
  const first = await outcomes(7);
  expect(await outcomes(7)).toBe(first);
  expect(await outcomes(8)).not.toBe(first);
});

/** The ledger through the whole stack: events, the queue, the recorder, the sweep. */
import { CancelJobCommand } from '@aws-sdk/client-batch';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { EndAnnouncement } from '../../../lib/ledger/config';
import { ENDED_ARRAYS, UNANNOUNCED } from '../../../lib/ledger/config';
import { JobLedger } from '../../../lib';
import { LedgerEnvironment, synthesize } from './environment';

const MINUTE = 60;

let assembly: string;
beforeAll(() => {
  assembly = synthesize((stack, queue) => {
    const ledger = new JobLedger(stack, 'Ledger', { queues: [queue] });
    ledger.announceEnds(new sqs.Queue(stack, 'Subscriber'));
    ledger.announceEnds(new sqs.Queue(stack, 'Other'));
  }, 2);
});

/** Takes all messages out of the subscriber's queue. */
async function announced(environment: LedgerEnvironment, name = 'Subscriber'): Promise<EndAnnouncement[]> {
  const client = environment.aws.client(SQSClient);
  const QueueUrl = await environment.queueUrl(name);
  const found: EndAnnouncement[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return found;
    found.push(...Messages.map(({ Body }) => JSON.parse(Body!) as EndAnnouncement));
  }
}

test('it knows when a job entered each state, how it ended, and forgets it a month later', async () => {
  const environment = await LedgerEnvironment.deploy(assembly);
  const from = environment.now;
  await environment.submit({ vcpus: 1, runSeconds: 100 });
  await environment.submit({ vcpus: 1, runSeconds: 100 });
  await environment.advance(10);
  const job = await environment.submit({
    startSeconds: 20,
    runSeconds: 40,
    tags: { 'batch-foreman:run': '7', team: 'a' },
  });
  await environment.advance(4 * MINUTE);
  const { job: kept, place } = await environment.kept(job);
  expect(kept).toMatchObject({
    jobName: 'job',
    status: 'SUCCEEDED',
    attemptsEnded: 1,
    exitCode: 0,
    ranMilliseconds: 40_000,
    isCancelled: false,
    tags: { 'batch-foreman:run': '7' },
    dependsOn: [],
  });
  const seconds = Object.entries(kept.entered).map(([key, time]) => [key, (time - from) / 1000]);
  expect(Object.fromEntries(seconds)).toEqual({
    '0/SUBMITTED': 10,
    '0/RUNNABLE': 10,
    '0/STARTING': 105,
    '0/RUNNING': 125,
    '1/SUCCEEDED': 165,
  });
  expect(place).toEqual({ openIn: undefined, openSince: undefined, expiresAt: (from + 165_000) / 1000 + 30 * 86_400 });
  expect(await environment.open()).toEqual([]);
});

test('time over several attempts adds up, and each attempt waits anew', async () => {
  const environment = await LedgerEnvironment.deploy(assembly);
  const plays = [{ runSeconds: 30, exitCode: 1 }, { runSeconds: 50, exitCode: 1 }, { runSeconds: 70 }];
  const job = await environment.submit({ plays, attempts: 3 });
  await environment.until('the third attempt runs', () => {
    const { status, attempts } = environment.job(job);
    return status === 'RUNNING' && attempts === 2;
  });
  await environment.advance(10);
  const { job: kept } = await environment.kept(job);
  expect(kept).toMatchObject({ status: 'RUNNING', attemptsEnded: 2, ranMilliseconds: 80_000 });
  expect(Object.keys(kept.entered).sort()).toEqual([
    '0/RUNNABLE',
    '0/RUNNING',
    '0/STARTING',
    '0/SUBMITTED',
    '1/RUNNABLE',
    '1/RUNNING',
    '1/STARTING',
    '2/RUNNABLE',
    '2/RUNNING',
    '2/STARTING',
  ]);
});

test.each([true, false])('an array is kept with its children, whether they publish events: %s', async (publish) => {
  const environment = await LedgerEnvironment.deploy(assembly, { arrayChildrenPublishEvents: publish });
  const array = await environment.submit({ arraySize: 5, runSeconds: 300 });
  await environment.advance(2 * MINUTE);
  const open = (await environment.open()).map(({ job }) => [job.jobId.replace(array, ''), job.status]);
  expect(Object.fromEntries(open)).toEqual({
    '': 'PENDING',
    ':0': 'RUNNING',
    ':1': 'RUNNING',
    ':2': 'RUNNABLE',
    ':3': 'RUNNABLE',
    ':4': 'RUNNABLE',
  });
  await environment.until('the array ends', () => environment.job(array).status === 'SUCCEEDED');
  await environment.advance(2 * MINUTE);
  expect(await environment.open()).toEqual([]);
  expect((await environment.kept(`${array}:4`)).job).toMatchObject({ status: 'SUCCEEDED', arrayIndex: 4 });
});

test('children that nobody heard of while they lived are kept, and announced, with the end of their array', async () => {
  const environment = await LedgerEnvironment.deploy(assembly, { arrayChildrenPublishEvents: false });
  const array = await environment.submit({ arraySize: 2, plays: [{ runSeconds: 10, exitCode: 3 }] });
  await environment.advance(3 * MINUTE);
  expect((await environment.kept(`${array}:1`)).job).toMatchObject({ status: 'FAILED', exitCode: 3 });
  const told = new Set((await announced(environment)).map(({ jobId }) => jobId));
  expect(told).toEqual(new Set([array, `${array}:0`, `${array}:1`]));
  expect(await environment.open(ENDED_ARRAYS)).toEqual([]);
});

describe('what events do not tell', () => {
  test('the sweep finds: jobs that nobody has heard of, and their ends', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    // The sweep's ticks are events, too.
    environment.aws.setFaults({ events: { lose: 1 } });
    const job = await environment.submit({ runSeconds: 200 });
    await environment.advance(30);
    environment.aws.setFaults({});
    await environment.advance(90);
    const { startedAt } = environment.job(job);
    expect((await environment.kept(job)).job).toMatchObject({ status: 'RUNNING', startedAt });
    expect(await announced(environment)).toEqual([]);
    environment.aws.setFaults({ events: { lose: 1 } });
    await environment.until('it ends', () => environment.job(job).status === 'SUCCEEDED');
    await environment.advance(10);
    environment.aws.setFaults({});
    await environment.advance(90);
    const { stoppedAt } = environment.job(job);
    expect((await environment.kept(job)).job).toMatchObject({ status: 'SUCCEEDED', stoppedAt });
    expect(await announced(environment)).toMatchObject([{ jobId: job, status: 'SUCCEEDED' }]);
  });

  test.each([0, 60])('and what came and went between two sweeps a look back, lists lagging by %i s', async (lag) => {
    const environment = await LedgerEnvironment.deploy(assembly, { listLagSeconds: lag });
    await environment.advance(7 * MINUTE + 5);
    environment.aws.setFaults({ events: { lose: 1 } });
    const job = await environment.submit({ plays: [{ runSeconds: 10, exitCode: 3 }] });
    const array = await environment.submit({ arraySize: 2, runSeconds: 10 });
    await environment.advance(45);
    environment.aws.setFaults({});
    await environment.advance(6 * MINUTE);
    expect((await environment.kept(job)).job).toMatchObject({ status: 'FAILED', exitCode: 3, described: true });
    const told = (await announced(environment)).map(({ jobId }) => jobId);
    expect(told.sort()).toEqual([job, array, `${array}:0`, `${array}:1`].sort());
  });

  test('more than one page of them, though the first looks are refused', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    await environment.advance(4 * MINUTE + 5);
    environment.aws.setFaults({ events: { lose: 1 } });
    await environment.submit({ vcpus: 1, runSeconds: 10_000 });
    await environment.submit({ vcpus: 1, runSeconds: 10_000 });
    const jobs = await Promise.all(Array.from({ length: 230 }, () => environment.submit()));
    for (const jobId of jobs) await environment.batch.send(new CancelJobCommand({ jobId, reason: 'not needed' }));
    await environment.advance(30);
    environment.aws.setFaults({ fail: { 'batch:ListJobs': 1 } });
    await environment.advance(10 * MINUTE);
    environment.aws.setFaults({});
    await environment.advance(2 * MINUTE);
    expect((await environment.store.getMany(jobs)).size).toBe(230);
    expect(new Set((await announced(environment)).map(({ jobId }) => jobId))).toEqual(new Set(jobs));
  });

  test('and what events tell half an hour later fills the gaps', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    environment.aws.setFaults({ events: { delaySeconds: 1800 } });
    const job = await environment.submit({ runSeconds: 200 });
    const { createdAt } = environment.job(job);
    await environment.advance(2000);
    const { entered } = (await environment.kept(job)).job;
    expect(entered['0/RUNNABLE']).toBe(createdAt);
    expect(entered['0/STARTING']).toBe(createdAt);
    expect(entered['0/RUNNING']).toBe(createdAt + 5000);
  });
});

describe('ends are announced', () => {
  test('to every subscriber, once where nothing goes wrong', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    const jobs = [await environment.submit({ plays: [{ runSeconds: 10, exitCode: 3 }] }), await environment.submit()];
    await environment.advance(3 * MINUTE);
    for (const name of ['Subscriber', 'Other']) {
      expect((await announced(environment, name)).sort((a, b) => a.endedAt.localeCompare(b.endedAt))).toEqual([
        { jobId: jobs[0], status: 'FAILED', jobQueue: environment.queueArn, endedAt: expect.any(String) },
        { jobId: jobs[1], status: 'SUCCEEDED', jobQueue: environment.queueArn, endedAt: expect.any(String) },
      ]);
    }
    expect(await environment.open(UNANNOUNCED)).toEqual([]);
  });

  test('by the next sweep when SQS refuses them', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    environment.aws.setFaults({ fail: { 'sqs:SendMessageBatch': 1 } });
    const job = await environment.submit({ runSeconds: 10 });
    await environment.advance(MINUTE);
    expect(await announced(environment)).toEqual([]);
    expect(await environment.open(UNANNOUNCED)).toHaveLength(1);
    environment.aws.setFaults({});
    await environment.advance(2 * MINUTE);
    expect(await announced(environment)).toMatchObject([{ jobId: job }]);
    expect(await environment.open(UNANNOUNCED)).toEqual([]);
  });

  test('whichever call the recorder dies at', async () => {
    // Of reading, writing, sending to two, and noting that it was sent.
    for (let call = 1; call <= 8; call++) {
      const environment = await LedgerEnvironment.deploy(assembly);
      const job = await environment.submit({ runSeconds: 20 });
      await environment.advance(24);
      environment.aws.setFaults({ crash: [[await environment.functionName('Ledger'), call]] });
      await environment.advance(10 * MINUTE);
      expect((await environment.kept(job)).job.status).toBe('SUCCEEDED');
      const told = await announced(environment);
      expect(new Set(told.map(({ jobId }) => jobId))).toEqual(new Set([job]));
      expect(await environment.open(UNANNOUNCED)).toEqual([]);
    }
  });
});

test('an event that cannot be read ends in the dead-letter queue, alarmed; those beside it are recorded', async () => {
  const environment = await LedgerEnvironment.deploy(assembly);
  await environment.sendToQueue('LedgerQueue', 'not what it should be');
  const job = await environment.submit();
  await environment.sendToQueue('LedgerQueue', JSON.stringify({ time: 'soon', detail: { jobId: job } }));
  await environment.advance(15);
  expect((await environment.kept(job)).job.status).toBe('RUNNING');
  const unreadable = () => environment.log.filter(({ message }) => message === 'unreadable event');
  expect(unreadable()).toMatchObject([
    { error: expect.stringContaining('not JSON') },
    { error: 'time is "soon", not an ISO 8601 time' },
  ]);
  await environment.advance(30 * MINUTE);
  expect(await environment.messagesIn('DeadLetters')).toBe(2);
  const { MetricAlarms } = await environment.aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toMatchObject([{ StateValue: 'ALARM' }]);
});

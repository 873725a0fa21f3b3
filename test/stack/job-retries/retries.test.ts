/** What becomes of failed jobs: through events, ledger, announcements and the bundle that ships, in virtual time. */
import { DeregisterJobDefinitionCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { Duration, Size } from 'aws-cdk-lib';
import { RetryRule } from '../../../lib';
import { FAILS, INTERRUPTED, RetriesEnvironment, SUCCEEDS, synthesize } from './environment';

const NEEDS = (peakMemoryMiB: number) => ({ runSeconds: 60, peakMemoryMiB });

let assembly: string;
beforeAll(() => {
  assembly = synthesize(({ spot, onDemand }) => ({
    queues: [spot],
    rules: [
      RetryRule.onOutOfMemory({ memoryFactor: 2, attempts: 10 }),
      RetryRule.onInterruption({ delay: Duration.seconds(0), fallbackQueue: onDemand, fallbackAfter: 2 }),
      RetryRule.onExitCode([7], { delay: Duration.hours(1) }),
      RetryRule.onFailure({ attempts: 3, delay: Duration.seconds(10) }),
    ],
  }));
});

async function deploy(...rest: Parameters<typeof RetriesEnvironment.deploy> extends [string, ...infer R] ? R : never) {
  return RetriesEnvironment.deploy(assembly, ...rest);
}

test('out of memory: twice as much, four times as much, and then the ceiling of the environment is the end', async () => {
  const environment = await RetriesEnvironment.deploy(
    synthesize(({ instances }) => ({
      queues: [instances],
      rules: [RetryRule.onOutOfMemory({ memoryFactor: 2, attempts: 10 })],
    })),
  );
  const job = await environment.submit({
    queue: 'Instances',
    definition: 'InstanceJob',
    plays: [NEEDS(1_000_000)],
  });
  await environment.untilOver(4);
  const memory = environment.jobs().map(({ memoryMiB }) => memoryMiB);
  expect(memory.slice(0, 3)).toEqual([2048, 4096, 8192]);
  // What an m5.xlarge of 16 GiB registers at least.
  expect(memory[3]).toBeGreaterThan(15_000);
  expect(memory[3]).toBeLessThan(16_384);
  expect(environment.events('Batch Job Retries Exhausted')).toMatchObject([
    { lineage: job, attempts: 4, why: 'CEILING', version: 1, history: [{ attempt: 1, jobId: job }, {}, {}, {}] },
  ]);
});

test.each([137, 2])('out of memory, exit code %i: the next sizes of Fargate, until it suffices', async (code) => {
  const environment = await deploy({ outOfMemoryExitCode: code });
  const job = await environment.submit({ plays: [NEEDS(20_000)] });
  await environment.untilOver(5);
  expect(environment.jobs().map(({ vcpus, memoryMiB }) => [vcpus, memoryMiB])).toEqual([
    [1, 2048],
    [1, 4096],
    [1, 8192],
    [2, 16_384],
    [8, 32_768],
  ]);
  expect(environment.jobs().at(-1)!.status).toBe('SUCCEEDED');
  const events = environment.events('Batch Job Retried');
  expect(events[0]).toMatchObject({
    lineage: job,
    from: job,
    to: environment.jobs()[1]!.id,
    attempt: 2,
    cause: 'OUT_OF_MEMORY',
    rule: 'out of memory',
    delaySeconds: 0,
    changes: ['memory 2048 → 4096 MiB'],
    dryRun: false,
  });
  expect(events).toHaveLength(4);
  expect(await environment.mark(job)).toEqual({
    retry: 'RESUBMITTED',
    successor: environment.jobs()[1]!.id,
    lineage: job,
  });
  expect((await environment.lineage(job))!.status).toBe('SUCCEEDED');
});

test('interrupted twice: On-Demand', async () => {
  const environment = await deploy();
  await environment.submit({ plays: [INTERRUPTED, INTERRUPTED, SUCCEEDS] });
  await environment.untilOver(3);
  const [first, second, third] = environment.jobs();
  expect(second!.queue).toBe(first!.queue);
  expect(third!.queue).not.toBe(first!.queue);
  expect(third!.status).toBe('SUCCEEDED');
});

test('interrupted twice in one job, which AWS Batch itself retried: On-Demand at once', async () => {
  const environment = await deploy();
  await environment.submit({
    plays: [INTERRUPTED, INTERRUPTED, SUCCEEDS],
    retryStrategy: { attempts: 2 },
  });
  await environment.untilOver(2);
  expect(environment.jobs().map(({ queue }) => queue)).toEqual([
    expect.stringContaining('Spot'),
    expect.stringContaining('OnDemand'),
  ]);
});

test('A fails twice and then succeeds: B and C, which follow it, run after the third A, once each', async () => {
  const environment = await deploy();
  const a = await environment.submit({ jobName: 'a', plays: [FAILS, FAILS, SUCCEEDS] });
  const b = await environment.submit({ jobName: 'b', after: [a] });
  await environment.submit({ jobName: 'c', after: [b] });
  await environment.untilOver(9);
  const thirdA = environment.named('a')[2]!;
  expect(thirdA.status).toBe('SUCCEEDED');
  for (const name of ['b', 'c']) {
    const ran = environment.named(name).filter(({ attempts }) => attempts > 0);
    expect(ran).toMatchObject([{ status: 'SUCCEEDED' }]);
    expect(ran[0]!.startedAt).toBeGreaterThan(thirdA.stoppedAt!);
  }
  const ranB = environment.named('b').at(-1)!;
  const ranC = environment.named('c').at(-1)!;
  expect(ranC.startedAt).toBeGreaterThan(ranB.stoppedAt!);
  const detail = await environment.describe(ranB.id);
  expect(detail.dependsOn).toEqual([{ jobId: thirdA.id }]);
  expect(detail.tags).toMatchObject({ 'batch-foreman:lineage': b, 'batch-foreman:attempt': '3' });
});

// How AWS Batch says it is not documented.
const SAID = ['Dependent Job failed', 'A dependency has FAILED'];

test.each(SAID)('a diamond of which one branch is retried, where "%s"', async (dependencyFailureReason) => {
  const environment = await deploy({ dependencyFailureReason });
  const a = await environment.submit({ jobName: 'a' });
  const left = await environment.submit({ jobName: 'left', after: [a], plays: [FAILS, SUCCEEDS] });
  const right = await environment.submit({ jobName: 'right', after: [a], plays: [{ runSeconds: 600 }] });
  await environment.submit({ jobName: 'end', after: [left, right] });
  await environment.untilOver(6);
  expect(environment.named('a')).toHaveLength(1);
  expect(environment.named('right')).toHaveLength(1);
  const [first, second] = environment.named('end');
  expect(first).toMatchObject({ status: 'FAILED', attempts: 0 });
  expect(second).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
  expect((await environment.describe(second!.id)).dependsOn).toEqual(
    expect.arrayContaining([{ jobId: environment.named('left')[1]!.id }, { jobId: right }]),
  );
});

test('both branches of a diamond are retried: what follows waits for both', async () => {
  const environment = await deploy();
  const left = await environment.submit({ jobName: 'left', plays: [FAILS, SUCCEEDS] });
  const right = await environment.submit({ jobName: 'right', plays: [{ ...FAILS, runSeconds: 300 }, SUCCEEDS] });
  await environment.submit({ jobName: 'end', after: [left, right] });
  await environment.until('it ran', () => environment.named('end').some(({ status }) => status === 'SUCCEEDED'));
  const ran = environment.named('end').filter(({ attempts }) => attempts > 0);
  expect(ran).toHaveLength(1);
  for (const name of ['left', 'right']) {
    expect(environment.named(name).at(-1)!.stoppedAt).toBeLessThan(ran[0]!.startedAt!);
  }
});

test('what depends on a job that fails for good is not submitted again', async () => {
  const environment = await deploy();
  const a = await environment.submit({ jobName: 'a', plays: [FAILS] });
  const b = await environment.submit({ jobName: 'b', after: [a] });
  await environment.until('over', () => environment.named('a').length === 3 && environment.named('b').length === 3);
  await environment.advance(1800);
  expect(environment.jobs()).toHaveLength(6);
  expect(environment.jobs().every(({ status }) => status === 'FAILED')).toBe(true);
  const exhausted = environment.events('Batch Job Retries Exhausted');
  expect(exhausted).toMatchObject([
    { lineage: a, why: 'ATTEMPTS', attempts: 3 },
    { lineage: b, why: 'DEPENDENCY' },
  ]);
  expect(await environment.mark(environment.named('b').at(-1)!.id)).toMatchObject({ retry: 'FINAL' });
});

test('an array of which three of a thousand children failed: only those, with the indexes that they stand for', async () => {
  // What a thousand children tell of themselves does not matter here.
  const environment = await deploy({ arrayChildrenPublishEvents: false });
  const fails = [FAILS, SUCCEEDS];
  const array = await environment.submit({
    jobName: 'array',
    arraySize: 1000,
    byIndex: { '17': fails, '230': fails, '999': fails },
  });
  await environment.submit({ jobName: 'after', after: [array] });
  await environment.untilOver(4);
  const again = environment.named('array')[1]!;
  expect(again).toMatchObject({ status: 'SUCCEEDED', arraySize: 3 });
  const { container, arrayProperties } = await environment.describe(`${again.id}:1`);
  expect(arrayProperties?.index).toBe(1);
  expect(container!.environment).toContainEqual({ name: 'FOREMAN_ARRAY_INDEX', value: '17,230,999' });
  expect(container!.environment).toContainEqual({ name: 'FOREMAN_ARRAY_SIZE', value: '1000' });
  expect(environment.named('after').filter(({ attempts }) => attempts > 0)).toMatchObject([{ status: 'SUCCEEDED' }]);
});

test('child for child: only the counterparts of the children that failed are run again', async () => {
  const environment = await deploy();
  const fails = [FAILS, SUCCEEDS];
  const first = await environment.submit({ jobName: 'first', arraySize: 6, byIndex: { '1': fails, '4': fails } });
  await environment.submit({ jobName: 'second', arraySize: 6, dependsOn: [{ jobId: first, type: 'N_TO_N' }] });
  await environment.untilOver(4);
  const again = environment.named('second')[1]!;
  expect(again).toMatchObject({ status: 'SUCCEEDED', arraySize: 2 });
  expect((await environment.describe(again.id)).dependsOn).toEqual([
    { jobId: environment.named('first')[1]!.id, type: 'N_TO_N' },
  ]);
});

test('a job whose revision has gone ends its lineage, and that is said', async () => {
  const environment = await deploy();
  const job = await environment.submit({ plays: [FAILS, SUCCEEDS] });
  await environment.advance(30);
  await environment.batch.send(new DeregisterJobDefinitionCommand({ jobDefinition: environment.outputs['JobArn']! }));
  await environment.untilOver(1);
  expect(environment.events()).toMatchObject([{ lineage: job, why: 'DEFINITION_GONE', attempts: 1 }]);
});

test('a revision that goes during the pause', async () => {
  const environment = await deploy();
  const job = await environment.submit({ plays: [{ runSeconds: 60, exitCode: 7 }, SUCCEEDS] });
  await environment.advance(300);
  expect((await environment.lineage(job))!.status).toBe('WAITING');
  await environment.batch.send(new DeregisterJobDefinitionCommand({ jobDefinition: environment.outputs['JobArn']! }));
  await environment.advance(3700);
  expect(environment.jobs()).toHaveLength(1);
  expect(environment.events()).toMatchObject([{ lineage: job, why: 'DEFINITION_GONE' }]);
});

test('a pause that is longer than a message can wait', async () => {
  const environment = await deploy();
  const job = await environment.submit({ plays: [{ runSeconds: 60, exitCode: 7 }, SUCCEEDS] });
  await environment.advance(300);
  const { notBefore } = (await environment.lineage(job))!.plan!;
  await environment.until('it came again', () => environment.jobs().length === 2, 3800);
  const late = environment.jobs()[1]!.createdAt - notBefore;
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(90_000);
});

describe('a person who ends a job', () => {
  test.each(['RUNNING', 'RUNNABLE'])('that is %s is not overruled', async (status) => {
    const environment = await deploy({ fargateStartSeconds: 0 });
    const job = await environment.submit({ plays: [FAILS, { runSeconds: 3000 }] });
    await environment.until('submitted again', () => environment.jobs().length === 2);
    const [, second] = environment.jobs();
    if (status === 'RUNNING') await environment.until('runs', () => environment.job(second!.id).status === 'RUNNING');
    await environment.batch.send(new TerminateJobCommand({ jobId: second!.id, reason: 'enough' }));
    await environment.untilOver(2);
    expect(environment.events('Batch Job Retries Exhausted')).toMatchObject([{ lineage: job, why: 'STOPPED' }]);
  });

  test('during its pause: the tag for it is heeded', async () => {
    const environment = await deploy();
    const job = await environment.submit({ plays: [{ runSeconds: 60, exitCode: 7 }, SUCCEEDS] });
    const after = await environment.submit({ after: [job] });
    await environment.advance(300);
    expect((await environment.lineage(job))!.status).toBe('WAITING');
    await environment.optOut(job);
    await environment.advance(3700);
    expect(environment.jobs()).toHaveLength(2);
    expect((await environment.lineage(job))!.final!.why).toBe('OPTED_OUT');
    expect(await environment.mark(after)).toMatchObject({ retry: 'FINAL' });
  });

  test('during its pause, where AWS Batch notes that of a job that has ended', async () => {
    const environment = await deploy({ stopMarksEndedJobs: true });
    const job = await environment.submit({ plays: [{ runSeconds: 60, exitCode: 7 }, SUCCEEDS] });
    await environment.advance(300);
    await environment.batch.send(new TerminateJobCommand({ jobId: job, reason: 'enough' }));
    await environment.advance(3700);
    expect(environment.jobs()).toHaveLength(1);
    expect((await environment.lineage(job))!.final!.why).toBe('STOPPED');
  });
});

test('a job that is opted out is left alone from the beginning', async () => {
  const environment = await deploy();
  const job = await environment.submit({ plays: [FAILS], tags: { 'batch-foreman:opt-out': 'true' } });
  await environment.untilOver(1);
  expect(environment.events()).toEqual([]);
  expect(await environment.mark(job)).toMatchObject({ retry: 'FINAL' });
});

test('a clone of a job that was submitted again has its tags and is a job of its own', async () => {
  const environment = await deploy();
  const job = await environment.submit({ plays: [FAILS, SUCCEEDS] });
  await environment.untilOver(2);
  const { tags } = await environment.describe(environment.jobs()[1]!.id);
  const clone = await environment.submit({ plays: [FAILS, SUCCEEDS], tags });
  await environment.untilOver(4);
  expect((await environment.lineage(clone))!.status).toBe('SUCCEEDED');
  expect((await environment.lineage(job))!.attempt).toBe(2);
  expect((await environment.describe(environment.jobs()[3]!.id)).tags).toMatchObject({
    'batch-foreman:lineage': clone,
  });
});

test('a clone that ends before it is known that the job was submitted again is not taken for that job', async () => {
  const environment = await deploy();
  const job = await environment.submit({ plays: [FAILS, { runSeconds: 400 }] });
  environment.aws.setFaults({ loseAnswer: { 'batch:SubmitJob': 1 } });
  await environment.until('it was submitted again', () => environment.jobs().length === 2);
  environment.aws.setFaults({});
  const successor = environment.jobs()[1]!.id;
  // Past what lists lag, and before the submission is looked for.
  await environment.advance(100);
  const { tags } = await environment.describe(successor);
  const clone = await environment.submit({ plays: [{ runSeconds: 10 }], tags });
  await environment.untilOver(3);
  expect((await environment.lineage(job))!.history.map(({ jobId }) => jobId)).toEqual([job, successor]);
  expect(await environment.mark(clone)).not.toMatchObject({ retry: expect.anything() });
});

test('memory has a ceiling of its own where one is given', async () => {
  const limited = synthesize(({ spot }) => ({
    queues: [spot],
    rules: [RetryRule.onOutOfMemory({ memoryFactor: 2, maxMemory: Size.mebibytes(6000) })],
  }));
  const environment = await RetriesEnvironment.deploy(limited);
  await environment.submit({ plays: [NEEDS(100_000)] });
  await environment.untilOver(3);
  expect(environment.jobs().map(({ memoryMiB }) => memoryMiB)).toEqual([2048, 4096, 5120]);
});

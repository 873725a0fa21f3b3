/** `retry` and `lineage`: what may be submitted again, and as what. */
import { DescribeJobDefinitionsCommand, DeregisterJobDefinitionCommand } from '@aws-sdk/client-batch';
import { Duration } from 'aws-cdk-lib';
import { RetryRule } from '../../lib';
import { Account } from '../lambda/capacity-report/account';
import { FAILS, RetriesEnvironment, SUCCEEDS, synthesize } from '../stack/job-retries/environment';
import { command } from './command';
import { Door } from './door';

let door: Door;
let environment: RetriesEnvironment;
beforeAll(async () => {
  door = await Door.open();
  const assembly = synthesize(({ spot }) => ({
    queues: [spot],
    rules: [RetryRule.onFailure({ delay: Duration.minutes(5), attempts: 2 })],
  }));
  environment = await RetriesEnvironment.deploy(assembly);
  door.serve(environment.aws);
});
afterAll(() => door.close());

/** A job that JobRetries does not look after, and how it ended. */
async function failed(input: Parameters<RetriesEnvironment['submit']>[0] = {}): Promise<string> {
  const job = await environment.submit({ plays: [FAILS, SUCCEEDS], queue: 'OnDemand', ...input });
  await environment.advance(300);
  return job;
}

const complaint = async (...argv: string[]) => {
  const { exitCode, stdout, stderr } = await command(['retry', ...argv]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  return stderr.replace(/^batch-foreman retry: /, '').trimEnd();
};

test('a failed job runs again as it was, as the first of a lineage of its own', async () => {
  const job = await failed({ jobName: 'report', parameters: { day: 'monday' }, tags: { team: 'a' } });
  const { exitCode, stdout } = await command(['retry', job]);
  expect(exitCode).toBe(0);
  const [, again = ''] = new RegExp(`^Job ${job} is submitted again as (\\S+)\\n$`).exec(stdout)!;
  await environment.advance(300);
  const before = environment.describeDirectly(job);
  const after = environment.describeDirectly(again);
  expect(after).toMatchObject({
    jobName: 'report',
    jobQueue: before.jobQueue,
    jobDefinition: before.jobDefinition,
    parameters: before.parameters,
    tags: { team: 'a' },
    status: 'SUCCEEDED',
  });
  expect(after.tags).toEqual(before.tags);
});

test('for a try, nothing is submitted', async () => {
  const job = await failed({ jobName: 'tried' });
  const { exitCode, stdout } = await command(['retry', job, '--dry-run', '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ request: { jobName: 'tried' } });
  expect((await command(['retry', job, '--dry-run'])).stdout).toMatch(/^Would submit\n\{\n/);
  expect(environment.named('tried')).toHaveLength(1);
});

test('of an array, all children, or those that failed, by their indexes', async () => {
  const input = {
    byIndex: { '1': [FAILS, SUCCEEDS], '3': [FAILS] },
    plays: [SUCCEEDS],
    arraySize: 4,
    jobName: 'sweep',
  };
  const job = await failed(input);
  const whole = JSON.parse((await command(['retry', job, '--dry-run', '--json'])).stdout) as { request: object };
  expect(whole.request).toMatchObject({ arrayProperties: { size: 4 } });
  const part = JSON.parse((await command(['retry', job, '--failed-children', '--json'])).stdout) as {
    jobId: string;
    request: { containerOverrides: { environment: object[] } };
  };
  expect(part.request).toMatchObject({ arrayProperties: { size: 2 } });
  expect(part.request.containerOverrides.environment).toEqual(
    expect.arrayContaining([
      { name: 'FOREMAN_ARRAY_INDEX', value: '1,3' },
      { name: 'FOREMAN_ARRAY_SIZE', value: '4' },
    ]),
  );
  // What fails of the part is still named by the indexes of the whole.
  await environment.advance(300);
  const { stdout } = await command(['retry', part.jobId, '--failed-children', '--dry-run', '--json']);
  expect(stdout).toContain('"value": "3"');
});

describe('what must not be submitted again is not', () => {
  test('a job that has not failed', async () => {
    const job = await environment.submit({ queue: 'OnDemand' });
    expect(await complaint(job)).toMatch(new RegExp(`^Job ${job} is \\w+: only one that has FAILED is retried$`));
    await environment.advance(300);
    expect(await complaint(job)).toBe(`Job ${job} is SUCCEEDED: only one that has FAILED is retried`);
  });

  test('a job that JobRetries submits again by itself', async () => {
    const job = await environment.submit({ jobName: 'looked-after', plays: [FAILS] });
    await environment.until('failed', () =>
      environment.named('looked-after').some(({ status }) => status === 'FAILED'),
    );
    await environment.advance(20);
    expect(await complaint(job)).toBe(`JobRetries will submit ${job} again by itself`);
    await environment.until('again', () => environment.named('looked-after').length === 2);
    await environment.advance(20);
    const [, second] = environment.named('looked-after');
    expect(await complaint(job)).toBe(`JobRetries has submitted ${job} again, as ${second!.id}`);
    // When that is over, a person may go on.
    await environment.advance(600);
    const { exitCode } = await command(['retry', second!.id]);
    expect(exitCode).toBe(0);
    const { stdout } = await command(['lineage', job]);
    expect(stdout).toContain('failed for good (ATTEMPTS)');
  });

  test('a job that depended on one that failed, unless it is to run without', async () => {
    const first = await environment.submit({ plays: [FAILS], queue: 'OnDemand' });
    const second = await failed({ after: [first] });
    expect(await complaint(second)).toContain(`depends on ${first}, which has failed: retry that one first`);
    const { exitCode, stdout } = await command(['retry', second, '--without-dependencies', '--dry-run', '--json']);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('dependsOn');
  });

  test('a job that AWS Batch does not know, or whose definition is gone', async () => {
    expect(await complaint('00000000-0000-0000-0000-000000000000')).toContain('AWS Batch knows no job 0000');
    const job = await failed();
    const jobDefinition = environment.describeDirectly(job).jobDefinition!;
    await environment.batch.send(new DeregisterJobDefinitionCommand({ jobDefinition }));
    expect(await complaint(job)).toBe(`The definition of job ${job}, ${jobDefinition}, is no longer registered`);
    expect((await environment.batch.send(new DescribeJobDefinitionsCommand({}))).jobDefinitions).not.toEqual([]);
  });

  test('one that is no array, with --failed-children', async () => {
    const job = await failed({ definition: 'foreign' });
    expect(await complaint(job, '--failed-children')).toBe(`Job ${job} is no array: leave --failed-children out`);
  });
});

test('lineage: a job in no ledger, and an account without one', async () => {
  const unknown = '00000000-0000-0000-0000-000000000000';
  const inLedger = await command(['lineage', unknown]);
  expect([inLedger.exitCode, inLedger.stderr]).toEqual([
    1,
    `batch-foreman lineage: The job ledger (${environment.tableName}) has no job ${unknown}\n`,
  ]);
  door.serve(new Account().aws);
  expect((await command(['lineage', unknown])).stderr).toContain('There is no job ledger here');
  door.serve(environment.aws);
});

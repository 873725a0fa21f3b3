/** Snakemake, the real program, on a queue of this library: it and the library look after their own jobs, and no others. */
import { join } from 'node:path';
import type { JobReport } from '../../local/batch/jobs/job-report';
import type { LocalState } from '../../local/state';
import { Account, publishedOn } from './account';
import { synthesizeUnmanaged } from './apps';
import { runSnakemake } from './snakemake';

const ENVIRONMENT = process.env.ENGINES_ENVIRONMENT!;

let account: Account;
let own: string;
/** Before there was a job, and when all is over. */
let before: LocalState;
let after: LocalState;

beforeAll(async () => {
  account = await Account.open(ENVIRONMENT, synthesizeUnmanaged);
  before = await account.state();
  own = await account.submit(account.outputs.OwnJobArn!, account.outputs.QueueArn!);
  await runSnakemake(account, join(ENVIRONMENT, 'wheels'));
  after = await account.untilNoInstance();
});

afterAll(() => account?.close());

/** The jobs of a rule of the pipeline, in the order of their submission. */
function jobsOf(rule: string): readonly JobReport[] {
  return after.jobs
    .filter(({ name }) => name.startsWith(`snakejob-${rule}-`))
    .sort((one, other) => one.createdAt - other.createdAt);
}

function failedJob(): JobReport {
  return jobsOf('part').find(({ status }) => status === 'FAILED')!;
}

test('the pipeline comes to the right result', async () => {
  expect(await account.object('pipeline', 'total.txt')).toBe('5050\n');
});

test('what failed was submitted again by Snakemake, with the memory that its rule asks for then, and by nobody else', () => {
  const jobs = (rule: string) => jobsOf(rule).map(({ status, memoryMiB }) => `${status} ${memoryMiB}`);
  expect(jobs('numbers')).toEqual(['SUCCEEDED 2048']);
  expect(jobs('part').sort()).toEqual([
    'FAILED 2048',
    'SUCCEEDED 2048',
    'SUCCEEDED 2048',
    'SUCCEEDED 2048',
    'SUCCEEDED 4096',
  ]);
  expect(jobs('total')).toEqual(['SUCCEEDED 2048']);
  // Seven by Snakemake, the first of our own by the test, and its second by JobRetries.
  expect(after.jobs).toHaveLength(9);
  expect(after.apiCalls.batch).toMatchObject({ SubmitJob: 9 });
});

test('JobRetries on the queue has noted the failure, and left what follows to Snakemake', async () => {
  const { id, definition } = failedJob();
  const noted = await account.lineage(id, account.outputs.LedgerName!);
  expect(noted).toMatchObject({ jobId: id, retry: 'FINAL', job: { status: 'FAILED' } });
  expect(noted!.lineage).toBeUndefined();
  expect(definition).toMatch(/^snakejob-def-part-/);
  for (const job of ['numbers', 'part', 'total'].flatMap(jobsOf)) expect((await account.job(job.id)).tags).toEqual({});
});

test('meanwhile JobRetries has submitted a job of its own definitions again', async () => {
  const { lineage } = (await account.lineage(own, account.outputs.LedgerName!))!;
  expect(lineage).toMatchObject({ root: own, status: 'SUCCEEDED', history: [{ exitCode: 1 }, {}] });
  expect(publishedOn(after, own)).toContainEqual(
    expect.objectContaining({ detailType: 'Batch Job Retried', from: own, to: lineage!.jobId, dryRun: false }),
  );
});

test('where the queue is imported and all jobs are in scope, it is told what would be done, and not done', async () => {
  const { id } = failedJob();
  // That of our own scope has nothing to say; the other says one thing, at least once.
  const told = new Set(publishedOn(after, id).map((event) => JSON.stringify(event)));
  expect([...told].map((event) => JSON.parse(event) as unknown)).toEqual([
    expect.objectContaining({ detailType: 'Batch Job Retried', lineage: id, from: id, attempt: 2, dryRun: true }),
  ]);
  expect(await account.lineage(id, account.outputs.ImportedLedgerName!)).toMatchObject({ retry: 'FINAL' });
});

test('Snakemake has removed the job definitions that it made', () => {
  expect(after.apiCalls.batch).toMatchObject({ DeregisterJobDefinition: 7, TerminateJob: 7 });
});

test('the instances came for the jobs, from none, killed no job, and have gone', () => {
  expect(before.instances).toEqual([]);
  expect(after.instances.length).toBeGreaterThan(1);
  for (const instance of after.instances) {
    expect(instance).toMatchObject({ requester: expect.stringMatching(/^autoscaling:/), terminationCause: 'scale-in' });
    expect(instance.killed).toEqual([]);
  }
  expect(after.instances.reduce((sum, { tasksStarted }) => sum + tasksStarted, 0)).toBe(9);
});

/** Metaflow, the real program, on a queue whose jobs are all retried, but for those that say that they are not to be. */
import type { LocalState } from '../../local/state';
import { Account, publishedOn } from './account';
import { synthesizeManaged } from './apps';
import { runMetaflow } from './metaflow';

let account: Account;
let output: string;
let own: string;
/** When all is over. */
let after: LocalState;

beforeAll(async () => {
  account = await Account.open(process.env.ENGINES_ENVIRONMENT!, synthesizeManaged);
  own = await account.submit(account.outputs.OwnJobArn!, account.outputs.QueueArn!);
  output = await runMetaflow(account);
  after = await account.untilNoInstance();
});

afterAll(() => account?.close());

/** The jobs of the flow by what tells them apart: step, task and retry. */
function jobsOfFlow(): Record<string, string> {
  const named = after.jobs.flatMap(({ name, status }) => {
    const [, key] = /-TotalFlow-\d+-(.*)$/.exec(name) ?? [];
    return key === undefined ? [] : [[key, status]];
  });
  return Object.fromEntries(named) as Record<string, string>;
}

test('the flow comes to the right result', () => {
  expect(output).toContain('the total is 5050');
});

test('what failed was submitted again by Metaflow, and by nobody else', () => {
  expect(jobsOfFlow()).toEqual({ 'part-2-0': 'SUCCEEDED', 'part-3-0': 'FAILED', 'part-3-1': 'SUCCEEDED' });
  // Three by Metaflow, the first of our own by the test, and its second by JobRetries.
  expect(after.jobs).toHaveLength(5);
  expect(after.apiCalls.batch).toMatchObject({ SubmitJob: 5 });
});

test('JobRetries, which has all jobs in its scope, has heeded the tag that opts out', async () => {
  const { id } = after.jobs.find(({ status, name }) => status === 'FAILED' && name.includes('TotalFlow'))!;
  expect((await account.job(id)).tags).toMatchObject({ 'batch-foreman:opt-out': 'true', app: 'metaflow' });
  expect(await account.lineage(id, account.outputs.LedgerName!)).toMatchObject({ retry: 'FINAL' });
  expect(publishedOn(after, id)).toEqual([]);
});

test('meanwhile JobRetries has submitted a job of its own definitions again', async () => {
  const { lineage } = (await account.lineage(own, account.outputs.LedgerName!))!;
  expect(lineage).toMatchObject({ root: own, status: 'SUCCEEDED', history: [{ exitCode: 1 }, {}] });
});

test('the instances came by AWS Batch, killed no job, and have gone', () => {
  expect(after.instances.length).toBeGreaterThan(0);
  for (const { requester, killed } of after.instances) {
    expect({ requester, killed }).toEqual({ requester: expect.stringMatching(/^batch:/), killed: [] });
  }
});

/** Jobs of people who mean harm, before what looks after jobs: retries, the ledger and timeouts. */
import { TerminateJobCommand } from '@aws-sdk/client-batch';
import { Duration } from 'aws-cdk-lib';
import { JobTimeouts, RetryRule } from '../../lib';
import { LedgerEnvironment, synthesize as synthesizeTimeouts } from '../stack/job-ledger/environment';
import { FAILS, RetriesEnvironment, SUCCEEDS, synthesize } from '../stack/job-retries/environment';
import { HOSTILE, isPolluted } from './hostile-words';

afterEach(() => expect(isPolluted()).toBe(false));

/** Of tags AWS Batch takes letters, digits, spaces and _.:/=+-@ only. */
const IN_TAGS = ['__proto__', 'constructor', '../../etc', 'a=b /x:@', '٣'];

describe('retries', () => {
  let assembly: string;
  let environment: RetriesEnvironment;
  beforeAll(() => {
    assembly = synthesize(({ spot }) => ({
      queues: [spot],
      rules: [RetryRule.onTimeout({ delay: Duration.seconds(1) }), RetryRule.onFailure({ delay: Duration.seconds(1) })],
      maxSubmissions: 4,
    }));
  });
  beforeEach(async () => {
    environment = await RetriesEnvironment.deploy(assembly);
  });

  test('repeat parameters, variables and tags character by character', async () => {
    const words = Object.values(HOSTILE);
    // A command that is overridden could not be told from one that a parameter was put into.
    const parameters = Object.fromEntries(words.map((word, index) => [`p${index}`, word]));
    const variables = words.map((value, index) => ({ name: `V${index}`, value }));
    const tags = Object.fromEntries(IN_TAGS.map((word, index) => [`tag-${index}`, word]));
    const job = { jobName: 'constructor', plays: [FAILS, SUCCEEDS], environment: variables, parameters, tags };
    await environment.submit(job);
    await environment.untilOver(2);
    const [first, second] = await Promise.all(environment.jobs().map(({ id }) => environment.describe(id)));
    expect(second!.parameters).toEqual(first!.parameters);
    expect(second!.parameters).toMatchObject(parameters);
    expect(second!.container!.environment).toEqual(expect.arrayContaining(variables));
    expect(second!.tags).toMatchObject(tags);
    expect(second!.container!.command).toEqual(first!.container!.command);
  });

  test.each([
    ['of a job that nobody knows', '00000000-0000-0000-0000-000000000000', '1'],
    ['with a number that has not come yet', '__proto__', '-100'],
    ['with a number that is none', 'constructor', 'NaN'],
    ['long past the last', '../../lineage', '1000000'],
  ])('give a job with the tags of a retry %s no more submissions than any other', async (_, lineage, attempt) => {
    const tags = { 'batch-foreman:lineage': lineage, 'batch-foreman:attempt': attempt };
    await environment.submit({ plays: [FAILS], tags });
    await environment.untilOver(3);
  });

  test('leave a lineage alone that another job pretends to be of', async () => {
    const victim = await environment.submit({ jobName: 'victim', plays: [FAILS, SUCCEEDS] });
    await environment.until('the victim runs', () => environment.job(victim).status === 'RUNNING');
    for (const attempt of ['1', '2', '3']) {
      const tags = { 'batch-foreman:lineage': victim, 'batch-foreman:attempt': attempt };
      await environment.submit({ jobName: 'victim', plays: [SUCCEEDS], tags });
    }
    await environment.untilOver(5);
    const lineage = (await environment.lineage(victim))!;
    expect(lineage.status).toBe('SUCCEEDED');
    expect(lineage.history).toHaveLength(2);
    const resubmitted = environment.events('Batch Job Retried') as { jobId?: string; successor?: string }[];
    expect(resubmitted).toHaveLength(1);
  });

  test.each(Object.entries({ ...HOSTILE, ours: 'Timed out: RUNNING for 9 min, limit 1 min [batch-foreman: Retries]' }))(
    'do not follow an end by a person whose reason is %s',
    async (_, reason) => {
      const id = await environment.submit({ plays: [{ runSeconds: 3600 }] });
      await environment.until('it runs', () => environment.job(id).status === 'RUNNING');
      await environment.batch.send(new TerminateJobCommand({ jobId: id, reason }));
      await environment.untilOver(1);
      expect(environment.job(id).statusReason).toBe(reason);
      expect(environment.events('Batch Job Retried')).toEqual([]);
    },
  );

  test('pass on reasons as text of the event and of the log', async () => {
    const plays = [{ runSeconds: 60, exitCode: 1, reason: HOSTILE['json'] }];
    await environment.submit({ plays });
    await environment.untilOver(3);
    const told = environment.events('Batch Job Retries Exhausted');
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).toContain(JSON.stringify(HOSTILE['json']).slice(1, -1));
    expect(Object.keys(told[0]!)).not.toContain('x');
  });
});

describe('timeouts', () => {
  let assembly: string;
  beforeAll(() => {
    assembly = synthesizeTimeouts((stack, queue) => {
      new JobTimeouts(stack, 'Timeouts', { queues: [queue], running: Duration.minutes(5) });
    });
  });

  test('hold whatever a tag says', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    const from = environment.now;
    const values = [...IN_TAGS, '999999999d', '-5', '1e9', '0', 'Infinity', '60.9h', '9'.repeat(250), ' '];
    for (const value of values) {
      await environment.submit({ runSeconds: 7200, startSeconds: 0, tags: { 'batch-foreman:timeout-running': value } });
    }
    const others = { 'batch-foreman:timeout-__proto__': '1h', 'batch-foreman:timeout-constructor': '1h' };
    await environment.submit({ runSeconds: 7200, startSeconds: 0, tags: others });
    await environment.until('all are over', () => environment.jobs().every(({ status }) => status === 'FAILED'), 1200);
    expect(environment.jobs()).toHaveLength(values.length + 1);
    for (const { stoppedAt } of environment.jobs()) expect(Math.floor((stoppedAt! - from) / 60_000)).toBeLessThan(8);
  });
});

/** Limits of single jobs by tag, and what is only said. */
import { Duration } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import { JobTimeouts } from '../../../lib';
import { LedgerEnvironment, synthesize } from '../job-ledger/environment';

const MINUTE = 60;
const limit = (state: string, value: string) => ({ [`batch-foreman:timeout-${state}`]: value });

describe('tags', () => {
  const assembly = synthesize((stack, queue) => {
    new JobTimeouts(stack, 'Timeouts', {
      queues: [queue],
      total: Duration.minutes(20),
      running: Duration.minutes(15),
      loosenUpTo: { running: Duration.minutes(18) },
    });
  });

  test.each([true, false])(
    'tighten, and loosen only as far as they may, whether events carry them: %s',
    async (carried) => {
      const environment = await LedgerEnvironment.deploy(assembly, { eventsCarryTags: carried });
      const from = environment.now;
      const submit = (tags?: Record<string, string>, more = {}) =>
        environment.submit({ runSeconds: 3600, startSeconds: 0, tags, ...more });
      const jobs = {
        plain: await submit(),
        tightened: await submit(limit('running', '5m')),
        loosened: await submit(limit('running', '17m')),
        farther: await submit(limit('running', '2h')),
        total: await submit(limit('total', '600')),
        totalLoosened: await submit(limit('total', '10h')),
        array: await submit(limit('running', '5m'), { arraySize: 2 }),
      };
      await environment.until('all are over', () => environment.jobs().every(({ status }) => status === 'FAILED'));
      const minutes = (jobId: string) => Math.floor((environment.job(jobId).stoppedAt! - from) / 60_000);
      expect(minutes(jobs.tightened)).toBe(5);
      expect(minutes(`${jobs.array}:1`)).toBe(5);
      expect(minutes(jobs.total)).toBe(10);
      expect(minutes(jobs.plain)).toBe(15);
      expect(minutes(jobs.loosened)).toBe(17);
      expect(minutes(jobs.farther)).toBe(18);
      expect(minutes(jobs.totalLoosened)).toBe(15);
    },
  );

  test('that are malformed are told of once, and the default applies', async () => {
    const environment = await LedgerEnvironment.deploy(assembly);
    const job = await environment.submit({
      runSeconds: 3600,
      tags: { ...limit('running', 'soon'), ...limit('total', '5') },
    });
    const array = await environment.submit({ runSeconds: 3600, arraySize: 3, tags: limit('running', '-1h') });
    await environment.until('all are over', () => environment.jobs().every(({ status }) => status === 'FAILED'));
    await environment.advance(3 * MINUTE);
    const ran = (environment.job(job).stoppedAt! - environment.job(job).startedAt!) / 1000;
    expect(ran).toBeGreaterThanOrEqual(15 * MINUTE);
    const told = environment.log.filter(({ message }) => String(message).startsWith('malformed tag'));
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ jobId: job, tag: 'batch-foreman:timeout-running', value: 'soon', level: 'WARN' }),
        expect.objectContaining({
          jobId: job,
          tag: 'batch-foreman:timeout-total',
          problem: 'it must be at least 60 s',
        }),
        expect.objectContaining({ jobId: array, value: '-1h' }),
      ]),
    );
  });
});

describe('a dry run', () => {
  // Had it been ended then, there would have been no other limit to pass.
  test('says once what it would do, and does nothing', async () => {
    const assembly = synthesize((stack, queue) => {
      new JobTimeouts(stack, 'Timeouts', {
        queues: [queue],
        running: Duration.minutes(5),
        total: Duration.minutes(12),
        dryRun: true,
      });
    });
    const environment = await LedgerEnvironment.deploy(assembly);
    const job = await environment.submit({ runSeconds: 20 * MINUTE });
    await environment.until('it is over', () => environment.job(job).status === 'SUCCEEDED');
    await environment.advance(3 * MINUTE);
    const details = environment.events().map(({ detail }) => detail);
    expect(details).toEqual([
      expect.objectContaining({ jobId: job, limit: 'RUNNING', dryRun: true, ended: false, action: 'TERMINATE' }),
    ]);
    expect(environment.aws.calls.counts()['batch']).not.toHaveProperty('TerminateJobs');
    expect((await environment.kept(job)).stop).toBeUndefined();
    expect(environment.aws.state().metrics).toContainEqual(expect.objectContaining({ metric: 'JobsPastLimit' }));
  });

  test('is what imported queues begin with', async () => {
    const assembly = synthesize((stack, queue) => {
      const imported = batch.JobQueue.fromJobQueueArn(stack, 'Imported', queue.jobQueueArn);
      new JobTimeouts(stack, 'Timeouts', { queues: [imported], running: Duration.minutes(5) });
    });
    const environment = await LedgerEnvironment.deploy(assembly);
    const job = await environment.submit({ runSeconds: 8 * MINUTE });
    await environment.until('it is over', () => environment.job(job).status === 'SUCCEEDED');
    expect(environment.events().map(({ detail }) => detail)).toMatchObject([{ jobId: job, dryRun: true }]);
  });
});

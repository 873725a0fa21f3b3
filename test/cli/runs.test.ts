/** `runs` and `backfill` on schedules, a trigger and a workflow that are deployed to the local AWS. */
import { BatchClient, UpdateJobQueueCommand } from '@aws-sdk/client-batch';
import { ConcurrencyPolicy, JobTrigger, TriggerEvent } from '../../lib';
import type { ShownRuns } from '../../cli/runs/model';
import type { BackfillPlan } from '../../lambda/scheduled-job/backfill';
import { isoTime } from '../../lambda/scheduled-job/run-names';
import { cron, Environment, MINUTE, plays, synthesize } from '../stack/scheduled-job/environment';
import * as workflows from '../stack/job-workflow/stage';
import { command } from './command';
import { Door } from './door';

let door: Door;
beforeAll(async () => {
  door = await Door.open();
});
afterAll(() => door.close());

describe('a schedule', () => {
  let environment: Environment;
  beforeAll(async () => {
    const assembly = synthesize(({ add }) => {
      add('hourly', cron('0 * * * ? *'), { runSeconds: 600 });
      add('slow', cron('0 * * * ? *'), { runSeconds: 5400, concurrencyPolicy: ConcurrencyPolicy.FORBID });
      add('asleep', cron('0 * * * ? *'), { suspended: true });
    });
    environment = await Environment.deploy(assembly);
    environment.aws.calls.keepRecords();
    door.serve(environment.aws);
    await environment.until('2026-01-01T04:05:00');
  });

  const at = () => ({ now: environment.now });

  test('its last runs, the newest first', async () => {
    const { exitCode, stdout } = await command(['runs', 'hourly', '--last', '3'], at());
    expect(exitCode).toBe(0);
    const [title, , heading, ...rows] = stdout.trimEnd().split('\n');
    expect(title).toBe('Schedule hourly, next due 2026-01-01T05:00:00Z');
    expect(heading).toMatch(/^time +status +took +id$/);
    const id = (hour: number) => environment.job(`hourly-20260101T0${hour}0000Z`).id;
    expect(rows).toEqual([
      expect.stringMatching(new RegExp(`^2026-01-01T04:00:00Z  RUNNING +${id(4)}$`)),
      expect.stringMatching(new RegExp(`^2026-01-01T03:00:00Z  SUCCEEDED  10 min  ${id(3)}$`)),
      expect.stringMatching(new RegExp(`^2026-01-01T02:00:00Z  SUCCEEDED  10 min  ${id(2)}$`)),
    ]);
  });

  test('what was skipped, and why, as JSON', async () => {
    const { stdout } = await command(['runs', 'slow', '--json'], at());
    const { runs } = JSON.parse(stdout) as ShownRuns;
    expect(runs.map(({ time, status, reason }) => [time.slice(11, 16), status, reason])).toEqual([
      ['04:00', 'SKIPPED', 'ACTIVE_RUNS'],
      ['03:00', 'RUNNING', undefined],
      ['02:00', 'SKIPPED', 'ACTIVE_RUNS'],
      ['01:00', 'SUCCEEDED', undefined],
    ]);
  });

  test('one that is suspended', async () => {
    const { stdout } = await command(['runs', 'asleep'], at());
    expect(stdout).toContain('Schedule asleep, suspended\n');
  });

  test('by the name of its function, for those who may not list functions', async () => {
    const { stdout } = await command(['runs', 'hourly', '--function', environment.functionName, '--last', '1'], at());
    expect(stdout).toContain('RUNNING');
    const { exitCode, stderr } = await command(['runs', 'hourly', '--function', 'another'], at());
    expect([exitCode, stderr]).toEqual([1, 'batch-foreman runs: There is no function another here\n']);
  });

  test('an unknown name is told with those that there are', async () => {
    expect(await command(['runs', 'daily'], at())).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'batch-foreman runs: There is no schedule and no workflow daily, and nothing has set off a trigger of that name: there are asleep, hourly, slow\n',
    });
  });

  test('reading changes nothing', () => {
    const made = environment.aws.calls.records().filter(({ principalArn }) => principalArn.endsWith('user/any'));
    expect(made.length).toBeGreaterThan(10);
    expect(made.filter(({ operation }) => !/^(Get|List|Describe|BatchGetItem|Query)/.test(operation))).toEqual([]);
  });

  describe('is backfilled', () => {
    const period = ['backfill', 'hourly', '--from', '2025-12-31T21:00:00Z', '--to', '2026-01-01'];

    test('for a try, which starts nothing', async () => {
      const before = environment.names();
      const { exitCode, stdout } = await command([...period, '--dry-run'], at());
      expect(exitCode).toBe(0);
      expect(stdout.split('\n')).toEqual([
        'hourly from 2025-12-31T21:00:00Z to 2026-01-01T04:05:00Z: 4 times would run, 4 have run or are about to',
        '  2025-12-31T21:00:00Z',
        '  2025-12-31T22:00:00Z',
        '  2025-12-31T23:00:00Z',
        '  2026-01-01T00:00:00Z',
        '',
      ]);
      expect(environment.names()).toEqual(before);
    });

    test('for good, once', async () => {
      const { stdout } = await command([...period, '--json'], at());
      expect((JSON.parse(stdout) as BackfillPlan).runs).toHaveLength(4);
      await environment.advance(2 * MINUTE);
      expect(environment.names()).toContain('hourly-20251231T210000Z');
      const again = await command([...period, '--json'], at());
      expect((JSON.parse(again.stdout) as BackfillPlan).runs).toEqual([]);
      const { stdout: runs } = await command(['runs', 'hourly', '--last', '8'], at());
      expect(runs).toMatch(/2025-12-31T21:00:00Z {2}(RUNNING|STARTING|RUNNABLE|SUBMITTED)/);
    });

    test('and its function says what it does not do', async () => {
      const { exitCode, stderr } = await command(
        ['backfill', 'hourly', '--from', '2020-01-01', '--to', '2021-01-01'],
        at(),
      );
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /^batch-foreman backfill: There are more than 500 times from .*; ask for a shorter period\n$/,
      );
    });
  });
});

test('a trigger: its events, with what became of the run of each', async () => {
  const assembly = synthesize(({ stack, job, queue, add }) => {
    add('nightly', cron('30 2 * * ? *'), { runSeconds: 5 });
    new JobTrigger(stack, 'Upload', {
      triggerName: 'upload',
      job,
      queue,
      environment: plays({ startSeconds: 0, runSeconds: 90 }),
      event: TriggerEvent.matching({ source: ['uploads'] }),
    });
  });
  const environment = await Environment.deploy(assembly);
  door.serve(environment.aws);
  const upload = () =>
    environment.aws.services.events.publish({ source: 'uploads', detailType: 'Uploaded', resources: [], detail: {} });
  const runs = async (...options: string[]) => {
    const { stdout } = await command(['runs', 'upload', '--json', ...options], { now: environment.now });
    return (JSON.parse(stdout) as ShownRuns).runs;
  };
  const before = await command(['runs', 'upload'], { now: environment.now });
  expect(before.stderr).toContain('There is no schedule and no workflow upload, and nothing has set off a trigger');
  const first = environment.now;
  upload();
  await environment.advance(3 * MINUTE);
  const second = environment.now;
  upload();
  await environment.advance(MINUTE);
  const text = await command(['runs', 'upload'], { now: environment.now });
  expect(text.stdout).toMatch(/^Trigger upload\n/);
  const [running, ended] = await runs();
  expect(running).toMatchObject({ time: isoTime(second), status: 'RUNNING' });
  expect(ended).toMatchObject({ time: isoTime(first), status: 'SUCCEEDED', id: environment.jobs()[0]!.id });
  expect(await runs('--last', '1')).toEqual([running]);

  const { jobQueue } = environment.submitted[0]!.input as { jobQueue: string };
  await environment.aws.client(BatchClient).send(new UpdateJobQueueCommand({ jobQueue, state: 'DISABLED' }));
  upload();
  await environment.advance(MINUTE);
  expect((await runs())[0]).toMatchObject({
    status: 'STARTING',
    reason: expect.stringContaining('is not ENABLED') as string,
  });
  await environment.advance(60 * MINUTE);
  const [failed, ...others] = await runs();
  expect(failed).toMatchObject({ status: 'FAILED', reason: expect.stringContaining('is not ENABLED') as string });
  expect(others.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
});

test('a workflow: its runs, those that go on and those that are over', async () => {
  const assembly = workflows.synthesize(({ add }) => {
    add('first').then(add('second', workflows.fails()));
  });
  const flow = await workflows.Flow.deploy(assembly);
  door.serve(flow.aws);
  const now = () => ({ now: flow.aws.clock.now() });
  expect((await command(['runs', 'flow'], now())).stdout).toBe('Workflow flow\n\nIt has had no runs.\n');
  await flow.end(await flow.start({ key: 'one' }));
  await flow.start({ key: 'two' });
  await flow.advance(30);
  const { exitCode, stdout } = await command(['runs', 'flow'], now());
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split('\n').slice(3)).toEqual([
    expect.stringMatching(/^\S+Z {2}RUNNING +flow-two {2}0 of 2 jobs succeeded$/),
    expect.stringMatching(/^\S+Z {2}FAILED +\d+ min.* flow-one {2}failed: second; 1 of 2 jobs succeeded$/),
  ]);
  const { stderr } = await command(['backfill', 'flow', '--from', '2025-12-01', '--to', '2025-12-02'], now());
  expect(stderr).toContain('flow is a workflow');
});

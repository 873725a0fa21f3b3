/** Schedules from the constructs, through EventBridge Scheduler, to jobs. */
import { Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { ConcurrencyPolicy, MissedRuns } from '../../../lib';
import { cron, DAY, Environment, HOUR, plays, synthesize } from './environment';

const HOURLY = cron('0 * * * ? *');

async function deploy(
  build: Parameters<typeof synthesize>[0],
  sweeps = '1 hour',
  maxvCpus?: number,
): Promise<Environment> {
  const environment = await Environment.deploy(synthesize(build, maxvCpus));
  await environment.widenSweeps(sweeps);
  return environment;
}

test('a job runs at its time, is named after it and knows it', async () => {
  const environment = await deploy(({ add }) => add('nightly', cron('30 2 * * ? *'), { parameters: { input: 'all' } }));
  await environment.until('2026-01-02T12:00');
  expect(environment.names()).toEqual(['nightly-20260101T023000Z', 'nightly-20260102T023000Z']);
  const [{ at, input }] = environment.submitted as [Environment['submitted'][0]];
  expect(at - Date.parse('2026-01-01T02:30Z')).toBeLessThan(5000);
  expect(input).toMatchObject({ parameters: { scheduledTime: '2026-01-01T02:30:00Z', input: 'all' } });
  expect(JSON.stringify(input)).toContain('{"name":"FOREMAN_SCHEDULED_TIME","value":"2026-01-01T02:30:00Z"}');
  expect(environment.jobs().map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(environment.told()).toMatchObject([
    { status: 'STARTED', schedule: 'nightly', scheduledTime: '2026-01-01T02:30:00Z' },
    { status: 'STARTED', schedule: 'nightly', scheduledTime: '2026-01-02T02:30:00Z' },
  ]);
  expect(await environment.deadLetters()).toBe(0);
});

test('a rate, one time, a flexible window, and a start with an end', async () => {
  const environment = await deploy(({ add }) => {
    add('rate', ScheduleExpression.rate(Duration.hours(6)));
    add('once', ScheduleExpression.at(new Date('2026-01-01T05:00:00Z')));
    add('flexible', cron('0 4 * * ? *'), { flexibleWindow: Duration.minutes(60) });
    add('limited', HOURLY, { start: new Date('2026-01-01T01:30:00Z'), end: new Date('2026-01-01T03:30:00Z') });
  });
  await environment.until('2026-01-01T23:00');
  expect(environment.times('rate')).toHaveLength(4);
  expect(environment.times('once')).toEqual(['2026-01-01T05:00']);
  expect(environment.times('flexible')).toEqual(['2026-01-01T04:00']);
  const { at } = environment.submitted.find(({ name }) => name.startsWith('flexible'))!;
  expect(at).toBeGreaterThan(Date.parse('2026-01-01T04:01Z'));
  expect(at).toBeLessThan(Date.parse('2026-01-01T05:01Z'));
  expect(environment.times('limited')).toEqual(['2026-01-01T02:00', '2026-01-01T03:00']);
});

describe('a suspension of three days', () => {
  const build = (suspended: boolean) =>
    synthesize(({ add }) => {
      for (const [name, missedRuns] of Object.entries({
        none: MissedRuns.NONE,
        latest: MissedRuns.LATEST,
        all: MissedRuns.all(10),
        two: MissedRuns.all(2),
      })) {
        add(name, cron('30 2 * * ? *'), { missedRuns, suspended });
      }
    });

  test.each(['by a deployment', 'by hand'])('%s, under each policy of missed runs', async (how) => {
    const names = ['none', 'latest', 'all', 'two'];
    const environment = await Environment.deploy(build(false));
    const set = async (suspended: boolean): Promise<void> => {
      if (how === 'by a deployment') await environment.redeploy(build(suspended));
      else for (const name of names) await environment.setState(name, suspended ? 'DISABLED' : 'ENABLED');
    };
    await environment.widenSweeps('1 hour');
    await environment.until('2026-01-01T12:00');
    await set(true);
    await environment.until('2026-01-04T12:10');
    for (const name of names) expect(environment.times(name)).toEqual(['2026-01-01T02:30']);
    await set(false);
    // The sweep sees that they go on.
    await environment.advance(HOUR);
    const missed = Object.fromEntries(names.map((name) => [name, environment.times(name).slice(1)]));
    expect(missed).toEqual({
      none: [],
      latest: ['2026-01-04T02:30'],
      all: ['2026-01-02T02:30', '2026-01-03T02:30', '2026-01-04T02:30'],
      two: ['2026-01-03T02:30', '2026-01-04T02:30'],
    });
    await environment.until('2026-01-05T12:00');
    for (const name of names) expect(environment.times(name).at(-1)).toBe('2026-01-05T02:30');
    const skipped = environment.log.filter(({ message }) => message === 'skipped');
    expect(skipped.map(({ schedule, reason, count }) => `${schedule} ${reason} ${count}`).sort()).toEqual([
      'latest MISSED 2',
      'none MISSED 3',
      'two MISSED 1',
    ]);
  });
});

test('a Scheduler that invokes twice, late and out of order starts one job for each time', async () => {
  const environment = await deploy(({ add }) => add('often', cron('0/10 * * * ? *')), '1 minute');
  environment.aws.setFaults({ seed: 3, events: { double: 1, delaySeconds: 1500, reorder: 0.5 } });
  await environment.until('2026-01-01T01:35');
  environment.aws.setFaults({});
  await environment.until('2026-01-01T02:25');
  const times = environment.times('often');
  expect(new Set(times).size).toBe(times.length);
  expect(times).toHaveLength(14);
});

test('an invocation that is lost is made up for within minutes', async () => {
  const environment = await deploy(({ add }) => add('hourly', HOURLY), '1 minute');
  await environment.until('2026-01-01T00:30');
  environment.aws.setFaults({ seed: 3, events: { lose: 1 } });
  await environment.until('2026-01-01T01:00');
  await environment.advance(1000);
  environment.aws.setFaults({});
  await environment.until('2026-01-01T01:05');
  expect(environment.times('hourly')).toEqual(['2026-01-01T01:00']);
});

describe('while a run is active', () => {
  test('FORBID skips, and says why', async () => {
    const environment = await deploy(({ add }) => {
      add('forbid', HOURLY, { concurrencyPolicy: ConcurrencyPolicy.FORBID, runSeconds: 5400 });
    });
    await environment.until('2026-01-01T04:30');
    expect(environment.times('forbid')).toEqual(['2026-01-01T01:00', '2026-01-01T03:00']);
    expect(environment.told().filter(({ status }) => status === 'SKIPPED')).toMatchObject([
      { scheduledTime: '2026-01-01T02:00:00Z', reason: 'ACTIVE_RUNS' },
      { scheduledTime: '2026-01-01T04:00:00Z', reason: 'ACTIVE_RUNS' },
    ]);
  });

  test('ALLOW with a limit has the next wait for room', async () => {
    const environment = await deploy(
      ({ add }) => add('allow', HOURLY, { maxActiveRuns: 1, runSeconds: 5400 }),
      '1 minute',
    );
    await environment.until('2026-01-01T02:20');
    expect(environment.times('allow')).toEqual(['2026-01-01T01:00']);
    await environment.until('2026-01-01T02:40');
    expect(environment.times('allow')).toEqual(['2026-01-01T01:00', '2026-01-01T02:00']);
  });

  test('REPLACE terminates a job that runs and cancels one that waits', async () => {
    const environment = await deploy(
      ({ add }) => {
        add('blocker', cron('30 1 * * ? *'), { runSeconds: 7200, arraySize: 4 });
        add('replace', HOURLY, { concurrencyPolicy: ConcurrencyPolicy.REPLACE, runSeconds: 5400 });
      },
      '1 minute',
      4,
    );
    await environment.until('2026-01-01T01:20');
    expect(environment.job('replace-20260101T010000Z').status).toBe('RUNNING');
    // From here on there is no room for another job.
    await environment.until('2026-01-01T02:05');
    expect(environment.job('replace-20260101T010000Z')).toMatchObject({
      status: 'FAILED',
      statusReason: 'A newer run of schedule replace takes its place',
    });
    expect(environment.job('replace-20260101T020000Z').status).toBe('RUNNABLE');
    await environment.until('2026-01-01T03:05');
    const waiting = environment.job('replace-20260101T020000Z');
    expect(waiting).toMatchObject({
      status: 'FAILED',
      statusReason: 'A newer run of schedule replace takes its place',
    });
    expect(waiting.startedAt).toBeUndefined();
    expect(environment.times('replace')).toEqual(['2026-01-01T01:00', '2026-01-01T02:00', '2026-01-01T03:00']);
    const { batch } = environment.aws.calls.counts();
    expect(batch).toMatchObject({ CancelJob: 1, TerminateJob: 1 });
  });
});

describe('a backfill', () => {
  test('tells what it would run, then runs what has not run', async () => {
    const environment = await deploy(({ add }) => add('daily', cron('30 2 * * ? *')));
    await environment.until('2026-01-02T12:00');
    const backfill = { schedule: 'daily', from: '2025-12-30T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const runs = ['2025-12-30T02:30:00Z', '2025-12-31T02:30:00Z'];
    const plan = { schedule: 'daily', runs, done: ['2026-01-01T02:30:00Z'] };
    expect(await environment.invoke({ backfill: { ...backfill, dryRun: true } })).toEqual({ ...plan, dryRun: true });
    expect(environment.names()).toHaveLength(2);
    expect(await environment.invoke({ backfill })).toEqual({ ...plan, dryRun: false });
    expect(environment.times('daily').slice(2)).toEqual(['2025-12-30T02:30', '2025-12-31T02:30']);
    expect(await environment.invoke({ backfill })).toMatchObject({ runs: [], done: [...runs, ...plan.done] });
    expect(environment.names()).toHaveLength(4);
  });

  test.each([
    [{ from: '2026-01-01', to: '2026-01-02' }, 'backfill.schedule is missing'],
    [{ schedule: 'other', from: '2026-01-01', to: '2026-01-01' }, 'There is no schedule other'],
    [{ schedule: 'daily', from: 'yesterday', to: '2026-01-01' }, 'backfill.from is "yesterday"'],
    [{ schedule: 'daily', from: '2026-01-01', to: '2025-01-01' }, 'no later than backfill.to'],
    [{ schedule: 'daily', from: '2026-01-01', to: '2036-01-01' }, 'must not be in the future'],
    [{ schedule: 'daily', from: '2020-01-01', to: '2025-12-31' }, 'more than 500 times'],
  ])('of %j is refused', async (backfill, message) => {
    environmentOfRefusals ??= deploy(({ add }) => add('daily', cron('30 2 * * ? *')));
    await expect((await environmentOfRefusals).invoke({ backfill })).rejects.toThrow(message);
  });
});

let environmentOfRefusals: Promise<Environment> | undefined;

test('each container of a job of several gets the variables, and an array is an array', async () => {
  const environment = await deploy(({ add }) => {
    add('array', cron('30 2 * * ? *'), { arraySize: 3, tags: { team: 'a' }, environment: plays({ runSeconds: 1 }) });
  });
  await environment.until('2026-01-01T02:40');
  expect(environment.submitted[0]!.input).toMatchObject({
    arrayProperties: { size: 3 },
    tags: { team: 'a', 'batch-foreman:run': expect.stringMatching(/\/array-20260101T023000Z$/) },
  });
  await environment.until('2026-01-01T02:50');
  expect(environment.job('array-20260101T023000Z').status).toBe('SUCCEEDED');
});

test('metrics tell of starts and of how late they were', async () => {
  const environment = await deploy(({ add }) => add('daily', cron('30 2 * * ? *')));
  await environment.until('2026-01-01T03:00');
  const metrics = environment.aws.state().metrics.filter(({ dimensions }) => 'Schedule' in dimensions);
  expect(metrics.map(({ metric }) => metric).sort()).toEqual(['RunsStarted', 'StartLateness']);
  expect(environment.now).toBeLessThan(Date.UTC(2026, 0, 1) + DAY);
});

/** Runs whose jobs fail and are submitted again by JobRetries: until that is decided, a run is not over. */
import { Duration } from 'aws-cdk-lib';
import { ConcurrencyPolicy, JobLedger, JobRetries, RetryRule } from '../../../lib';
import { cron, Environment, MINUTE, plays, synthesize } from './environment';

/** Runs that take almost an hour and fail, each hour. */
function hourly(concurrencyPolicy: ConcurrencyPolicy, shared = true): string {
  return synthesize(({ stack, queue, add }) => {
    const ledger = new JobLedger(stack, 'Ledger');
    const environment = plays({ startSeconds: 0, runSeconds: 3590, exitCode: 1 });
    add('hourly', cron('0 * * * ? *'), { concurrencyPolicy, ledger, environment });
    const rules = [RetryRule.onFailure({ attempts: 2, delay: Duration.seconds(10) })];
    // Declared afterwards: who retries is only known in the end.
    new JobRetries(stack, 'Retries', { queues: [queue], rules, ...(shared && { ledger }) });
  });
}

/** To the moment after the first run has failed, and before anybody has written down what follows: the ledger does not know. */
async function untilFailed(environment: Environment): Promise<void> {
  await environment.until('2026-01-01T01:30:00');
  // The ledger learns of the end by its sweep only.
  environment.aws.setFaults({ events: { lose: 0.999 } });
  await environment.until('2026-01-01T01:59:59');
  expect(environment.jobs().map(({ status }) => status)).toEqual(['FAILED']);
  // Its next one comes ten seconds after the full hour.
  environment.aws.setFaults({});
}

function active(environment: Environment): number {
  return environment.jobs().filter(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED').length;
}

/** The most jobs that were under way at a time. */
async function mostActive(environment: Environment, minutes: number): Promise<number> {
  let most = 0;
  for (let left = minutes * 6; left > 0; left--) {
    await environment.advance(MINUTE / 6);
    most = Math.max(most, active(environment));
  }
  return most;
}

test('FORBID takes a run that has just failed for active until it is known whether a retry follows', async () => {
  const environment = await Environment.deploy(hourly(ConcurrencyPolicy.FORBID), {
    settings: { fargateStartSeconds: 0 },
  });
  await untilFailed(environment);
  expect(await mostActive(environment, 20)).toBe(1);
  expect(environment.times('hourly')).toEqual(['2026-01-01T01:00', '2026-01-01T01:00']);
  expect(environment.told()).toContainEqual(expect.objectContaining({ status: 'SKIPPED', reason: 'ACTIVE_RUNS' }));
});

test('REPLACE ends the retry of a run that has just failed, and only then starts the next', async () => {
  const environment = await Environment.deploy(hourly(ConcurrencyPolicy.REPLACE), {
    settings: { fargateStartSeconds: 0 },
  });
  await untilFailed(environment);
  expect(await mostActive(environment, 20)).toBe(1);
  expect(environment.times('hourly')).toEqual(['2026-01-01T01:00', '2026-01-01T01:00', '2026-01-01T02:00']);
  const [, retry, next] = environment.jobs().sort((a, b) => a.createdAt - b.createdAt);
  expect(retry).toMatchObject({ status: 'FAILED' });
  expect(next).toMatchObject({ status: 'RUNNING' });
});

test('retries by another ledger are told at synth where runs are counted', () => {
  expect(() => hourly(ConcurrencyPolicy.FORBID, false)).toThrow(
    /hourly\] queue is .*; it must be one whose jobs are retried/,
  );
  expect(() => hourly(ConcurrencyPolicy.ALLOW, false)).not.toThrow();
});

import { Duration } from 'aws-cdk-lib';
import { JobTimeouts } from '../../../lib';
import { LedgerEnvironment, synthesize } from '../job-ledger/environment';

const MINUTE = 60;

/** Jobs that wait behind one that takes all the room, and pass a limit of three minutes all at once. */
export async function cancelsAllInTime(count: number): Promise<void> {
  const runnable = Duration.minutes(3);
  const assembly = synthesize(
    (stack, queue) => void new JobTimeouts(stack, 'Timeouts', { queues: [queue], runnable }),
    4,
  );
  const environment = await LedgerEnvironment.deploy(assembly);
  await environment.submit({ vcpus: 4, runSeconds: 100_000 });
  await environment.advance(30);
  for (let index = 0; index < count; index++) await environment.submit();
  await environment.advance(3 * MINUTE);
  const failed = () => environment.jobs().filter(({ status }) => status === 'FAILED');
  expect(failed()).toEqual([]);
  await environment.advance(150);
  expect(environment.jobs().filter(({ status }) => status !== 'FAILED')).toHaveLength(1);
  for (const { statusReason } of failed()) expect(statusReason).toMatch(/^Timed out: RUNNABLE for .* limit 3 min/);
  // Jobs with one reason are ended together, fifty a call.
  expect(environment.aws.calls.counts()['batch']!['CancelJobs']).toBeLessThanOrEqual(1.5 * Math.ceil(count / 50));
  await environment.advance(3 * MINUTE);
  expect(await environment.open()).toHaveLength(1);
  expect(await environment.messagesIn('TimeoutsDeadLetters')).toBe(0);
}

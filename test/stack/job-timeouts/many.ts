import { Duration } from 'aws-cdk-lib';
import { JobTimeouts } from '../../../lib';
import { LedgerEnvironment, synthesize } from '../job-ledger/environment';

const MINUTE = 60;
/** As long as calls take on a slow day. */
const SLOW = {
  'batch:*': { probability: 1, seconds: 0.5 },
  'dynamodb:*': { probability: 1, seconds: 0.05 },
  'events:*': { probability: 1, seconds: 0.05 },
};
/** What AWS Batch takes in an account and Region. */
const CALLS_PER_SECOND = 50;

interface Published {
  readonly Entries: readonly { readonly Detail: string }[];
}

const jobIdOf = (detail: string): string => (JSON.parse(detail) as { jobId: string }).jobId;

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
  environment.aws.setFaults({ delay: SLOW });
  const perSecond = new Map<number, number>();
  const told = new Set<string>();
  environment.aws.calls.onCall(({ service, functionName, time, input }) => {
    if (service === 'events') for (const { Detail } of (input as Published).Entries) told.add(jobIdOf(Detail));
    if (service !== 'batch' || functionName === undefined) return;
    const second = Math.floor(time / 1000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  });
  await environment.advance(150);
  expect(environment.jobs().filter(({ status }) => status !== 'FAILED')).toHaveLength(1);
  for (const { statusReason } of failed()) expect(statusReason).toMatch(/^Timed out: RUNNABLE for .* limit 3 min/);
  // Jobs with one reason are ended together, fifty a call.
  expect(environment.aws.calls.counts()['batch']!['CancelJobs']).toBeLessThanOrEqual(1.5 * Math.ceil(count / 50));
  expect(Math.max(...perSecond.values())).toBeLessThan(CALLS_PER_SECOND);
  await environment.advance(4 * MINUTE);
  environment.aws.setFaults({});
  expect(await environment.open()).toHaveLength(1);
  expect(told.size).toBe(count);
  expect(await environment.messagesIn('TimeoutsDeadLetters')).toBe(0);
}

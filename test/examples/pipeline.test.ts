import { BatchClient, TerminateJobCommand } from '@aws-sdk/client-batch';
import type { LocalAws } from '../../local/local-aws';
import { RunningExample } from './example';

interface EndOfRun {
  readonly status: string;
  readonly scheduledTime: string;
  readonly startedAt: string;
  readonly jobs: readonly { name: string; outcome: string; startedAt?: string; stoppedAt?: string }[];
}

function ends(aws: LocalAws): EndOfRun[] {
  return aws.services.events
    .recentEvents()
    .filter((event) => event['detail-type'] === 'Batch Workflow Run')
    .map(({ detail }) => detail as unknown as EndOfRun);
}

/** When each job was over, in minutes from the beginning of the run. */
function timeline({ startedAt, jobs }: EndOfRun): string {
  return jobs
    .map(({ name, outcome, stoppedAt }) => {
      const minutes = stoppedAt && ((Date.parse(stoppedAt) - Date.parse(startedAt)) / 60_000).toFixed(1);
      return `${name.padEnd(10)}${outcome.padEnd(16)}${(minutes ?? '').padStart(5)}`;
    })
    .join('\n');
}

/** Advances minute by minute. */
async function untilEnds(aws: LocalAws, count: number, mostMinutes: number): Promise<void> {
  for (let minutes = 0; ends(aws).length < count; minutes++) {
    if (minutes === mostMinutes) throw new Error(`Not within ${mostMinutes} minutes`);
    await aws.virtualClock!.advance(60_000);
  }
}

test('at three in the morning in Tokyo, and not before, the pipeline runs: one job after the other', async () => {
  const example = await RunningExample.deploy('pipeline', undefined, {
    local: { start: Date.UTC(2026, 0, 1, 17, 58) },
  });
  const { aws } = example;
  await untilEnds(aws, 1, 120);
  const [end] = ends(aws);
  process.stdout.write(`${timeline(end!)}\n`);
  expect(end).toMatchObject({ status: 'SUCCEEDED', scheduledTime: '2026-01-01T18:00:00Z' });
  expect(Object.fromEntries(end!.jobs.map(({ name, outcome }) => [name, outcome]))).toEqual({
    Prepare: 'SUCCEEDED',
    Train: 'SUCCEEDED',
    Aggregate: 'SUCCEEDED',
    Notify: 'SUCCEEDED',
    CleanUp: 'SKIPPED',
  });
  const jobs = [...aws.services.batch.jobs()];
  const prepared = jobs.filter(({ id }) => id.includes(':'));
  expect(prepared).toHaveLength(100);
  const train = jobs.find(({ name }) => name.endsWith('-Train'))!;
  expect(train).toMatchObject({ gpus: 1, status: 'SUCCEEDED' });
  expect(train.startedAt).toBeGreaterThan(Math.max(...prepared.map(({ stoppedAt }) => stoppedAt!)));
});

test('when the preparation fails, nothing that needs it runs, and what was left behind is cleaned up', async () => {
  const example = await RunningExample.deploy('pipeline', undefined, {
    local: { start: Date.UTC(2026, 0, 1, 17, 59) },
  });
  const { aws } = example;
  const clock = aws.virtualClock!;
  const child = () => [...aws.services.batch.jobs()].find(({ id, status }) => id.includes(':') && status === 'RUNNING');
  expect(await clock.runUntilHolds(() => child() !== undefined, clock.now() + 1800_000)).toBe(true);
  await aws.client(BatchClient).send(new TerminateJobCommand({ jobId: child()!.id, reason: 'broken input' }));
  await untilEnds(aws, 1, 120);
  const [end] = ends(aws);
  expect(end!.status).toBe('FAILED');
  expect(Object.fromEntries(end!.jobs.map(({ name, outcome }) => [name, outcome]))).toEqual({
    Prepare: 'FAILED',
    Train: 'UPSTREAM_FAILED',
    Aggregate: 'UPSTREAM_FAILED',
    Notify: 'UPSTREAM_FAILED',
    CleanUp: 'SUCCEEDED',
  });
});

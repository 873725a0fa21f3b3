import { LOCAL_JOB } from '../../workload/local-job';
import { RunningExample } from './example';

test('a job that hangs while it starts is ended, and one that allows itself ten minutes has no more', async () => {
  const example = await RunningExample.deploy('job-timeouts');
  const submit = (attempt: object, tags?: Record<string, string>) =>
    example.submit({
      jobQueue: example.output('QueueName'),
      jobDefinition: example.output('JobName'),
      tags,
      containerOverrides: { environment: [{ name: LOCAL_JOB, value: JSON.stringify({ attempts: [attempt] }) }] },
    });
  const hangs = await submit({ startSeconds: 100_000 });
  const short = await submit({ runSeconds: 3600 }, { 'batch-foreman:timeout-running': '10m' });
  const long = await submit({ runSeconds: 3600 });
  const clock = example.aws.virtualClock!;
  await clock.advance(90 * 60_000);
  const job = (jobId: string) => [...example.aws.services.batch.jobs()].find(({ id }) => id === jobId)!;
  expect(job(hangs).statusReason).toMatch(
    /^Timed out: STARTING for 1[567] min, limit 15 min \[batch-foreman: JobTimeouts\/Timeouts\]/,
  );
  expect(job(short).statusReason).toMatch(/^Timed out: RUNNING for 1[01] min/);
  expect(job(long).status).toBe('SUCCEEDED');
});

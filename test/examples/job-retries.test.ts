import { RunningExample } from './example';

test('each failure is followed as its rule says: more memory, another queue, or nothing', async () => {
  const example = await RunningExample.deploy('job-retries');
  const { aws } = example;
  const submit = (key: string, ...attempts: object[]) =>
    example.submit({
      jobQueue: example.output('QueueName'),
      jobDefinition: example.output('JobName'),
      parameters: { day: key },
      containerOverrides: { environment: [{ name: 'LOCAL_JOB', value: JSON.stringify({ key, attempts }) }] },
    });
  const ends = { runSeconds: 60 };
  const interrupted = { runSeconds: 60, hostTerminated: true };
  await submit('large', { runSeconds: 60, peakMemoryMiB: 3000 });
  await submit('unlucky', interrupted, interrupted, ends);
  await submit('early', { runSeconds: 5, exitCode: 75 }, ends);
  await submit('wrong', { runSeconds: 5, exitCode: 1 });
  await aws.virtualClock!.advance(2 * 3600_000);
  const jobs = [...aws.services.batch.jobs()].sort((a, b) => a.createdAt - b.createdAt);
  const told = (status: string) => jobs.filter((job) => job.status === status);
  expect(told('FAILED')).toHaveLength(1 + 2 + 1 + 1);
  expect(told('SUCCEEDED')).toHaveLength(3);
  expect(told('SUCCEEDED').map(({ memoryMiB }) => memoryMiB)).toContain(4096);
  expect(told('SUCCEEDED').map(({ queue }) => queue)).toContainEqual(expect.stringContaining('Certain'));
});

import { makeTheirs } from '../stack/queue-depth-autoscaler/theirs';
import { RunningExample } from './example';

test('jobs of ours run on their instances, theirs beside them, and on managed ones in their network', async () => {
  const example = await RunningExample.deploy('import-existing', makeTheirs);
  const jobDefinition = example.output('OursName');
  const queues = [example.output('OurQueueName'), 'their-bulk', example.output('ManagedQueueName')];
  const environments: (string | undefined)[] = [];
  for (const jobQueue of queues) {
    const job = await example.ended(await example.submit({ jobQueue, jobDefinition }));
    expect(job).toMatchObject({ status: 'SUCCEEDED', vcpus: 2 });
    environments.push(job.environment);
  }
  expect(environments).toEqual(['their-environment', 'their-environment', expect.stringContaining('Managed')]);
});

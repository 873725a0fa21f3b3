import { RunningExample } from './example';

test('a job of one stack runs on the instances of another, in each stage', async () => {
  const example = await RunningExample.deploy('multi-stack-stage');
  expect(example.stacks).toHaveLength(6);
  for (const stage of ['Staging', 'Production']) {
    const jobId = await example.submit({
      jobQueue: example.output('QueueName', stage),
      jobDefinition: example.output('JobName', stage),
    });
    expect(await example.ended(jobId)).toMatchObject({ status: 'SUCCEEDED', vcpus: 4 });
  }
  expect(example.aws.state().instances).toHaveLength(2);
});

import { RunningExample } from './example';

test('training waits for pre-processing, each on an instance of its shape', async () => {
  const example = await RunningExample.deploy('cpu-and-gpu');
  const jobQueue = example.output('QueueName');
  const preprocess = await example.submit({ jobQueue, jobDefinition: example.output('PreprocessName') });
  const train = await example.submit({
    jobQueue,
    jobDefinition: example.output('TrainName'),
    dependsOn: [{ jobId: preprocess }],
  });
  const trained = await example.ended(train);
  const preprocessed = example.job(preprocess);
  expect(preprocessed).toMatchObject({ status: 'SUCCEEDED', vcpus: 4, gpus: 0 });
  expect(trained).toMatchObject({ status: 'SUCCEEDED', vcpus: 8, gpus: 1 });
  expect(trained.startedAt).toBeGreaterThan(preprocessed.stoppedAt!);
  expect(trained.containerInstanceArn).not.toBe(preprocessed.containerInstanceArn);
});

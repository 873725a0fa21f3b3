import type { ExampleTemplate } from './example';
import { RunningExample } from './example';

test('pre-processing and training share a file system, each where it is mounted', async () => {
  const example = await RunningExample.deploy('unmanaged-gpu-efs');
  const preprocess = await example.submit({
    jobQueue: example.output('PreprocessingQueueName'),
    jobDefinition: example.output('PreprocessName'),
  });
  const train = await example.submit({
    jobQueue: example.output('TrainingQueueName'),
    jobDefinition: example.output('TrainName'),
    dependsOn: [{ jobId: preprocess }],
  });
  expect(await example.ended(train)).toMatchObject({ status: 'SUCCEEDED', gpus: 1 });
  const { mounts, volumes } = example.instanceOf(train);
  expect(mounts).toEqual([
    { mountPoint: '/mnt/data', source: expect.stringMatching('^fs-') },
    { mountPoint: '/mnt/scratch', source: volumes.find(({ sizeGiB }) => sizeGiB === 500)!.volumeId },
  ]);
  expect(volumes.every(({ encrypted, attachment }) => encrypted && attachment!.deleteOnTermination)).toBe(true);
});

function withoutMountTargets({ Resources }: ExampleTemplate): void {
  for (const [id, { Type }] of Object.entries(Resources)) {
    if (Type === 'AWS::EFS::MountTarget') delete Resources[id];
  }
  for (const resource of Object.values(Resources)) delete resource.DependsOn;
}

test('without a mount target no job starts on Fargate, and no instance takes one', async () => {
  const example = await RunningExample.deploy('unmanaged-gpu-efs', undefined, { spoil: withoutMountTargets });
  const preprocess = await example.submit({
    jobQueue: example.output('PreprocessingQueueName'),
    jobDefinition: example.output('PreprocessName'),
  });
  const train = await example.submit({
    jobQueue: example.output('TrainingQueueName'),
    jobDefinition: example.output('TrainName'),
  });
  const failed = await example.ended(preprocess);
  expect(failed).toMatchObject({ status: 'FAILED', statusReason: 'Task failed to start' });
  await example.advance(1200);
  expect(example.job(train).status).toBe('RUNNABLE');
  const { instances } = example.aws.state();
  expect(instances.length).toBeGreaterThan(0);
  expect(instances.every(({ registeredAt }) => registeredAt === undefined)).toBe(true);
});

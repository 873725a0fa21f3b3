import { RunningExample } from './example';

test('training runs on a Spot instance, on an On-Demand one while there is none, and both go again', async () => {
  const example = await RunningExample.deploy('unmanaged-gpu');
  const job = { jobQueue: example.output('QueueName'), jobDefinition: example.output('TrainName') };
  expect(await example.ended(await example.submit(job))).toMatchObject({ status: 'SUCCEEDED', gpus: 1 });
  await example.aws.virtualClock!.advance(3600_000);
  const [spot] = example.aws.state().instances;
  // Who launched it is its group.
  const group = spot!.requester.replace('autoscaling:', '');
  example.aws.faults.set({ launch: { [group]: 'InsufficientInstanceCapacity' } });
  expect(await example.ended(await example.submit(job))).toMatchObject({ status: 'SUCCEEDED', gpus: 1 });
  await example.aws.virtualClock!.advance(3600_000);
  const { instances } = example.aws.state();
  expect(instances.map(({ spot, state }) => [spot, state])).toEqual([
    [true, 'terminated'],
    [false, 'terminated'],
  ]);
});

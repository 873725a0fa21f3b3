import { RunningExample } from './example';

test('a job whose Spot instance is taken back is tried again, on instances that the template says', async () => {
  const example = await RunningExample.deploy('spot-fleet');
  const jobId = await example.submit({
    jobQueue: example.output('QueueName'),
    jobDefinition: example.output('SimulateName'),
    parameters: { year: '1990' },
    shareIdentifier: 'urgent',
    containerOverrides: {
      environment: [
        {
          name: 'LOCAL_JOB',
          value: JSON.stringify({ attempts: [{ runSeconds: 600, hostTerminated: true }, { runSeconds: 60 }] }),
        },
      ],
    },
  });
  expect(await example.ended(jobId)).toMatchObject({ status: 'SUCCEEDED', vcpus: 4, attempts: 2 });
  const { instances } = example.aws.state();
  // The cheapest of the three families by what the local AWS knows.
  expect(new Set(instances.map(({ spot, instanceType }) => [spot, instanceType].join()))).toEqual(
    new Set(['true,m6i.xlarge']),
  );
});

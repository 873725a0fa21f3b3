import { DescribeJobsCommand, BatchClient } from '@aws-sdk/client-batch';
import { RunningExample } from './example';

test('a job on Fargate refers to its secrets by ARNs, and holds none', async () => {
  const example = await RunningExample.deploy('secrets');
  const jobId = await example.submit({
    jobQueue: example.output('QueueName'),
    jobDefinition: example.output('LoadName'),
  });
  expect(await example.ended(jobId)).toMatchObject({ status: 'SUCCEEDED', vcpus: 2, memoryMiB: 8192 });
  const { jobs } = await example.aws.client(BatchClient).send(new DescribeJobsCommand({ jobs: [jobId] }));
  const [{ container }] = jobs!;
  expect(container).toMatchObject({
    runtimePlatform: { cpuArchitecture: 'ARM64' },
    ephemeralStorage: { sizeInGiB: 50 },
    command: ['load', 'observations'],
  });
  const secrets = Object.fromEntries(container!.secrets!.map(({ name, valueFrom }) => [name, valueFrom]));
  expect(secrets).toEqual({
    DB_USER: expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:.*:user::$/),
    DB_PASSWORD: expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:.*:password::$/),
    API_TOKEN: 'arn:aws:ssm:us-east-1:123456789012:parameter/etl/token',
  });
});

import { type AutoscalerConfig, autoscalerConfigEntries, parseAutoscalerConfig } from '../../../lib/autoscaling/config';

const config: AutoscalerConfig = {
  computeEnvironmentArn: 'arn:aws:batch:eu-west-1:123456789012:compute-environment/ce',
  clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/ce',
  queueArns: ['arn:aws:batch:eu-west-1:123456789012:job-queue/q'],
  pools: [
    {
      name: 'cpu',
      autoScalingGroupName: 'asg',
      instanceTypes: ['c5.large'],
      capacity: { vcpus: 2, memoryMiB: 3600, gpus: 0 },
      cost: 2,
      maxInstances: 4,
      spareInstances: 0,
      opensForCpuJobs: false,
    },
  ],
  tableName: 'table',
  scaleInAfterSeconds: 60,
  drainSeconds: 60,
  provisionTimeoutSeconds: 600,
  jobBudget: 1000,
};

const written = autoscalerConfigEntries(config) as { pools: object[] };

test('reads what the construct writes', () => {
  const everything: AutoscalerConfig = {
    ...config,
    maxvCpus: 64,
    pools: [
      ...config.pools,
      {
        name: 'g5.xlarge',
        autoScalingGroupName: 'asg2',
        instanceTypes: ['g5.xlarge', 'g6.xlarge'],
        capacity: { vcpus: 4, memoryMiB: 15_000, gpus: 1 },
        cost: 1.006,
        maxInstances: 8,
        spareInstances: 1,
        opensForCpuJobs: true,
      },
    ],
  };
  for (const one of [config, everything]) {
    expect(parseAutoscalerConfig(JSON.stringify(autoscalerConfigEntries(one)))).toEqual(one);
  }
});

test.each<[string, string | undefined, RegExp]>([
  ['absent', undefined, /CONFIG is missing/],
  ['empty', '', /CONFIG is missing/],
  ['cut off', '{"clusterArn":', /CONFIG is not JSON/],
  ['no object', '[]', /CONFIG\.computeEnvironmentArn is undefined, not a string/],
  [
    'without a table',
    JSON.stringify({ ...written, tableName: undefined }),
    /CONFIG\.tableName is undefined, not a string/,
  ],
  [
    'with a text for a number',
    JSON.stringify({ ...written, jobBudget: '5' }),
    /CONFIG\.jobBudget is "5", not a number/,
  ],
  ['without a list', JSON.stringify({ ...written, queueArns: {} }), /CONFIG\.queueArns is \{\}, not a list/],
  ['with half a limit', JSON.stringify({ ...written, maxvCpus: '9' }), /CONFIG\.maxvCpus is "9", not a number/],
  [
    'with a pool without memory',
    JSON.stringify({ ...written, pools: [{ ...written.pools[0], memoryMiB: undefined }] }),
    /CONFIG\.pools\[0\]\.memoryMiB is undefined, not a number/,
  ],
])('CONFIG that is %s is refused by name', (_, text, message) => {
  expect(() => parseAutoscalerConfig(text)).toThrow(message);
});

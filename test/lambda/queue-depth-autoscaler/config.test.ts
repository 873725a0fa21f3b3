import { type AutoscalerConfig, parseAutoscalerConfig } from '../../../lib/autoscaling/config';

const config: AutoscalerConfig = {
  computeEnvironmentArn: 'arn:aws:batch:eu-west-1:123456789012:compute-environment/ce',
  clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/ce',
  queues: [{ arn: 'arn:aws:batch:eu-west-1:123456789012:job-queue/q', priority: 1 }],
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

test('reads what the construct writes', () => {
  expect(parseAutoscalerConfig(JSON.stringify(config))).toEqual(config);
});

test.each<[string, string | undefined, RegExp]>([
  ['absent', undefined, /CONFIG is missing/],
  ['empty', '', /CONFIG is missing/],
  ['cut off', '{"clusterArn":', /CONFIG is not JSON/],
  ['no object', '[]', /CONFIG\.computeEnvironmentArn is undefined, not a string/],
  [
    'without a table',
    JSON.stringify({ ...config, tableName: undefined }),
    /CONFIG\.tableName is undefined, not a string/,
  ],
  ['with a text for a number', JSON.stringify({ ...config, jobBudget: '5' }), /CONFIG\.jobBudget is "5", not a number/],
  ['without a list', JSON.stringify({ ...config, queues: {} }), /CONFIG\.queues is \{\}, not a list/],
  [
    'with a pool without memory',
    JSON.stringify({ ...config, pools: [{ ...config.pools[0], capacity: { vcpus: 2, gpus: 0 } }] }),
    /CONFIG\.pools\[0\]\.capacity\.memoryMiB is undefined, not a number/,
  ],
])('CONFIG that is %s is refused by name', (_, text, message) => {
  expect(() => parseAutoscalerConfig(text)).toThrow(message);
});

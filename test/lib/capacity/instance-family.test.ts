import { CfnParameter } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { InstanceClass, InstanceSize } from 'aws-cdk-lib/aws-ec2';
import type { InstanceFamilyProps, UnmanagedCapacityOptions } from '../../../lib';
import type { AutoscalerConfig } from '../../../lib/autoscaling/config';
import { autoscalerConfig } from '../autoscaler-config';
import { clusterStack, instanceTypes, unmanagedStack } from '../fixture';

function configOf(options: UnmanagedCapacityOptions): AutoscalerConfig {
  return autoscalerConfig(Template.fromStack(unmanagedStack(options).stack));
}

/** Instance types and the most instances of each pool. */
function poolsOf(families: InstanceFamilyProps[], maxvCpus = 1000): Record<string, string> {
  const { pools } = configOf({ families, maxvCpus });
  return Object.fromEntries(
    pools.map(({ name, instanceTypes: types, maxInstances }) => [name, `${types.join(' ')} ≤ ${maxInstances}`]),
  );
}

describe('a family becomes', () => {
  test('pools of 16, 8, 4, 2 and 1 times an instance', () => {
    expect(poolsOf([{ instanceClasses: [InstanceClass.M6I] }])).toEqual({
      'm6i.16xlarge': 'm6i.16xlarge ≤ 15',
      'm6i.8xlarge': 'm6i.8xlarge ≤ 31',
      'm6i.4xlarge': 'm6i.4xlarge ≤ 62',
      'm6i.2xlarge': 'm6i.2xlarge ≤ 125',
      'm6i.xlarge': 'm6i.xlarge ≤ 250',
    });
  });

  test('pools of several types where families are alike', () => {
    const family = { instanceClasses: [InstanceClass.M6I, InstanceClass.M5, InstanceClass.M7I], sizes: 2 };
    expect(poolsOf([family])).toEqual({
      'm6i.16xlarge': 'm6i.16xlarge m5.16xlarge m7i.16xlarge ≤ 15',
      'm6i.8xlarge': 'm6i.8xlarge m5.8xlarge m7i.8xlarge ≤ 31',
    });
  });

  test('the sizes below the one that is told', () => {
    const family = { instanceClasses: [InstanceClass.M6G], largestSize: InstanceSize.XLARGE4 };
    expect(Object.keys(poolsOf([family]))).toEqual([
      'm6g.4xlarge',
      'm6g.2xlarge',
      'm6g.xlarge',
      'm6g.large',
      'm6g.medium',
    ]);
  });

  test('no size that the limit does not allow', () => {
    expect(poolsOf([{ instanceClasses: [InstanceClass.M6I] }], 10)).toEqual({
      'm6i.2xlarge': 'm6i.2xlarge ≤ 1',
      'm6i.xlarge': 'm6i.xlarge ≤ 2',
      'm6i.large': 'm6i.large ≤ 5',
    });
  });

  test('halves as far as they go in a family whose sizes are uneven', () => {
    expect(Object.keys(poolsOf([{ instanceClasses: [InstanceClass.C5], largestSize: InstanceSize.XLARGE18 }]))).toEqual(
      ['c5.18xlarge', 'c5.9xlarge', 'c5.4xlarge', 'c5.2xlarge', 'c5.xlarge'],
    );
  });

  test('sizes for each number of GPUs', () => {
    expect(Object.keys(poolsOf([{ instanceClasses: [InstanceClass.G5] }]))).toEqual([
      'g5.48xlarge',
      'g5.24xlarge',
      'g5.12xlarge',
      'g5.16xlarge',
      'g5.8xlarge',
      'g5.4xlarge',
      'g5.2xlarge',
      'g5.xlarge',
    ]);
    expect(Object.keys(poolsOf([{ instanceClasses: [InstanceClass.P5], sizes: 1 }]))).toEqual([
      'p5.48xlarge',
      'p5.4xlarge',
    ]);
  });
});

describe('costs', () => {
  const costs = (families: InstanceFamilyProps[]) =>
    Object.fromEntries(configOf({ families, maxvCpus: 1000 }).pools.map(({ name, cost }) => [name, cost]));

  test.each([
    ['m6i.xlarge', 0.192, InstanceClass.M6I],
    ['c6i.4xlarge', 0.68, InstanceClass.C6I],
    ['r6i.2xlarge', 0.504, InstanceClass.R6I],
    ['g5.xlarge', 1.006, InstanceClass.G5],
    ['g5.48xlarge', 16.288, InstanceClass.G5],
    ['g6.12xlarge', 4.6016, InstanceClass.G6],
  ])('of %s are near its price of $%f an hour', (name, price, family) => {
    const cost = costs([{ instanceClasses: [family] }])[name];
    expect(cost / price).toBeGreaterThan(0.875);
    expect(cost / price).toBeLessThan(1.125);
  });

  test('are in proportion to the one that is told', () => {
    expect(costs([{ instanceClasses: [InstanceClass.M6I], cost: 16, sizes: 3 }])).toEqual({
      'm6i.16xlarge': 16,
      'm6i.8xlarge': 8,
      'm6i.4xlarge': 4,
    });
  });

  test('make Spot come first, with On-Demand to fall back on', () => {
    const family = { instanceClasses: [InstanceClass.M6I], sizes: 1 };
    const both = costs([family, { ...family, spot: true }]);
    expect(Object.keys(both)).toEqual(['m6i.16xlarge', 'm6i.16xlarge-spot']);
    expect(both['m6i.16xlarge-spot']).toBeLessThan(both['m6i.16xlarge']);
  });

  test('need not be told where families with and without GPUs mix', () => {
    const families = [{ instanceClasses: [InstanceClass.G5] }, { instanceClasses: [InstanceClass.M6I] }];
    expect(Object.keys(costs(families))).toHaveLength(13);
  });
});

test('the limit on the vCPUs is the environment’s', () => {
  expect(configOf({ families: [{ instanceClasses: [InstanceClass.M6I] }], maxvCpus: 100 }).maxvCpus).toBe(100);
});

test('families and pools go together', () => {
  const pool = { instanceTypes: instanceTypes('c6i.large'), maxInstances: 1, cost: 0.085 };
  const families = [{ instanceClasses: [InstanceClass.M6I], sizes: 1 }];
  const { pools } = configOf({ pools: [pool], families, maxvCpus: 64 });
  expect(pools.map(({ name }) => name)).toEqual(['c6i.large', 'm6i.16xlarge']);
});

test('a limit that is known at deployment only is let through', () => {
  const { stack, cluster } = clusterStack();
  const maxvCpus = new CfnParameter(stack, 'Limit', { type: 'Number' }).valueAsNumber;
  const capacity = cluster.addUnmanagedCapacity('Capacity', {
    families: [{ instanceClasses: [InstanceClass.M6I] }],
    maxvCpus,
  });
  cluster.addQueue('Queue', { capacity: [capacity] });
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::AutoScaling::AutoScalingGroup', { MaxSize: { Ref: 'Limit' } });
  template.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 5);
});

describe('refused is', () => {
  const m6i: InstanceFamilyProps = { instanceClasses: [InstanceClass.M6I] };
  const cases: [string, UnmanagedCapacityOptions, string][] = [
    ['a family without a limit', { families: [m6i] }, 'maxvCpus is missing; it must be given where families are.'],
    [
      'a limit below the smallest size',
      { families: [m6i], maxvCpus: 1 },
      'maxvCpus is 1; it must be at least 2, the vCPUs of the smallest m6i.',
    ],
    ['a limit of nothing', { families: [m6i], maxvCpus: 0.5 }, 'maxvCpus is 0.5; it must be at least 2'],
    [
      'no family',
      { families: [{ instanceClasses: [] }], maxvCpus: 64 },
      'families[0].instanceClasses is empty; it must be a list of at least one family.',
    ],
    [
      'a family that nobody knows',
      { families: [{ instanceClasses: [InstanceClass.P2] }], maxvCpus: 64 },
      'families[0].instanceClasses is p2; it must be families that are listed by the library and have sizes in common. ' +
        'Give pools with instance types and their shape instead.',
    ],
    [
      'families of two shapes',
      { families: [m6i, { instanceClasses: [InstanceClass.M5, InstanceClass.C6I] }], maxvCpus: 64 },
      'families[1].instanceClasses is m5.large (2 vCPU, 8192 MiB, x86_64) and c6i.large (2 vCPU, 4096 MiB, x86_64); it ' +
        'must be families of one shape, size by size. Put each into an entry of its own.',
    ],
    [
      'a size that the family has not',
      { families: [{ ...m6i, largestSize: InstanceSize.XLARGE9 }], maxvCpus: 64 },
      'families[0].largestSize is 9xlarge; it must be one of large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, ' +
        '16xlarge, 24xlarge, 32xlarge.',
    ],
    [
      'more sizes than there are',
      { families: [{ ...m6i, sizes: 11 }], maxvCpus: 64 },
      'families[0].sizes is 11; it must be a whole number from 1 to 10.',
    ],
    [
      'a cost of nothing',
      { families: [{ ...m6i, cost: 0 }], maxvCpus: 64 },
      'families[0].cost is 0; it must be a number above 0.',
    ],
    [
      'the same family twice',
      { families: [m6i, m6i], maxvCpus: 64 },
      'families[1].instanceClasses is m6i like families[0]; it must be led by another family, for its pools are named ' +
        'after the first.',
    ],
  ];
  test.each(cases)('%s', (_, options, message) => {
    expect(() => unmanagedStack(options)).toThrow(`[Stack/Cluster/Capacity] ${message}`);
  });
});

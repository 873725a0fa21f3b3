/** Demand and supply as the report measures them, of every kind of environment. */
import type { EnvironmentObservation, InstanceObservation, Observation } from '../../../lambda/capacity-report/model';
import { metricLines } from '../../../lambda/capacity-report/publish';

const instance: InstanceObservation = {
  instanceId: 'i-1',
  instanceType: 'm5.xlarge',
  state: 'ready',
  registered: { vcpus: 4, memoryMiB: 15_000, gpus: 0 },
  remaining: { vcpus: 1, memoryMiB: 5000, gpus: 0 },
};

function environment(name: string, given: Partial<EnvironmentObservation>): EnvironmentObservation {
  return {
    arn: `compute-environment/${name}`,
    name,
    kind: 'managed',
    enabled: true,
    valid: true,
    spot: false,
    vcpusInUse: 0,
    mayExceedMaximum: false,
    types: [],
    pools: [],
    instances: [],
    ...given,
  };
}

/** Each metric as `name dimensions value`. */
function told(environments: readonly EnvironmentObservation[], waiting: Observation['waiting']): string[] {
  const environmentArns = environments.map(({ arn }) => arn);
  const observation: Observation = {
    queues: [{ arn: 'job-queue/queue', name: 'queue', enabled: true, environmentArns }],
    environments,
    consumables: [],
    waiting,
    complete: true,
  };
  return metricLines(observation, [], [], 0).flatMap((line) => {
    const { _aws, ...rest } = JSON.parse(line) as {
      _aws: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    } & Record<string, unknown>;
    const [{ Dimensions, Metrics }] = _aws.CloudWatchMetrics as [(typeof _aws.CloudWatchMetrics)[0]];
    const by = Dimensions[0]!.map((dimension) => String(rest[dimension])).join(' ');
    return Metrics.map(({ Name }) => `${Name} ${by} ${String(rest[Name])}`);
  });
}

test('of a managed environment it tells what the instances have, and what of it is in use', () => {
  expect(told([environment('managed', { instances: [instance] })], [])).toEqual([
    'WaitingJobs queue 0',
    'Demand queue VCPU 0',
    'Demand queue MEMORY 0',
    'Supply managed VCPU 4',
    'InUse managed VCPU 3',
    'Supply managed MEMORY 15000',
    'InUse managed MEMORY 10000',
  ]);
});

test('of Fargate it tells how many vCPUs there may be', () => {
  const fargate = environment('fargate', { kind: 'fargate', maxVcpus: 16, vcpusInUse: 3 });
  expect(told([fargate], [])).toContain('Supply fargate VCPU 16');
  expect(told([fargate], [])).toContain('InUse fargate VCPU 3');
});

test('of an unmanaged environment the autoscaler tells, so that nobody tells twice', () => {
  const lines = told([environment('unmanaged', { kind: 'unmanaged', instances: [instance] })], []);
  expect(lines.filter((line) => line.includes('unmanaged'))).toEqual([]);
});

test('the demand of a queue is what its waiting jobs ask for together, of GPUs where there may be any', () => {
  const group = { queueArn: 'job-queue/queue', jobId: 'a', tokens: [] };
  const waiting = [
    { ...group, count: 3, resources: { vcpus: 2, memoryMiB: 1000, gpus: 0 } },
    { ...group, count: 1, resources: { vcpus: 4, memoryMiB: 8000, gpus: 1 } },
  ];
  expect(told([environment('managed', {})], waiting).slice(0, 4)).toEqual([
    'WaitingJobs queue 4',
    'Demand queue VCPU 10',
    'Demand queue MEMORY 11000',
    'Demand queue GPU 1',
  ]);
});

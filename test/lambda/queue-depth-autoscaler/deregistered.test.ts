/** A run may die after it took an instance out of its cluster, and before it terminated it. */
import { decide, EMPTY_STATE } from '../../../lambda/queue-depth-autoscaler/decide';
import type { Observation } from '../../../lambda/queue-depth-autoscaler/model';
import type { AutoscalerConfig } from '../../../lib/autoscaling/config';

const NOW = 10_000_000;
const capacity = { vcpus: 4, memoryMiB: 15_000, gpus: 0 };
const config: AutoscalerConfig = {
  computeEnvironmentArn: 'environment',
  clusterArn: 'cluster',
  queueArns: ['q'],
  pools: [
    {
      name: 'cpu',
      autoScalingGroupName: 'asg',
      instanceTypes: ['m5.xlarge'],
      capacity,
      cost: 1,
      maxInstances: 4,
      spareInstances: 0,
      opensForCpuJobs: true,
    },
  ],
  tableName: 'table',
  scaleInAfterSeconds: 60,
  drainSeconds: 60,
  provisionTimeoutSeconds: 600,
  jobBudget: 1000,
};

/** An instance that is in its group and not in its cluster, and as many jobs as would fill it. */
function seen(launchedAt: number, waiting: number): Observation {
  const base = { instanceId: 'i-1', pool: 'cpu', instanceType: 'm5.xlarge', outdated: false } as const;
  return {
    time: NOW,
    demand: waiting > 0 ? [{ queueArn: 'q', jobId: 'job', count: waiting, resources: capacity }] : [],
    pools: [{ name: 'cpu', desired: 1, max: 4, instances: [{ ...base, lifecycle: 'InService', launchedAt }] }],
    demandComplete: true,
    supplyComplete: true,
  };
}

const drained = { ...EMPTY_STATE, drains: { 'i-1': NOW - 120_000 } };

test.each([60_000, 3_600_000])('one that bears our mark, launched %d ms ago, is terminated', (age) => {
  const { terminations, state } = decide(config, seen(NOW - age, 0), drained);
  expect(terminations).toMatchObject([{ instanceId: 'i-1' }]);
  // Until it is gone: this run may die, too.
  expect(state.drains).toEqual(drained.drains);
});

test('nothing is planned onto it, and its pool is not blamed', () => {
  const { launches, protections, state } = decide(config, seen(NOW - 60_000, 1), drained);
  expect(launches).toMatchObject([{ pool: 'cpu', count: 1 }]);
  expect(protections).toEqual([]);
  expect(state.pools['cpu']?.registrationFailures ?? 0).toBe(0);
  expect(state.pools['cpu']?.backOffUntil).toBeUndefined();
});

test('one without our mark may still be booting', () => {
  const { terminations, launches } = decide(config, seen(NOW - 60_000, 1), EMPTY_STATE);
  expect(terminations).toEqual([]);
  expect(launches).toEqual([]);
});

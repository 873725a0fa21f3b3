import { boundsOf, peakInstances } from '../../bench/simulation/bounds';
import { kindsOf } from '../../bench/simulation/pool';
import { boundedSlowdown, percentile, waitStatistics } from '../../bench/simulation/statistics';
import type { WorkloadJob } from '../../workload/job';

/** A dollar a second. */
const POOL = { name: 'cpu', vcpus: 4, memoryMiB: 8000, gpus: 0, price: 3600, max: 10 };
const job = (arrival: number, run: number, vcpus: number, memoryMiB = 1): WorkloadJob => {
  return { name: 'job', arrival, run, vcpus, memoryMiB, gpus: 0 };
};
const kinds = kindsOf([POOL, { ...POOL, name: 'ignored', price: 1 }]);

test('the work bound charges the scarcest resource', () => {
  expect(boundsOf([job(0, 100, 1), job(0, 100, 1)], kinds).work).toBeCloseTo(50);
  expect(boundsOf([job(0, 100, 1, 6000), job(0, 100, 1)], kinds).work).toBeCloseTo(75, 1);
});

test('the zero-wait bound charges whole instances while jobs run', () => {
  expect(boundsOf([job(0, 100, 2), job(50, 100, 2)], kinds).zeroWait).toBeCloseTo(150);
  expect(boundsOf([job(0, 100, 1), job(200, 100, 1)], kinds).zeroWait).toBeCloseTo(200);
});

test('two jobs over half of an instance do not share one', () => {
  const large = [job(0, 100, 1, 4001), job(0, 100, 3, 1)];
  expect(boundsOf(large, kinds).zeroWait).toBeCloseTo(200);
  expect(peakInstances(large, kinds[0]!)).toBe(2);
  expect(peakInstances([job(0, 100, 2, 4000), job(0, 100, 2, 4000)], kinds[0]!)).toBe(1);
});

test('kinds add up', () => {
  const both = kindsOf([POOL, { ...POOL, name: 'gpu', gpus: 2 }]);
  const gpuJob = { ...job(0, 100, 1), gpus: 1 };
  expect(boundsOf([job(0, 100, 4), gpuJob], both)).toEqual({ work: 150, zeroWait: 200 });
});

test('percentiles lie on the line between ranks', () => {
  expect(percentile([0, 10], 0.95)).toBeCloseTo(9.5);
  expect(waitStatistics([30, 10, 20])).toMatchObject({ mean: 20, p50: 20 });
  expect(waitStatistics([])).toEqual({ mean: 0, p50: 0, p95: 0, p99: 0 });
});

test('runs under a minute count as one in the bounded slowdown', () => {
  expect(boundedSlowdown([60], [60])).toBe(2);
  expect(boundedSlowdown([60], [1])).toBeCloseTo(61 / 60);
  expect(boundedSlowdown([0], [1])).toBe(1);
});

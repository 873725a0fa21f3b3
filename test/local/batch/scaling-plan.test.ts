import * as fc from 'fast-check';
import { cheapestFirst, planScaling } from '../../../local/batch/scaling/scaling-plan';
import type { Candidate, ScalingInput } from '../../../local/batch/scaling/scaling-plan';

const small: Candidate = { name: 'small', vcpus: 2, memoryMiB: 4096, gpus: 0 };
const large: Candidate = { name: 'large', vcpus: 8, memoryMiB: 16_384, gpus: 0 };
const gpu: Candidate = { name: 'gpu', vcpus: 4, memoryMiB: 8192, gpus: 1 };

const plan = (input: Partial<ScalingInput>) =>
  planScaling({
    candidates: [small, large, gpu],
    waiting: [],
    placed: [],
    vcpus: 0,
    booting: [],
    minVcpus: 0,
    maxVcpus: 100,
    mayExceed: false,
    ...input,
  });
const jobs = (count: number, vcpus: number, memoryMiB = 1024, gpus = 0) => ({
  resources: { vcpus, memoryMiB, gpus },
  count,
});

test('desired vCPUs are those of jobs that wait and of jobs that are placed', () => {
  expect(plan({ waiting: [jobs(3, 1)], placed: [jobs(2, 1)], vcpus: 2 })).toEqual({
    desiredVcpus: 5,
    launches: [{ type: 'small', count: 2 }],
  });
});

test('a job that asks for more memory than its vCPUs bring counts by its memory', () => {
  expect(plan({ waiting: [jobs(2, 1, 4096)] })).toEqual({ desiredVcpus: 4, launches: [{ type: 'small', count: 2 }] });
});

test('each job is reckoned on the first type that holds it', () => {
  expect(plan({ waiting: [jobs(1, 6), jobs(1, 1), jobs(1, 1, 1024, 1)] })).toEqual({
    desiredVcpus: 13,
    launches: [
      { type: 'large', count: 1 },
      { type: 'gpu', count: 1 },
    ],
  });
});

test('jobs that no type holds count for nothing', () => {
  expect(plan({ waiting: [jobs(5, 16)] })).toEqual({ desiredVcpus: 0, launches: [] });
});

test('what boots takes its part', () => {
  expect(plan({ waiting: [jobs(3, 2)], vcpus: 4, booting: [small, small] }).launches).toEqual([
    { type: 'small', count: 1 },
  ]);
});

test('the maximum holds, or is exceeded by one instance at most', () => {
  const waiting = [jobs(10, 6)];
  expect(plan({ waiting, maxVcpus: 12 })).toEqual({ desiredVcpus: 12, launches: [{ type: 'large', count: 1 }] });
  expect(plan({ waiting, maxVcpus: 12, mayExceed: true }).launches).toEqual([{ type: 'large', count: 2 }]);
});

test('the minimum is there without jobs', () => {
  expect(plan({ minVcpus: 5 })).toEqual({ desiredVcpus: 5, launches: [{ type: 'small', count: 3 }] });
});

test('types without GPUs come first, then the smaller ones', () => {
  expect(cheapestFirst([gpu, large, small]).map(({ name }) => name)).toEqual(['small', 'large', 'gpu']);
});

test('whatever waits, vCPUs stay within the limits, and nothing is launched that is not needed', () => {
  const amounts = fc.record({
    vcpus: fc.integer({ min: 1, max: 10 }),
    memoryMiB: fc.integer({ min: 1, max: 20_000 }),
    gpus: fc.nat(1),
  });
  const demand = fc.array(fc.record({ resources: amounts, count: fc.integer({ min: 1, max: 50 }) }), { maxLength: 8 });
  fc.assert(
    fc.property(demand, demand, fc.nat(64), fc.boolean(), (waiting, placed, maxVcpus, mayExceed) => {
      const { desiredVcpus, launches } = plan({ waiting, placed, maxVcpus, mayExceed });
      const vcpusOf = (type: string): number => [small, large, gpu].find(({ name }) => name === type)!.vcpus;
      const launched = launches.reduce((sum, { type, count }) => sum + count * vcpusOf(type), 0);
      expect(desiredVcpus).toBeLessThanOrEqual(maxVcpus);
      if (!mayExceed) expect(launched).toBeLessThanOrEqual(maxVcpus);
      else if (launched > 0) expect(launched).toBeLessThan(maxVcpus + large.vcpus);
      if (waiting.length === 0) expect(launches).toEqual([]);
    }),
  );
});

import * as fc from 'fast-check';
import { Random } from '../../local/simulation/random';
import { gamma, weighted } from '../../workload/distributions';
import { generate } from '../../workload/lublin-feitelson';

const LARGEST = {
  cpu: { vcpus: 16, memoryMiB: 60_000, gpus: 0 },
  gpu: { vcpus: 8, memoryMiB: 30_000, gpus: 1 },
};

function chanceOf(seed: number): () => number {
  const random = new Random(seed);
  return () => random.next();
}

function workloadOf(seed: number, jobs = 1000, days = 1, gpuShare = 0.1) {
  return generate({ jobs, days, gpuShare, largest: LARGEST }, chanceOf(seed));
}

describe('generate', () => {
  test('the same seed gives the same jobs, another seed others', () => {
    expect(workloadOf(1)).toEqual(workloadOf(1));
    expect(workloadOf(1)).not.toEqual(workloadOf(2));
  });

  test('every job fits an instance, runs, and arrives within the days, in order, from 0 on', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 3 }), (seed, count, days) => {
        const { jobs } = workloadOf(seed, count, days, 0.3);
        expect(new Set(jobs.map(({ name, pieceOf }) => pieceOf ?? name)).size).toBe(count);
        expect(jobs[0]!.arrival).toBe(0);
        jobs.forEach((job, index) => {
          const instance = job.gpus > 0 ? LARGEST.gpu : LARGEST.cpu;
          expect(job.vcpus).toBeGreaterThanOrEqual(1);
          expect(job.vcpus).toBeLessThanOrEqual(instance.vcpus);
          expect(job.memoryMiB).toBeLessThanOrEqual(instance.memoryMiB);
          expect(job.gpus).toBeLessThanOrEqual(instance.gpus);
          expect(job.run).toBeGreaterThanOrEqual(1);
          expect(job.run).toBeLessThanOrEqual(Math.exp(12) + 1);
          expect(job.arrival).toBeLessThan(days * 86_400);
          expect(job.arrival).toBeGreaterThanOrEqual(jobs[Math.max(0, index - 1)]!.arrival);
        });
      }),
      { numRuns: 50 },
    );
  });

  // Shares of 20,000 jobs stay within a hundredth or two of the model's, for any seed; these are fixed.
  const { jobs: many } = generate(
    { jobs: 20_000, days: 10, gpuShare: 0, largest: { cpu: { vcpus: 128, memoryMiB: 1e9, gpus: 0 } } },
    chanceOf(7),
  );
  const share = (holds: (job: (typeof many)[number]) => boolean) => many.filter(holds).length / many.length;

  test('sizes follow the model: a quarter serial, most of the others powers of two, up to the machine', () => {
    expect(share(({ vcpus }) => vcpus === 1)).toBeCloseTo(0.244, 1);
    expect(share(({ vcpus }) => vcpus > 1 && Number.isInteger(Math.log2(vcpus)))).toBeGreaterThan(0.55);
    expect(share(({ vcpus }) => vcpus > 2 ** 4.5)).toBeCloseTo((1 - 0.244) * 0.14, 1);
    expect(Math.max(...many.map(({ vcpus }) => vcpus))).toBe(128);
  });

  test('run times are short or long, and large jobs are more often long', () => {
    const long = (run: number): boolean => run > Math.exp(7.5);
    const longOf = (jobs: typeof many): number => jobs.filter(({ run }) => long(run)).length / jobs.length;
    const small = many.filter(({ vcpus }) => vcpus <= 4);
    const large = many.filter(({ vcpus }) => vcpus >= 64);
    expect(longOf(small)).toBeLessThan(0.3);
    expect(longOf(large)).toBeGreaterThan(longOf(small) + 0.2);
  });

  test('most jobs come in the early afternoon, few before dawn', () => {
    const during = (from: number, to: number): number =>
      share(({ arrival }) => (arrival / 3600) % 24 >= from && (arrival / 3600) % 24 < to);
    expect(during(12, 16)).toBeGreaterThan(0.25);
    expect(during(2, 6)).toBeLessThan(0.05);
  });
});

describe('gamma', () => {
  test.each([
    [4.2, 0.94],
    [312, 0.03],
    [1, 2],
  ])('has the mean and variance of shape %d and scale %d', (shape, scale) => {
    const chance = chanceOf(1);
    const draws = Array.from({ length: 50_000 }, () => gamma(shape, scale, chance));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean / (shape * scale) - 1)).toBeLessThan(0.02);
    expect(Math.abs(variance / (shape * scale ** 2) - 1)).toBeLessThan(0.05);
  });
});

test('weighted draws by weight, and never what weighs nothing', () => {
  const values = [['often', 3], ['never', 0], ['seldom', 1]] as const; // prettier-ignore
  expect([0, 0.74, 0.75, 0.999_999].map((x) => weighted(values, () => x))).toEqual([
    'often',
    'often',
    'seldom',
    'seldom',
  ]);
});

import fc from 'fast-check';
import { FARGATE_SIZES } from '../../../lib/capacity/config';
import { grown, most } from '../../../lambda/job-retries/growth';

const ANYWHERE = { fargate: false };
const FARGATE = { fargate: true };
const size = (vcpus: number, memoryMiB: number, gpus = 0) => ({ vcpus, memoryMiB, gpus });

test('memory grows by its factor, to its ceiling and no farther', () => {
  const growth = { memoryFactor: 2, maxMemoryMiB: 7000 };
  expect(grown(size(1, 2048), growth, ANYWHERE)).toEqual(size(1, 4096));
  expect(grown(size(1, 4096), growth, ANYWHERE)).toEqual(size(1, 7000));
  expect(grown(size(1, 7000), growth, ANYWHERE)).toBeUndefined();
});

test('a ceiling below what the job has takes nothing away', () => {
  expect(grown(size(1, 8000), { memoryFactor: 2, maxMemoryMiB: 7000 }, ANYWHERE)).toBeUndefined();
});

test('without a factor nothing grows, and that is no end', () => {
  expect(grown(size(1, 2048), {}, { fargate: false, shapes: [] })).toEqual(size(1, 2048));
});

test('what grows stays whole where AWS Batch takes whole numbers', () => {
  expect(grown(size(1, 1001), { memoryFactor: 1.5, vcpuFactor: 1.5 }, ANYWHERE)).toEqual(size(2, 1502));
});

test.each([
  ['the largest that has its vCPUs', size(4, 10_000), size(4, 15_000)],
  ['the only one that has its GPU', size(2, 8000, 1), size(2, 9000, 1)],
])('an environment is a ceiling: %s', (_, asked, expected) => {
  const shapes = [size(8, 15_000), size(2, 31_000), size(4, 9000, 1)];
  expect(grown(asked, { memoryFactor: 2 }, { fargate: false, shapes })).toEqual(expected);
});

test('vCPUs and memory grow together only as far as one instance has both', () => {
  const shapes = [size(4, 30_000), size(16, 16_000)];
  const growth = { memoryFactor: 2, vcpuFactor: 2 };
  expect(grown(size(4, 10_000), growth, { fargate: false, shapes })).toEqual(size(8, 16_000));
});

test('more vCPUs alone do not help who needs more memory', () => {
  const shapes = [size(16, 16_000)];
  const growth = { memoryFactor: 2, vcpuFactor: 2 };
  expect(grown(size(4, 16_000), growth, { fargate: false, shapes })).toBeUndefined();
});

test.each([
  ['a larger memory of the same vCPUs', size(1, 2048), size(1, 4096)],
  ['more vCPUs where the memory needs them', size(2, 16_384), size(8, 32_768)],
  ['the next step where there is none between', size(8, 17_000), size(8, 36_864)],
])('on Fargate: %s', (_, asked, expected) => {
  expect(grown(asked, { memoryFactor: 2 }, FARGATE)).toEqual(expected);
});

test('on Fargate a ceiling between two sizes is the one below it', () => {
  expect(grown(size(1, 4096), { memoryFactor: 2, maxMemoryMiB: 7500 }, FARGATE)).toEqual(size(1, 7168));
  expect(grown(size(32, 249_856), { memoryFactor: 2 }, FARGATE)).toBeUndefined();
});

test('whatever grows on Fargate has a size that Fargate has', () => {
  const sizes = [...FARGATE_SIZES].flatMap(([vcpus, memories]) => memories.map((memory) => size(vcpus, memory)));
  const factor = fc.double({ min: 1, max: 8, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom(...sizes),
      factor,
      factor,
      fc.option(fc.integer({ min: 512, max: 300_000 })),
      (...all) => {
        const [asked, memoryFactor, vcpuFactor, maxMemoryMiB] = all;
        const next = grown(asked, { memoryFactor, vcpuFactor, maxMemoryMiB: maxMemoryMiB ?? undefined }, FARGATE);
        if (next === undefined) return;
        expect(sizes).toContainEqual(next);
        expect(next.memoryMiB).toBeGreaterThanOrEqual(asked.memoryMiB);
        expect(next.vcpus).toBeGreaterThanOrEqual(asked.vcpus);
      },
    ),
  );
});

test('of several rules the one that wants most counts, with its ceiling', () => {
  const rules = [{ memoryFactor: 2, maxMemoryMiB: 4000 }, { memoryFactor: 3, maxMemoryMiB: 8000 }, {}];
  expect(most(rules)).toMatchObject({ memoryFactor: 3, maxMemoryMiB: 8000 });
  expect(most([{ memoryFactor: 2, maxMemoryMiB: 4000 }, { memoryFactor: 3 }]).maxMemoryMiB).toBeUndefined();
});

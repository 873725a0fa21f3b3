import fc from 'fast-check';
import { ffd } from '../../bench/policies/ffd';
import type { Ablation } from '../../bench/policies/foreman';
import { foreman } from '../../bench/policies/foreman';
import { boundsOf } from '../../bench/simulation/bounds';
import type { Partition } from '../../bench/simulation/partition';
import type { Policy } from '../../bench/simulation/policy';
import { kindsOf, type Pool } from '../../bench/simulation/pool';
import type { Scheduler } from '../../bench/simulation/simulate';
import { simulate } from '../../bench/simulation/simulate';
import { fromFirstArrival, type WorkloadJob } from '../../workload/job';

/** A dollar a second for 16 vCPUs. */
const POOL: Pool = { name: 'whole', vcpus: 16, memoryMiB: 64_000, gpus: 0, price: 3600, max: 1000 };
const GPU: Pool = { ...POOL, name: 'gpu', gpus: 4, price: 36_000 };
const part = (pool: Pool, of: number): Pool => ({
  ...pool,
  name: `${pool.name}/${of}`,
  vcpus: pool.vcpus / of,
  memoryMiB: pool.memoryMiB / of,
  gpus: pool.gpus / of,
  price: pool.price / of,
});
const SIZES = [POOL, part(POOL, 2), part(POOL, 4), part(POOL, 8), part(POOL, 16)];
const OPTIONS = { scheduler: 'backfill', phase: 0 } as const;

function job(arrival: number, run: number, vcpus: number, more: Partial<WorkloadJob> = {}): WorkloadJob {
  return { name: 'job', arrival, run, vcpus, memoryMiB: vcpus * 1000, gpus: 0, ...more };
}

const run = (jobs: readonly WorkloadJob[], pools: readonly Pool[], ablation?: Ablation) =>
  simulate(jobs, kindsOf(pools), ({ kind }) => foreman(kind, 60, ablation), OPTIONS);

test('one job: waits for its instance, which is gone a minute after it', () => {
  // Seen idle at 240, drained, and terminated at 300.
  expect(run([job(0, 100, 4)], [POOL])).toMatchObject({ launches: 1, emptyLaunches: 0, cost: 300, lastEnd: 190 });
});

test('a burst of small jobs after a large one does not hold the large instance', () => {
  const jobs = [job(0, 600, 16), ...Array.from({ length: 4 }, (_, index) => job(700 + index, 36_000, 1))];
  const { cost } = run(jobs, SIZES);
  expect(cost).toBeLessThan(36_000 / 2);
  expect(run(jobs, [POOL]).cost).toBeGreaterThan(36_000);
});

test('a small job joins an instance that has been in use for long', () => {
  const long = [job(0, 400_000, 12)];
  const { launches } = run([...long, job(200_000, 60, 4)], SIZES);
  expect(launches).toBe(1);
  expect(run([...long, job(1000, 60, 4)], SIZES).launches).toBe(2);
});

describe('each ablation takes its lever away', () => {
  const jobs = [job(0, 600, 16), job(700, 36_000, 1)];

  test('ages', () => {
    const closed = [job(0, 36_000, 12), job(1000, 60, 4)];
    expect(run(closed, SIZES).launches).toBe(2);
    expect(run(closed, SIZES, { withoutAges: true }).launches).toBe(1);
  });

  test('events', () => {
    const late = [job(0, 600, 1), job(61, 60, 16)];
    expect(run(late, [POOL]).waits[1]).toBe(95);
    expect(run(late, [POOL], { withoutEvents: true }).waits[1]).toBe(149);
  });

  test('booting', () => {
    expect(run(jobs, [POOL]).launches).toBe(1);
    expect(run(jobs, [POOL], { withoutBooting: true }).launches).toBe(2);
  });

  test('order', () => {
    const both = [job(0, 600, 1), job(1, 600, 16)];
    const pools = [POOL, part(POOL, 16)];
    const start = (ablation?: Ablation) =>
      simulate(both, kindsOf(pools), ({ kind }) => foreman(kind, 60, ablation), { ...OPTIONS, phase: 2 }).launches;
    expect([start(), start({ largeFirst: true })]).toEqual([2, 3]);
  });
});

const jobArbitrary = fc
  .record({
    arrival: fc.integer({ min: 0, max: 4000 }),
    run: fc.integer({ min: 1, max: 3000 }),
    vcpus: fc.integer({ min: 1, max: 16 }),
    memoryMiB: fc.integer({ min: 1, max: 64_000 }),
    gpus: fc.constantFrom(0, 0, 0, 1, 2, 4),
  })
  .map((fields): WorkloadJob => ({ name: 'job', ...fields }));
const workloadArbitrary = fc
  .array(jobArbitrary, { minLength: 1, maxLength: 30 })
  .map((jobs) => fromFirstArrival(jobs).jobs);

/** As the policy, and never more instances of a pool than it may have. */
function guarded(policy: Policy): Policy {
  return {
    ...policy,
    tick(partition: Partition) {
      policy.tick(partition);
      for (const pool of partition.kind.pools) {
        const live = partition.instances.filter((instance) => instance.pool === pool).length;
        if (live > pool.max) throw new Error(`${live} instances of ${pool.name}, which may have ${pool.max}`);
      }
    },
  };
}

test('any workload is done, without a kill, within the maxima, and down to nothing', () => {
  const poolsArbitrary = fc.tuple(
    fc.subarray(SIZES.slice(1)),
    fc.subarray([part(GPU, 2), part(GPU, 4)]),
    fc.integer({ min: 1, max: 4 }),
  );
  fc.assert(
    fc.property(
      workloadArbitrary,
      poolsArbitrary,
      fc.constantFrom<Scheduler>('backfill', 'strict'),
      fc.integer({ min: 0, max: 59 }),
      (jobs, [cpu, gpu, max], scheduler, phase) => {
        const kinds = kindsOf([POOL, ...cpu, GPU, ...gpu].map((pool) => ({ ...pool, max })));
        // It returns once every job has ended and every instance has gone.
        const { cost, kills, waits } = simulate(jobs, kinds, ({ kind }) => guarded(foreman(kind, 60)), {
          scheduler,
          phase,
        });
        expect(kills).toBe(0);
        expect(cost).toBeGreaterThanOrEqual(boundsOf(jobs, kinds).work);
        expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 60 },
  );
});

test('with one shape and room for all, no job waits longer than under ffd by more than a tick', () => {
  fc.assert(
    fc.property(workloadArbitrary, (jobs) => {
      const kinds = kindsOf([POOL, GPU]);
      const ours = simulate(jobs, kinds, ({ kind }) => foreman(kind, 60), OPTIONS).waits;
      const theirs = simulate(jobs, kinds, () => ffd(60), OPTIONS).waits;
      expect(Math.max(...ours)).toBeLessThanOrEqual(Math.max(...theirs, 95) + 60);
    }),
    { numRuns: 60 },
  );
});

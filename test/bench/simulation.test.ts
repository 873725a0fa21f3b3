import type { Instance } from '../../bench/simulation/instance';
import type { Partition } from '../../bench/simulation/partition';
import type { Policy } from '../../bench/simulation/policy';
import { kindsOf, type Pool } from '../../bench/simulation/pool';
import { type SimulationOptions, simulate } from '../../bench/simulation/simulate';
import type { WorkloadJob } from '../../workload/job';

/** A dollar a second. */
const POOL: Pool = { name: 'cpu', vcpus: 4, memoryMiB: 8000, gpus: 0, price: 3600, max: 10 };
const GPU: Pool = { ...POOL, name: 'gpu', gpus: 1 };

function job(arrival: number, run: number, request: Partial<WorkloadJob> = {}): WorkloadJob {
  return { name: `at ${arrival}`, arrival, run, vcpus: 4, memoryMiB: 1000, gpus: 0, ...request };
}

/** Does as told at each tick, and terminates what is idle once all has ended. */
function scripted(onTick: (partition: Partition) => void, onEvents = false): Policy {
  return {
    onEvents,
    tick: onTick,
    end: (partition) => [...partition.instances].forEach((one) => partition.terminate(one)),
  };
}

function run(jobs: readonly WorkloadJob[], policy: Policy, options: Partial<SimulationOptions> = {}, pools = [POOL]) {
  return simulate(jobs, kindsOf(pools), () => policy, { scheduler: 'backfill', phase: 0, ...options });
}

/** Launches that many at the first tick. */
const launchFirst = (count: number, then: (partition: Partition) => void = () => {}) => {
  let left = count;
  return scripted((partition) => {
    for (; left > 0; left--) partition.launch(partition.kind.pools[0]);
    then(partition);
  });
};

const waits = (result: { waits: Float64Array }) => [...result.waits];

test('an instance takes jobs 90 s after its launch, and is paid from launch to termination', () => {
  const { cost, launches, emptyLaunches, ...result } = run([job(0, 100)], launchFirst(1));
  expect(waits(result)).toEqual([90]);
  expect({ cost, launches, emptyLaunches, lastEnd: result.lastEnd }).toEqual({
    cost: 190,
    launches: 1,
    emptyLaunches: 0,
    lastEnd: 190,
  });
});

test('a launch that ran nothing is counted', () => {
  expect(run([job(0, 100)], launchFirst(2))).toMatchObject({ launches: 2, emptyLaunches: 1, cost: 380 });
});

test('ticks come each minute, at the phase', () => {
  const times: number[] = [];
  const policy = launchFirst(1, ({ now }) => times.push(now));
  run([job(0, 20), job(200, 5)], policy, { phase: 7 });
  expect(times).toEqual([7, 67, 127, 187]);
});

test('a job left waiting sets off a tick 5 s later, unless one comes before', () => {
  const times: number[] = [];
  const policy = { ...launchFirst(1, ({ now }) => times.push(now)), onEvents: true };
  run([job(0, 60), job(7, 60), job(9, 60), job(70, 1, { vcpus: 1 }), job(118, 60)], policy);
  // At 0 the tick comes with the arrival; 9 finds 12 pending; 70 finds room by 75; 123 is cleared by 120.
  expect(times.filter((time) => time <= 180)).toEqual([0, 12, 60, 75, 120, 180]);
});

test('within a second jobs end before others arrive', () => {
  expect(waits(run([job(0, 30), job(120, 30)], launchFirst(1)))).toEqual([90, 0]);
});

test('jobs go to the first instance in launch order, first come first served', () => {
  const placed: string[] = [];
  const policy = launchFirst(2, ({ instances }) => {
    for (const { id, jobs } of instances) placed.push(...[...jobs].map((number) => `${number} on ${id}`));
  });
  const two = { vcpus: 2 };
  run([job(0, 55, two), job(1, 55, { vcpus: 3 }), job(2, 55, two), job(3, 55, { vcpus: 1 })], policy, {});
  expect(placed).toEqual(['0 on cpu-0', '2 on cpu-0', '1 on cpu-1', '3 on cpu-1']);
});

describe('behind a job that does not fit', () => {
  const jobs = [job(0, 300, { vcpus: 3 }), job(1, 10, { vcpus: 2 }), job(2, 10, { vcpus: 1 })];

  test('backfill places others', () => {
    expect(waits(run(jobs, launchFirst(1)))).toEqual([90, 389, 88]);
  });

  test('strict does not', () => {
    expect(waits(run(jobs, launchFirst(1), { scheduler: 'strict' }))).toEqual([90, 389, 388]);
  });

  test('strict holds back even jobs of the other kind', () => {
    const mixed = [...jobs, job(3, 10, { gpus: 1 })];
    const policies = [launchFirst(1), launchFirst(1)];
    const result = simulate(mixed, kindsOf([POOL, GPU]), () => policies.pop()!, { scheduler: 'strict', phase: 0 });
    expect(waits(result)[3]).toBe(387);
  });
});

test('jobs without GPUs never use GPU instances', () => {
  const policies = [launchFirst(1), launchFirst(1)];
  const result = simulate([job(0, 10, { gpus: 1 }), job(0, 10)], kindsOf([POOL, GPU]), () => policies.pop()!, {
    scheduler: 'backfill',
    phase: 0,
  });
  expect(result).toMatchObject({ emptyLaunches: 0, launches: 2 });
});

test('no job is placed on a draining instance, and one is when it is taken back', () => {
  let drained: Instance | undefined;
  const policy = launchFirst(1, (partition) => {
    const [instance] = partition.instances;
    if (partition.now === 120) partition.setDraining((drained = instance!), true);
    if (partition.now === 240) partition.setDraining(drained!, false);
  });
  expect(waits(run([job(0, 10), job(130, 10)], policy))).toEqual([90, 110]);
});

test('a job whose instance is taken away is counted, and starts again', () => {
  const policy = launchFirst(2, (partition) => {
    if (partition.now === 120) partition.terminate(partition.instances[0]!);
  });
  const { kills, lastEnd, ...result } = run([job(0, 100)], policy);
  // Killed at 120, placed at once on the other instance, and run from the beginning.
  expect({ kills, lastEnd, waits: waits(result) }).toEqual({ kills: 1, lastEnd: 220, waits: [120] });
});

test('a booting instance cannot be terminated', () => {
  const policy = launchFirst(1, (partition) => partition.terminate(partition.instances[0]!));
  expect(() => run([job(0, 10)], policy)).toThrow('cpu-0 is booting');
});

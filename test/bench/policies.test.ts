import { cas } from '../../bench/policies/cas';
import { count, vcpu } from '../../bench/policies/desired';
import { ffd } from '../../bench/policies/ffd';
import { jobwatcher } from '../../bench/policies/jobwatcher';
import { fixed } from '../../bench/policies/static';
import type { Policy } from '../../bench/simulation/policy';
import { kindsOf, type Pool } from '../../bench/simulation/pool';
import { simulate } from '../../bench/simulation/simulate';
import type { WorkloadJob } from '../../workload/job';

/** A dollar a second. */
const POOL: Pool = { name: 'cpu', vcpus: 4, memoryMiB: 8000, gpus: 0, price: 3600, max: 10 };

function jobs(count: number, request: Partial<WorkloadJob>): WorkloadJob[] {
  const job = { name: 'job', arrival: 0, run: 600, vcpus: 1, memoryMiB: 1000, gpus: 0, ...request };
  return Array.from({ length: count }, () => job);
}

interface Moment {
  readonly now: number;
  readonly live: number;
}

/** Runs a policy and tells how many instances there were after each tick. */
function watch(policy: Policy, workload: readonly WorkloadJob[], pool = POOL) {
  const moments: Moment[] = [];
  const watched: Policy = {
    ...policy,
    tick(partition) {
      policy.tick(partition);
      moments.push({ now: partition.now, live: partition.instances.length });
    },
  };
  const result = simulate(workload, kindsOf([pool]), () => watched, { scheduler: 'backfill', phase: 0 });
  return { ...result, live: (now: number) => moments.findLast((moment) => moment.now <= now)!.live };
}

describe('ffd', () => {
  test('packs the largest first, onto as few as it can', () => {
    const mixed = [...jobs(2, { vcpus: 1 }), ...jobs(2, { vcpus: 3 })];
    expect(watch(ffd(60), mixed).live(0)).toBe(2);
  });

  test('counts what boots', () => {
    const { live } = watch(ffd(60), [...jobs(2, { vcpus: 2 }), ...jobs(2, { vcpus: 2, arrival: 60 })]);
    expect([live(0), live(60), live(120)]).toEqual([1, 2, 2]);
  });

  test('removes what is idle for long enough', () => {
    // It ends at 690; the tick at 720 is too early for 60 s.
    const { live, cost } = watch(ffd(60), jobs(1, {}));
    expect([live(720), live(780), cost]).toEqual([1, 0, 780]);
    expect(watch(ffd(0), jobs(1, {})).cost).toBe(720);
  });

  test('keeps to the maximum', () => {
    const { launches, waits } = watch(ffd(60), jobs(3, { vcpus: 4 }), { ...POOL, max: 1 });
    expect(launches).toBe(1);
    expect([...waits]).toEqual([90, 690, 1290]);
  });
});

describe('count', () => {
  test('holds an instance for each k jobs, k from the mean', () => {
    // A mean of 2 vCPUs makes two jobs an instance, although these need more.
    const mixed = [...jobs(3, { vcpus: 1 }), ...jobs(1, { vcpus: 4 }), ...jobs(1, { vcpus: 3 })];
    expect(watch(count(mixed), mixed).live(0)).toBe(3);
  });

  test('removes idle instances at once, newest first', () => {
    const workload = [...jobs(4, { vcpus: 4, run: 1000 }).slice(0, 1), ...jobs(3, { vcpus: 4, run: 100 })];
    const { live, kills } = watch(count(workload), workload);
    expect([live(180), live(240), live(1140), kills]).toEqual([4, 1, 0, 0]);
  });
});

describe('vcpu', () => {
  test('holds instances for the sum of vCPUs, whatever else is short', () => {
    const { live } = watch(vcpu(), jobs(4, { vcpus: 1, memoryMiB: 8000 }));
    expect([live(0), live(660)]).toEqual([1, 1]);
  });
});

describe('cas', () => {
  test('launches at least two from zero, and for the group that needs most', () => {
    expect(watch(cas(), jobs(1, {})).live(0)).toBe(2);
    expect(watch(cas(), [...jobs(5, { vcpus: 4 }), ...jobs(4, { vcpus: 1 })]).live(0)).toBe(5);
  });

  test('launches nothing more for 300 s', () => {
    const { live } = watch(cas(), [
      ...jobs(5, { vcpus: 4, run: 2000 }),
      ...jobs(3, { vcpus: 4, arrival: 30, run: 2000 }),
    ]);
    expect([live(0), live(240), live(300)]).toEqual([5, 5, 8]);
  });

  test('removes after 15 quiet ticks, at most half less one at a time', () => {
    const { live } = watch(cas(), jobs(6, { vcpus: 4, run: 100 }));
    // All end at 190. Ticks 240 to 1080 are 15; half of 6 less one is 2, of 4 and of fewer 1.
    expect([1020, 1080, 1140, 1200, 1260, 1320].map(live)).toEqual([6, 4, 3, 2, 1, 0]);
  });
});

describe('jobwatcher', () => {
  test('packs waiting vCPUs into empty nodes, first come first served', () => {
    const mixed = [...jobs(1, { vcpus: 3 }), ...jobs(1, { vcpus: 2 }), ...jobs(1, { vcpus: 1 })];
    expect(watch(jobwatcher(), mixed).live(0)).toBe(2);
  });

  test('removes a node after 600 s idle', () => {
    const { live } = watch(jobwatcher(), jobs(1, { run: 60 }));
    expect([live(720), live(780)]).toEqual([1, 0]);
  });
});

describe('static', () => {
  test('is there from the first arrival to the last end', () => {
    expect(watch(fixed(2), jobs(2, { vcpus: 4, arrival: 0, run: 100 }))).toMatchObject({ cost: 2 * 190, lastEnd: 100 });
  });
});

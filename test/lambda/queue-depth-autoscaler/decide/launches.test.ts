import { config, DRAINING, decideOn, FULL, gpuPool, instance, jobs, launches, MINUTE, NOW, pool } from './situation';

const large = pool('large', 16);
const small = pool('small', 4);
const gpu = gpuPool('gpu', 1);

describe('from nothing', () => {
  test('launches as many instances as the jobs fill', () => {
    expect(launches(decideOn({ config: config([large]), demand: [jobs(33, { vcpus: 1 })] }))).toEqual({ large: 3 });
  });

  test('counts whichever resource runs out first', () => {
    const demand = [jobs(4, { vcpus: 1, memoryMiB: 33_000 })];
    expect(launches(decideOn({ config: config([large]), demand }))).toEqual({ large: 4 });
  });

  test('says for how many jobs, and how full they make it', () => {
    const { launches: list } = decideOn({ config: config([large]), demand: [jobs(12, { vcpus: 1 })] });
    expect(list).toEqual([{ pool: 'large', count: 1, reason: 'for 12 waiting jobs, which fill 75 %' }]);
  });
});

describe('sizes', () => {
  const sizes = config([large, small]);

  test('opens the cheapest instance that holds what is left over', () => {
    expect(launches(decideOn({ config: sizes, demand: [jobs(1, { vcpus: 3 })] }))).toEqual({ small: 1 });
    expect(launches(decideOn({ config: sizes, demand: [jobs(1, { vcpus: 5 })] }))).toEqual({ large: 1 });
  });

  test('fills what it opens for a large job with small ones', () => {
    const demand = [jobs(1, { vcpus: 10 }), jobs(6, { vcpus: 1 })];
    expect(launches(decideOn({ config: sizes, demand }))).toEqual({ large: 1 });
  });

  test('opens large instances for many equal jobs', () => {
    expect(launches(decideOn({ config: sizes, demand: [jobs(64, { vcpus: 1 })] }))).toEqual({ large: 4 });
  });

  test('knows a better price for the same', () => {
    const cheap = pool('cheap', 16, { cost: 3 });
    expect(launches(decideOn({ config: config([large, small, cheap]), demand: [jobs(1, { vcpus: 1 })] }))).toEqual({
      cheap: 1,
    });
  });

  test('lists small ones first, whatever the order of the pools', () => {
    const demand = [jobs(1, { vcpus: 16 }), jobs(1, { vcpus: 4 })];
    expect(decideOn({ config: sizes, demand }).launches.map((launch) => launch.pool)).toEqual(['small', 'large']);
  });
});

describe('what is there', () => {
  test('is used before anything is launched', () => {
    const half = { remaining: { vcpus: 8, memoryMiB: 32_000, gpus: 0 }, jobs: 1 };
    const instances = [instance('busy', large, { container: half }), instance('idle', large)];
    const situation = { config: config([large]), instances };
    expect(launches(decideOn({ ...situation, demand: [jobs(24, { vcpus: 1 })] }))).toEqual({});
    expect(launches(decideOn({ ...situation, demand: [jobs(25, { vcpus: 1 })] }))).toEqual({ large: 1 });
  });

  test('an instance that boots counts whole until its time is over', () => {
    const booting = (minutes: number) =>
      instance('new', large, { launchedAt: NOW - minutes * MINUTE, container: undefined });
    const demand = [jobs(16, { vcpus: 1 })];
    expect(launches(decideOn({ config: config([large]), demand, instances: [booting(9)] }))).toEqual({});
    expect(launches(decideOn({ config: config([large]), demand, instances: [booting(10)] }))).toEqual({ large: 1 });
  });

  test('so does one that Auto Scaling was asked for and does not show yet', () => {
    const demand = [jobs(32, { vcpus: 1 })];
    expect(launches(decideOn({ config: config([large]), demand, groups: { large: { desired: 1 } } }))).toEqual({
      large: 1,
    });
  });

  test('what comes and is needed by nobody else is waited for, though a smaller one would do', () => {
    const instances = [instance('new', large, { launchedAt: NOW - MINUTE, container: undefined })];
    expect(launches(decideOn({ config: config([large, small]), demand: [jobs(1, { vcpus: 1 })], instances }))).toEqual(
      {},
    );
  });

  test.each([
    ['a disconnected agent', { agentConnected: false }],
    ['a drain by somebody else', DRAINING],
    ['no room', FULL],
  ])('%s is no supply', (_, container) => {
    const situation = {
      config: config([large]),
      demand: [jobs(1, {})],
      instances: [instance('one', large, { container })],
    };
    expect(launches(decideOn(situation))).toEqual({ large: 1 });
  });

  test('what leaves is no supply', () => {
    const instances = [instance('one', large, { lifecycle: 'Terminating' })];
    const groups = { large: { desired: 0 } };
    expect(launches(decideOn({ config: config([large]), demand: [jobs(1, {})], instances, groups }))).toEqual({
      large: 1,
    });
  });
});

describe('GPUs', () => {
  test('jobs without GPUs neither open nor wait for GPU instances', () => {
    const idle = instance('idle', gpu);
    const { launches: list, unplaced } = decideOn({ config: config([gpu]), demand: [jobs(2, {})], instances: [idle] });
    expect(list).toEqual([]);
    expect(unplaced).toMatchObject([{ count: 2, reason: 'gpu-pools-only' }]);
    expect(launches(decideOn({ config: config([gpu, large]), demand: [jobs(2, {})], instances: [idle] }))).toEqual({
      large: 1,
    });
  });

  test('unless the pool opens for them', () => {
    const open = gpuPool('gpu', 1, { opensForCpuJobs: true });
    expect(launches(decideOn({ config: config([open]), demand: [jobs(2, {})] }))).toEqual({ gpu: 1 });
  });

  test('GPU jobs are planned first, so that others fit in beside them and not they beside others', () => {
    const open = gpuPool('gpu', 1, { opensForCpuJobs: true });
    const demand = [jobs(1, { vcpus: 8 }), jobs(1, { vcpus: 4, gpus: 1 }), jobs(1, { vcpus: 4 })];
    expect(launches(decideOn({ config: config([open]), demand }))).toEqual({ gpu: 2 });
  });
});

describe('limits', () => {
  const two = pool('large', 16, { maxInstances: 2 });

  test('never launches more than the pool may have, and says what gets nothing', () => {
    const decision = decideOn({ config: config([two]), demand: [jobs(40, { vcpus: 1 })] });
    expect(launches(decision)).toEqual({ large: 2 });
    expect(decision.unplaced).toMatchObject([{ count: 8, reason: 'pool-maximum', requested: { vcpus: 1 } }]);
  });

  test('the group may allow less', () => {
    const groups = { large: { max: 1 } };
    expect(launches(decideOn({ config: config([two]), demand: [jobs(40, { vcpus: 1 })], groups }))).toEqual({
      large: 1,
    });
  });

  test('the head of each queue gets its room first', () => {
    const one = config([pool('small', 4, { maxInstances: 1 }), pool('large', 16, { maxInstances: 1 })]);
    const demand = [jobs(1, { vcpus: 3 }, 'urgent'), jobs(5, { vcpus: 4 })];
    const { unplaced } = decideOn({ config: one, demand });
    expect(unplaced).toMatchObject([{ count: 1, queueArn: 'normal' }]);
  });

  test('then the next pool that fits is used', () => {
    const sizes = config([large, pool('small', 4, { maxInstances: 1 })]);
    expect(launches(decideOn({ config: sizes, demand: [jobs(2, { vcpus: 4 })] }))).toEqual({ small: 1, large: 1 });
  });
});

describe('a limit on the vCPUs of the environment', () => {
  const sizes = config([large, small], { maxvCpus: 24 });

  test('is shared by its pools', () => {
    const decision = decideOn({ config: sizes, demand: [jobs(40, { vcpus: 1 })] });
    expect(launches(decision)).toEqual({ large: 1, small: 2 });
    expect(decision.unplaced).toMatchObject([{ count: 16, reason: 'environment-maximum' }]);
  });

  test('counts what is there and what was asked for', () => {
    const situation = {
      config: sizes,
      demand: [jobs(40, { vcpus: 1 })],
      instances: [instance('one', large, { container: FULL })],
    };
    expect(launches(decideOn(situation))).toEqual({ small: 2 });
    expect(launches(decideOn({ ...situation, groups: { small: { desired: 2 } } }))).toEqual({});
  });

  test('holds for spare instances too', () => {
    const spare = config([pool('large', 16, { spareInstances: 2 })], { maxvCpus: 24 });
    expect(launches(decideOn({ config: spare }))).toEqual({ large: 1 });
  });
});

describe('misfits', () => {
  const misfit = jobs(3, { vcpus: 2, memoryMiB: 64_001 });

  test('launch nothing, and are told with what they lack on the pool that comes closest', () => {
    const decision = decideOn({ config: config([small, large, gpu]), demand: [misfit] });
    expect(decision.launches).toEqual([]);
    expect(decision.unplaced).toEqual([]);
    expect(decision.misfits).toEqual([
      {
        jobId: misfit.jobId,
        queueArn: 'normal',
        count: 3,
        requested: misfit.resources,
        shortBy: { vcpus: 0, memoryMiB: 1, gpus: 0 },
        nearestPool: 'large',
      },
    ]);
  });

  test('are not the head of their queue', () => {
    const one = config([pool('large', 16, { maxInstances: 1 })]);
    const { unplaced, misfits } = decideOn({
      config: one,
      demand: [misfit, jobs(1, { vcpus: 9 }), jobs(1, { vcpus: 16 })],
    });
    expect(misfits).toHaveLength(1);
    expect(unplaced).toMatchObject([{ requested: { vcpus: 16 } }]);
  });
});

describe('learned capacity', () => {
  const registered = { ...large.capacity, memoryMiB: 62_000 };
  const learned = { 'large-type': registered };

  test('what an instance registered counts from then on', () => {
    const instances = [instance('one', large, { container: { registered, ...FULL } })];
    const { state, misfits } = decideOn({
      config: config([large]),
      demand: [jobs(1, { memoryMiB: 62_001 })],
      instances,
    });
    expect(state.learnedCapacity).toEqual(learned);
    expect(misfits).toMatchObject([{ shortBy: { memoryMiB: 1 } }]);
  });

  test('and outlasts the instance', () => {
    const situation = { config: config([large]), state: { learnedCapacity: learned } };
    expect(decideOn({ ...situation, demand: [jobs(1, { memoryMiB: 62_000 })] }).misfits).toEqual([]);
    expect(decideOn({ ...situation, demand: [jobs(1, { memoryMiB: 62_001 })] }).misfits).toHaveLength(1);
  });

  test('a broken instance teaches nothing', () => {
    const instances = [instance('one', gpu, { container: { registered: { ...gpu.capacity, gpus: 0 } } })];
    expect(decideOn({ config: config([gpu]), instances }).state.learnedCapacity).toEqual({});
  });

  test('a pool of several types offers what the least of them does', () => {
    const mixed = pool('mixed', 16, { instanceTypes: ['large-type', 'other-type'] });
    const situation = { config: config([mixed]), state: { learnedCapacity: learned } };
    expect(decideOn({ ...situation, demand: [jobs(1, { memoryMiB: 62_001 })] }).misfits).toHaveLength(1);
  });
});

describe('spare instances', () => {
  const spare = config([pool('large', 16, { spareInstances: 2 })]);

  test('are held beyond what the jobs need', () => {
    expect(decideOn({ config: spare, demand: [jobs(1, {})] }).launches).toEqual([
      { pool: 'large', count: 3, reason: 'for 1 waiting jobs, which fill 6 %; 2 to spare' },
    ]);
    expect(launches(decideOn({ config: spare, instances: [instance('idle', large)] }))).toEqual({ large: 1 });
    expect(launches(decideOn({ config: spare, groups: { large: { desired: 2 } } }))).toEqual({});
  });

  test('within the maximum', () => {
    const tight = config([pool('large', 16, { spareInstances: 2, maxInstances: 2 })]);
    expect(launches(decideOn({ config: tight, demand: [jobs(16, { vcpus: 1 })] }))).toEqual({ large: 2 });
  });

  test('are not taken by jobs of other pools while they boot', () => {
    const spares = config([small, pool('large', 16, { spareInstances: 1 })]);
    const booting = (count: number) => ({ groups: { large: { desired: count } } });
    const demand = [jobs(1, { vcpus: 1 })];
    expect(launches(decideOn({ config: spares, demand, ...booting(1) }))).toEqual({ small: 1 });
    expect(launches(decideOn({ config: spares, demand, ...booting(2) }))).toEqual({});
  });
});

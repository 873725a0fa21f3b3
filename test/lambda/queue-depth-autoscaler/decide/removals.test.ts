import { prolongation } from '../../../../lambda/queue-depth-autoscaler/plan/sharing';
import { actions, config, decideOn, DRAINING, FULL, instance, jobs, launches, MINUTE, NOW, pool } from './situation';

const large = pool('large', 16);
const small = pool('small', 4);
const one = config([large]);
const SECOND = 1000;
const minutesAgo = (minutes: number) => NOW - minutes * MINUTE;

describe('an idle instance', () => {
  const idle = (seconds: number) => ({
    instances: [instance('i', large)],
    state: { idleSince: { i: NOW - seconds * SECOND } },
  });

  test('is remembered from when it was first seen idle', () => {
    expect(decideOn({ config: one, instances: [instance('i', large)] }).state.idleSince).toEqual({ i: NOW });
    expect(decideOn({ config: one, ...idle(60) }).state.idleSince).toEqual({ i: NOW - 60 * SECOND });
  });

  test('is drained once it has been idle for long enough, and marked as ours', () => {
    expect(actions(decideOn({ config: one, ...idle(119) }))).toEqual({});
    const decision = decideOn({ config: one, ...idle(120) });
    expect(actions(decision)).toEqual({ i: 'drain' });
    expect(decision.drains[0]!.reason).toBe('idle for 120 s and not needed');
    expect(decision.state.drains).toEqual({ i: NOW });
  });

  test('stays while a waiting job is planned onto it', () => {
    expect(actions(decideOn({ config: one, ...idle(600), demand: [jobs(1, {})] }))).toEqual({});
  });

  test('goes though a misfit waits', () => {
    expect(actions(decideOn({ config: one, ...idle(600), demand: [jobs(1, { vcpus: 17 })] }))).toEqual({ i: 'drain' });
  });

  test('stays while not all demand was read', () => {
    expect(actions(decideOn({ config: one, ...idle(600), demandComplete: false }))).toEqual({});
  });

  test('stays as a spare', () => {
    const spare = config([pool('large', 16, { spareInstances: 1 })]);
    const instances = [instance('i', large), instance('j', large)];
    const state = { idleSince: { i: minutesAgo(9), j: minutesAgo(9) } };
    expect(Object.values(actions(decideOn({ config: spare, instances, state })))).toEqual(['drain']);
  });

  test('counts anew after it had a job', () => {
    const instances = [instance('i', large, { container: FULL })];
    expect(decideOn({ config: one, instances, state: idle(600).state }).state.idleSince).toEqual({});
  });
});

describe('an instance that we drain', () => {
  const drained = (seconds: number, container: object = {}) => ({
    instances: [instance('i', large, { container: { ...DRAINING, ...container } })],
    state: { drains: { i: NOW - seconds * SECOND }, idleSince: { i: minutesAgo(10) } },
  });

  test('is terminated a while later', () => {
    expect(actions(decideOn({ config: one, ...drained(59) }))).toEqual({});
    const decision = decideOn({ config: one, ...drained(60) });
    expect(actions(decision)).toEqual({ i: 'terminate' });
    expect(decision.terminations[0]!.reason).toBe('drained for 60 s, idle for 600 s');
  });

  test('keeps its mark until it is gone, for the termination may fail', () => {
    expect(decideOn({ config: one, ...drained(60) }).state.drains).toEqual({ i: NOW - 60 * SECOND });
    expect(decideOn({ config: one, state: drained(60).state }).state.drains).toEqual({});
  });

  test('stays while a job runs there that was placed before the drain', () => {
    expect(actions(decideOn({ config: one, ...drained(600, FULL) }))).toEqual({});
  });

  test('is idle for as long as any other once its last job has ended', () => {
    const { instances } = drained(600);
    const state = { drains: { i: minutesAgo(10) }, idleSince: { i: NOW - 119 * SECOND } };
    expect(actions(decideOn({ config: one, instances, state }))).toEqual({});
    expect(actions(decideOn({ config: one, instances, state, time: NOW + SECOND }))).toEqual({ i: 'terminate' });
  });

  test('is taken back for a waiting job, however late, and nothing launched', () => {
    const decision = decideOn({ config: one, ...drained(600), demand: [jobs(16, {})] });
    expect(actions(decision)).toEqual({ i: 'undrain' });
    expect(decision.launches).toEqual([]);
    expect(decision.undrains[0]!.reason).toBe('room for 16 waiting jobs');
  });

  test('bears its mark until it is seen ACTIVE, for the call may fail', () => {
    const { state } = decideOn({ config: one, ...drained(600), demand: [jobs(1, {})] });
    expect(state.drains).toHaveProperty('i');
    const active = [instance('i', large, { container: FULL })];
    expect(decideOn({ config: one, instances: active, state }).state.drains).toEqual({});
  });

  test('is not terminated on an incomplete look', () => {
    expect(actions(decideOn({ config: one, ...drained(600), demandComplete: false }))).toEqual({});
  });
});

describe('an instance that somebody else drains', () => {
  const foreign = { instances: [instance('i', large, { container: DRAINING })] };

  test('is not taken back', () => {
    expect(actions(decideOn({ config: one, ...foreign, demand: [jobs(1, {})] }))).toEqual({});
  });

  test('is ours to end after ten minutes without jobs', () => {
    expect(actions(decideOn({ config: one, ...foreign, state: { unusableSince: { i: NOW - 599 * SECOND } } }))).toEqual(
      {},
    );
    const decision = decideOn({ config: one, ...foreign, state: { unusableSince: { i: minutesAgo(10) } } });
    expect(actions(decision)).toEqual({ i: 'drain' });
    const later = decideOn({ config: one, ...foreign, state: decision.state, time: NOW + 2 * MINUTE });
    expect(actions(later)).toEqual({ i: 'terminate' });
  });
});

describe('an instance whose agent is disconnected', () => {
  const dead = (container: object = {}) => [
    instance('i', large, { container: { agentConnected: false, ...container } }),
  ];
  const state = { unusableSince: { i: minutesAgo(10) } };

  test('is drained after ten minutes, and then terminated', () => {
    expect(actions(decideOn({ config: one, instances: dead() }))).toEqual({});
    expect(actions(decideOn({ config: one, instances: dead(), state }))).toEqual({ i: 'drain' });
  });

  test('stays as long as jobs may run there', () => {
    expect(actions(decideOn({ config: one, instances: dead(FULL), state }))).toEqual({});
  });

  test('is forgiven when it comes back', () => {
    expect(
      decideOn({ config: one, instances: [instance('i', large, { container: FULL })], state }).state.unusableSince,
    ).toEqual({});
  });
});

describe('an outdated instance', () => {
  const old = (container: object = {}) => instance('old', large, { outdated: true, container });

  test('leaves at once when idle', () => {
    expect(actions(decideOn({ config: one, instances: [old()] }))).toEqual({ old: 'drain' });
  });

  test('takes no more jobs when busy', () => {
    expect(actions(decideOn({ config: one, instances: [old({ jobs: 1 })] }))).toEqual({ old: 'drain' });
  });

  test('stays for jobs that find room nowhere else', () => {
    const instances = [old(), instance('new', large)];
    expect(actions(decideOn({ config: one, instances, demand: [jobs(17, {})] }))).toEqual({});
    expect(actions(decideOn({ config: one, instances, demand: [jobs(16, {})] }))).toEqual({ old: 'drain' });
  });

  test('is taken back only when nothing can be launched', () => {
    const instances = [old({ ...DRAINING, jobs: 1 })];
    const state = { drains: { old: minutesAgo(5) } };
    const demand = [jobs(1, {})];
    const free = decideOn({ config: one, instances, state, demand });
    expect([actions(free), launches(free)]).toEqual([{}, { large: 1 }]);
    const full = decideOn({ config: config([pool('large', 16, { maxInstances: 1 })]), instances, state, demand });
    expect([actions(full), launches(full)]).toEqual([{ old: 'undrain' }, {}]);
  });
});

describe('sharing', () => {
  const sizes = config([large, small]);
  const rest = { remaining: { vcpus: 8, memoryMiB: 32_000, gpus: 0 }, jobs: 1 };
  const inUse = (minutes: number, container: object = {}) =>
    instance('i', large, { launchedAt: minutesAgo(minutes), container: { ...rest, ...container } });

  test('the longer an instance has been in use, the less a new job prolongs that', () => {
    const hours = [0, 1, 10, 100].map((hour) => prolongation(hour * 60 * MINUTE));
    expect(hours[0]).toBe(1);
    expect([...hours].sort((a, b) => b - a)).toEqual(hours);
    expect(hours[3]).toBeLessThan(0.1);
  });

  test('a young large instance is closed to small jobs', () => {
    expect(actions(decideOn({ config: sizes, instances: [inUse(5)] }))).toEqual({ i: 'drain' });
  });

  test('an old one is not: the small job will be done first', () => {
    expect(actions(decideOn({ config: sizes, instances: [inUse(2 * 24 * 60)] }))).toEqual({});
  });

  test('nor is one where nothing smaller can be had', () => {
    expect(actions(decideOn({ config: one, instances: [inUse(5)] }))).toEqual({});
    const full = config([large, pool('small', 4, { maxInstances: 1 })]);
    const instances = [inUse(5), instance('s', small, { container: FULL })];
    expect(actions(decideOn({ config: full, instances }))).toEqual({});
  });

  test('a closed instance is taken back for a job that would need one as large, not for one that would not', () => {
    const situation = { config: sizes, instances: [inUse(5, DRAINING)], state: { drains: { i: minutesAgo(4) } } };
    const joins = decideOn({ ...situation, demand: [jobs(1, { vcpus: 8 })] });
    expect([actions(joins), launches(joins)]).toEqual([{ i: 'undrain' }, {}]);
    const stays = decideOn({ ...situation, demand: [jobs(1, { vcpus: 4 })] });
    expect([actions(stays), launches(stays)]).toEqual([{}, { small: 1 }]);
  });

  test('once it is taken back, small jobs fill it up', () => {
    const situation = { config: sizes, instances: [inUse(5, DRAINING)], state: { drains: { i: minutesAgo(4) } } };
    const decision = decideOn({ ...situation, demand: [jobs(1, { vcpus: 6 }), jobs(1, { vcpus: 2 })] });
    expect([actions(decision), launches(decision)]).toEqual([{ i: 'undrain' }, {}]);
  });

  test('at the maximum any room is taken', () => {
    const tight = config([pool('large', 16, { maxInstances: 1 })]);
    const situation = { config: tight, instances: [inUse(5, DRAINING)], state: { drains: { i: minutesAgo(4) } } };
    expect(actions(decideOn({ ...situation, demand: [jobs(1, { vcpus: 1 })] }))).toEqual({ i: 'undrain' });
  });
});

describe('an incomplete look at the instances', () => {
  const situation = {
    config: one,
    demand: [jobs(40, {})],
    instances: [
      instance('i', large, { container: DRAINING }),
      instance('j', large, { launchedAt: 0, container: undefined }),
    ],
    state: { drains: { i: minutesAgo(10), unseen: minutesAgo(10) }, idleSince: { i: minutesAgo(10) } },
    supplyComplete: false,
  };

  test('changes nothing, forgets nothing and says so', () => {
    const decision = decideOn(situation);
    expect([actions(decision), launches(decision), decision.resets]).toEqual([{}, {}, []]);
    expect(decision.state).toMatchObject(situation.state);
    expect(decision.unplaced).toMatchObject([{ count: 40, reason: 'supply-unknown' }]);
  });
});

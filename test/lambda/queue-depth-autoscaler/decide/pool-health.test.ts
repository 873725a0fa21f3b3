import type { AutoscalerState, PoolState } from '../../../../lambda/queue-depth-autoscaler/model';
import { actions, config, decideOn, FULL, instance, jobs, launches, MINUTE, NOW, pool } from './situation';

const first = pool('first', 16);
const second = pool('second', 16, { cost: 20 });
const both = config([first, second]);
const demand = [jobs(16, {})];

function stateOf(name: string, state: Partial<PoolState>): Partial<AutoscalerState> {
  return { pools: { [name]: { launchFailures: 0, registrationFailures: 0, ...state } } };
}

describe('a launch that fails', () => {
  const launchFailure = { at: NOW - MINUTE, reason: 'InsufficientInstanceCapacity' };
  const failed = { first: { desired: 1, launchFailure } };

  test('lowers the desired capacity to what is there, and the next pool is used', () => {
    const decision = decideOn({ config: both, demand, groups: failed });
    expect(decision.resets).toEqual([{ pool: 'first', desired: 0, reason: 'InsufficientInstanceCapacity' }]);
    expect(launches(decision)).toEqual({ second: 1 });
  });

  test('leaves what was launched besides', () => {
    const instances = [instance('i', first, { container: undefined, launchedAt: NOW - MINUTE })];
    const groups = { first: { ...failed.first, desired: 3 } };
    expect(decideOn({ config: both, instances, groups }).resets).toMatchObject([{ desired: 1 }]);
  });

  test('puts the pool to sleep for 5, 10, 20 and then 30 minutes', () => {
    let state: Partial<AutoscalerState> = {};
    let time = NOW;
    const sleeps = [1, 2, 3, 4, 5].map(() => {
      const groups = { first: { launchFailure: { ...launchFailure, at: time } } };
      const decision = decideOn({ config: both, groups, state, time });
      state = decision.state;
      const slept = (decision.state.pools.first!.backOffUntil! - time) / MINUTE;
      time = decision.state.pools.first!.backOffUntil!;
      return slept;
    });
    expect(sleeps).toEqual([5, 10, 20, 30, 30]);
  });

  test('counts once, however often it is told', () => {
    const { state } = decideOn({ config: both, groups: failed });
    const again = decideOn({ config: both, groups: failed, state, time: NOW + MINUTE });
    expect(again.state.pools.first).toMatchObject({ launchFailures: 1, backOffUntil: NOW + 5 * MINUTE });
  });

  test('is told as the reason why jobs get nothing, where there is no other pool', () => {
    const { unplaced } = decideOn({ config: config([first]), demand, groups: failed });
    expect(unplaced).toMatchObject([{ count: 16, reason: 'back-off' }]);
  });

  test('is over after the back-off', () => {
    const state = stateOf('first', { launchFailures: 1, backOffUntil: NOW + 1 });
    expect(launches(decideOn({ config: both, demand, state }))).toEqual({ second: 1 });
    expect(launches(decideOn({ config: both, demand, state, time: NOW + 1 }))).toEqual({ first: 1 });
  });

  test('is forgiven when a later launch succeeds', () => {
    const state = stateOf('first', { launchFailures: 3, lastLaunchFailureAt: NOW - 9 * MINUTE });
    const instances = [instance('i', first, { launchedAt: NOW - MINUTE, container: undefined })];
    expect(decideOn({ config: both, instances, state }).state.pools.first!.launchFailures).toBe(0);
  });

  test('may show only in that nothing comes', () => {
    const groups = { first: { desired: 1 } };
    const seen = decideOn({ config: both, demand, groups });
    expect([seen.resets, launches(seen)]).toEqual([[], {}]);
    const still = decideOn({ config: both, demand, groups, state: seen.state, time: NOW + 10 * MINUTE });
    expect(still.resets).toMatchObject([{ pool: 'first', desired: 0 }]);
    expect(launches(still)).toEqual({ second: 1 });
  });
});

describe('an instance that does not register in time', () => {
  const overdue = (id: string, launchedAt: number) => instance(id, first, { launchedAt, container: undefined });
  const late = [overdue('late', NOW - 10 * MINUTE)];

  test('is terminated and replaced', () => {
    const decision = decideOn({ config: both, demand, instances: late });
    expect(actions(decision)).toEqual({ late: 'terminate' });
    expect(launches(decision)).toEqual({ first: 1 });
  });

  test('goes whether or not all demand was read: it can have no jobs', () => {
    expect(actions(decideOn({ config: both, instances: late, demandComplete: false }))).toEqual({ late: 'terminate' });
  });

  test('protects the pool the third time in a row', () => {
    const state = stateOf('first', { registrationFailures: 2, lastRegistrationFailureAt: NOW - 11 * MINUTE });
    const decision = decideOn({ config: both, demand, instances: late, state });
    expect(decision.protections).toMatchObject([{ pool: 'first', until: NOW + 60 * MINUTE }]);
    expect(launches(decision)).toEqual({ second: 1 });
    const alone = decideOn({ config: config([first]), demand, state: decision.state, time: NOW + MINUTE });
    expect(alone.protections).toEqual([]);
    expect(alone.unplaced).toMatchObject([{ reason: 'protected' }]);
  });

  test('counts once with those that were launched before it was noticed', () => {
    const { state } = decideOn({ config: both, instances: late });
    const sibling = [overdue('sibling', NOW - 9 * MINUTE)];
    const after = decideOn({ config: both, instances: sibling, state, time: NOW + MINUTE });
    expect(actions(after)).toEqual({ sibling: 'terminate' });
    expect(after.state.pools.first!.registrationFailures).toBe(1);
  });

  test('is forgiven when a later one registers', () => {
    const state = stateOf('first', { registrationFailures: 2, lastRegistrationFailureAt: NOW - 5 * MINUTE });
    const instances = [instance('i', first, { launchedAt: NOW - 2 * MINUTE, container: FULL })];
    expect(decideOn({ config: both, instances, state }).state.pools.first!.registrationFailures).toBe(0);
  });
});

describe('after its protection a pool', () => {
  const state = stateOf('first', {
    registrationFailures: 3,
    lastRegistrationFailureAt: NOW - 60 * MINUTE,
    protectedUntil: NOW,
  });
  const many = [jobs(64, {})];

  test('tries with one instance', () => {
    expect(launches(decideOn({ config: config([first]), demand: many, state }))).toEqual({ first: 1 });
  });

  test('waits for that one', () => {
    const instances = [instance('probe', first, { launchedAt: NOW - MINUTE, container: undefined })];
    expect(launches(decideOn({ config: config([first]), demand: many, state, instances }))).toEqual({});
  });

  test('launches freely once it has registered', () => {
    const instances = [instance('probe', first, { launchedAt: NOW - 2 * MINUTE, container: FULL })];
    expect(launches(decideOn({ config: config([first]), demand: many, state, instances }))).toEqual({ first: 4 });
  });

  test('is protected again when it has not', () => {
    const instances = [instance('probe', first, { launchedAt: NOW - 10 * MINUTE, container: undefined })];
    expect(decideOn({ config: config([first]), instances, state }).protections).toHaveLength(1);
  });
});

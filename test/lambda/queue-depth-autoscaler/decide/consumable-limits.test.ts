import fc from 'fast-check';
import {
  config,
  DRAINING,
  decideOn,
  FULL,
  gpuPool,
  instance,
  jobs,
  launches,
  licensed,
  MINUTE,
  NOW,
  pool,
} from './situation';

const small = pool('small', 4);
const large = pool('large', 16);
const gpu = gpuPool('gpu', 1);
const one = { licence: 1 };
const whole = licensed(jobs(1, { vcpus: 4 }));

test('jobs beyond what their consumable resource allows launch nothing, in dispatch order and across queues', () => {
  const demand = [
    licensed(jobs(5, { vcpus: 4 }, 'urgent'), 2),
    licensed(jobs(1, { vcpus: 16 })),
    jobs(1, { vcpus: 4 }),
  ];
  const decision = decideOn({ config: config([small, large]), demand, availability: { licence: 4 } });
  expect(launches(decision)).toEqual({ small: 3 });
  expect(decision.unplaced).toEqual([]);
});

test('a resource that could not be read lets nothing through', () => {
  expect(launches(decideOn({ config: config([small]), demand: [whole] }))).toEqual({});
});

test('jobs that lack a resource keep no instance', () => {
  const idle = instance('idle', small);
  const situation = { config: config([small]), instances: [idle], state: { idleSince: { idle: NOW - 60 * MINUTE } } };
  const drained = (demand = [whole], availability = {}) =>
    decideOn({ ...situation, demand, availability }).drains.map(({ instanceId }) => instanceId);
  expect(drained()).toEqual(['idle']);
  expect(drained([whole], one)).toEqual([]);
});

describe('a job that nothing can be launched for does not keep a licence from those behind it', () => {
  test('one that fits nowhere, which is reported whole', () => {
    const misfits = licensed(jobs(3, { vcpus: 64 }, 'urgent'));
    const decision = decideOn({ config: config([small]), demand: [misfits, whole], availability: one });
    expect(launches(decision)).toEqual({ small: 1 });
    expect(decision.misfits).toMatchObject([{ count: 3 }]);
  });

  test('one without GPUs that fits instances with GPUs only', () => {
    const demand = [licensed(jobs(1, { vcpus: 8 }, 'urgent')), whole];
    expect(launches(decideOn({ config: config([small, gpu]), demand, availability: one }))).toEqual({ small: 1 });
  });

  test('one whose pool is backed off and has nothing', () => {
    const demand = [licensed(jobs(1, { vcpus: 16 }, 'urgent')), whole];
    const state = { pools: { large: { launchFailures: 1, registrationFailures: 0, backOffUntil: NOW + MINUTE } } };
    const situation = { config: config([small, large]), demand, availability: one };
    expect(launches(decideOn({ ...situation, state }))).toEqual({ small: 1 });
    expect(launches(decideOn(situation))).toEqual({ large: 1 });
  });

  test('but one whose instance comes, or has been drained by us, does', () => {
    const demand = [licensed(jobs(1, { vcpus: 16 }, 'urgent')), whole];
    const full = pool('large', 16, { maxInstances: 1 });
    const situation = { config: config([small, full]), demand, availability: one };
    const booting = instance('booting', full, { launchedAt: NOW - MINUTE, container: undefined });
    expect(launches(decideOn({ ...situation, instances: [booting] }))).toEqual({});
    expect(launches(decideOn({ ...situation, groups: { large: { desired: 1 } } }))).toEqual({});
    const drained = instance('drained', full, { container: DRAINING });
    const decision = decideOn({ ...situation, instances: [drained], state: { drains: { drained: NOW } } });
    expect(launches(decision)).toEqual({});
    expect(decision.undrains).toMatchObject([{ instanceId: 'drained' }]);
  });
});

test('what others leave goes to a job that can have no instance of its own', () => {
  const busy = instance('busy', gpu, { container: FULL });
  const onGpu = licensed(jobs(1, { vcpus: 8 }, 'urgent'));
  const decision = decideOn({ config: config([small, gpu]), demand: [onGpu], instances: [busy], availability: one });
  expect(decision.unplaced).toMatchObject([{ reason: 'gpu-pools-only', count: 1 }]);
});

test('never more jobs than their resource allows, and all of those without one', () => {
  const groups = fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 9 }),
      quantity: fc.integer({ min: 0, max: 4 }),
      vcpus: fc.constantFrom(1, 4, 16, 64),
    }),
  );
  fc.assert(
    fc.property(groups, fc.integer({ min: 0, max: 30 }), (list, available) => {
      // Each asks for memory of its own, so that it is told from others.
      const demand = list.map(({ count, quantity, vcpus }, index) =>
        licensed(jobs(count, { vcpus, memoryMiB: 100 + index }), quantity),
      );
      const nothing = { ...small, maxInstances: 0 };
      const situation = { config: config([nothing, { ...large, maxInstances: 0 }]), demand };
      const { unplaced } = decideOn({ ...situation, availability: { licence: available } });
      const byIndex = new Map(unplaced.map(({ requested, count }) => [requested.memoryMiB - 100, count]));
      const used = list.reduce((sum, { quantity }, index) => sum + quantity * (byIndex.get(index) ?? 0), 0);
      expect(used).toBeLessThanOrEqual(available);
      list.forEach(({ count, quantity, vcpus }, index) => {
        if (quantity === 0 && vcpus <= 16) expect(byIndex.get(index)).toBe(count);
      });
    }),
  );
});

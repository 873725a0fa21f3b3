import fc from 'fast-check';
import { chooseForTermination } from '../../../local/auto-scaling/termination-policy';
import type { Candidate, TerminationChoice } from '../../../local/auto-scaling/termination-policy';

const MINUTE = 60_000;

function member(instanceId: string, overrides: Partial<Candidate> & { zone?: string } = {}): Candidate {
  const { zone = 'a', ...rest } = overrides;
  return {
    instanceId,
    placement: { availabilityZone: zone },
    spot: false,
    lifecycle: 'InService',
    protectedFromScaleIn: false,
    launchedAt: 0,
    launchTemplateId: 'lt',
    launchTemplateVersion: '1',
    ...rest,
  };
}

function chosen(live: readonly Candidate[], choice: Partial<TerminationChoice> = {}): string | undefined {
  return chooseForTermination({ live, policies: ['Default'], launchTemplateId: 'lt', now: 0, ...choice })?.instanceId;
}

test('the zone with the most instances goes first', () => {
  expect(chosen([member('1', { zone: 'a' }), member('2', { zone: 'b' }), member('3', { zone: 'b' })])).toBe('2');
});

test('a zone whose instances are all protected is passed over', () => {
  const protectedFromScaleIn = true;
  expect(
    chosen([
      member('1', { zone: 'a' }),
      member('2', { zone: 'b', protectedFromScaleIn }),
      member('3', { zone: 'b', protectedFromScaleIn }),
    ]),
  ).toBe('1');
});

test('the oldest launch template version goes before the newer, another template before both', () => {
  const live = [
    member('1', { launchTemplateVersion: '10' }),
    member('2', { launchTemplateVersion: '9' }),
    member('3', { launchTemplateId: 'other', launchTemplateVersion: '99' }),
  ];
  expect(chosen(live)).toBe('3');
  expect(chosen(live.slice(0, 2))).toBe('2');
});

test('of equals the one closest to its next hour goes', () => {
  const live = [
    member('1', { launchedAt: 0 }),
    member('2', { launchedAt: 10 * MINUTE }),
    member('3', { launchedAt: 65 * MINUTE }),
  ];
  expect(chosen(live, { now: 66 * MINUTE })).toBe('2');
});

test.each([
  ['OldestInstance', '1'],
  ['NewestInstance', '3'],
  ['OldestLaunchTemplate', '2'],
])('%s', (policy, expected) => {
  const live = [
    member('1', { launchedAt: 1, launchTemplateVersion: '2' }),
    member('2', { launchedAt: 2, launchTemplateVersion: '1' }),
    member('3', { launchedAt: 3, launchTemplateVersion: '2' }),
  ];
  expect(chosen(live, { policies: [policy] })).toBe(expected);
});

test('the purchase option that is above its share goes, unless all of it is protected', () => {
  const live = [member('1'), member('2', { spot: true })];
  expect(chosen(live, { spot: true })).toBe('2');
  expect(chosen(live, { spot: false })).toBe('1');
  expect(chosen([member('1'), member('2', { spot: true, protectedFromScaleIn: true })], { spot: true })).toBe('1');
});

test('protection begins with InService', () => {
  expect(chosen([member('1', { protectedFromScaleIn: true, lifecycle: 'Pending' })])).toBe('1');
  expect(chosen([member('1', { protectedFromScaleIn: true })])).toBeUndefined();
});

test('property: one is chosen when one is open, never a protected one, and always from a fullest zone that has one', () => {
  const candidate = fc.record({
    zone: fc.constantFrom('a', 'b', 'c'),
    spot: fc.boolean(),
    lifecycle: fc.constantFrom('Pending' as const, 'InService' as const),
    protectedFromScaleIn: fc.boolean(),
    launchedAt: fc.integer({ min: 0, max: 10_000_000 }),
    launchTemplateId: fc.constantFrom('lt', 'other'),
    launchTemplateVersion: fc.integer({ min: 1, max: 12 }).map(String),
  });
  const policies = fc.subarray([
    'OldestInstance',
    'NewestInstance',
    'OldestLaunchTemplate',
    'AllocationStrategy',
    'Default',
  ]);
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 12 }), policies, (candidates, order) => {
      const live = candidates.map((one, index) => member(String(index), one));
      const open = live.filter((one) => one.lifecycle === 'Pending' || !one.protectedFromScaleIn);
      const found = chooseForTermination({ live, policies: order, launchTemplateId: 'lt', now: 10_000_000 });
      expect(found !== undefined).toBe(open.length > 0);
      if (!found) return;
      expect(open).toContain(found);
      const size = (one: Candidate): number =>
        live.filter(({ placement }) => placement.availabilityZone === one.placement.availabilityZone).length;
      expect(size(found)).toBe(Math.max(...open.map(size)));
    }),
  );
});

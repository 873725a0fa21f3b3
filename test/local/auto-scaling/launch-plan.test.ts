import fc from 'fast-check';
import { launchChoices, nextIsSpot, onDemandShare, zonesByNeed } from '../../../local/auto-scaling/launch-plan';
import type { GroupSettings } from '../../../local/auto-scaling/model';

function settings(overrides: Partial<GroupSettings> = {}): GroupSettings {
  return {
    placements: ['a', 'b'].map((availabilityZone) => ({ availabilityZone })),
    newInstancesProtected: false,
    terminationPolicies: ['Default'],
    defaultCooldownSeconds: 300,
    healthCheckType: 'EC2',
    healthCheckGracePeriodSeconds: 0,
    capacityRebalance: false,
    ...overrides,
  };
}

function mixed(OnDemandBaseCapacity?: number, OnDemandPercentageAboveBaseCapacity?: number): GroupSettings {
  const InstancesDistribution = { OnDemandBaseCapacity, OnDemandPercentageAboveBaseCapacity };
  return settings({ mixedInstancesPolicy: { InstancesDistribution } });
}

test('a group without a mixed instances policy launches what its template says', () => {
  const launchTemplate = { LaunchTemplateId: 'lt-1', Version: '3' };
  expect(launchChoices(settings({ launchTemplate }))).toEqual([
    { template: { launchTemplateId: 'lt-1', launchTemplateName: undefined, version: '3' } },
  ]);
  expect(nextIsSpot(settings({ launchTemplate }), [])).toBeUndefined();
});

test('overrides are tried in their order, each with its own template where it has one', () => {
  const choices = launchChoices(
    settings({
      mixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: { LaunchTemplateId: 'lt-1' },
          Overrides: [
            { InstanceType: 'g5.xlarge' },
            { InstanceType: 'g6.xlarge', LaunchTemplateSpecification: { LaunchTemplateId: 'lt-2' } },
          ],
        },
      },
    }),
  );
  expect(choices.map(({ instanceType, template }) => [instanceType, template.launchTemplateId])).toEqual([
    ['g5.xlarge', 'lt-1'],
    ['g6.xlarge', 'lt-2'],
  ]);
});

test.each([
  ['all On-Demand by default', mixed(), [false, false, false, false]],
  ['all Spot', mixed(0, 0), [true, true, true, true]],
  ['a base of On-Demand, the rest Spot', mixed(2, 0), [false, false, true, true]],
  ['half and half', mixed(0, 50), [false, true, false, true]],
])('purchase options: %s', (_, group, expected) => {
  const live: { spot: boolean }[] = [];
  for (let index = 0; index < expected.length; index++) live.push({ spot: nextIsSpot(group, live)! });
  expect(live.map(({ spot }) => spot)).toEqual(expected);
});

test('property: launching one after the other keeps the distribution', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 }),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 1, max: 40 }),
      (base, percentage, count) => {
        const group = mixed(base, percentage);
        const live: { spot: boolean }[] = [];
        for (let index = 0; index < count; index++) live.push({ spot: nextIsSpot(group, live)! });
        expect(live.filter(({ spot }) => !spot)).toHaveLength(onDemandShare(group, count));
      },
    ),
  );
});

test('zones with the fewest instances come first, equal ones in their order', () => {
  const { placements } = settings();
  const inZone = (availabilityZone: string): { placement: { availabilityZone: string } } => ({
    placement: { availabilityZone },
  });
  expect(zonesByNeed(placements, [inZone('a')]).map((zone) => zone.availabilityZone)).toEqual(['b', 'a']);
  expect(zonesByNeed(placements, []).map((zone) => zone.availabilityZone)).toEqual(['a', 'b']);
});

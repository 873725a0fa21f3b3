import type { LaunchTemplateSpecification } from '@aws-sdk/client-auto-scaling';
import type { LaunchTemplateReference } from '../ports';
import type { GroupSettings, Member } from './model';
import { zonesOf } from './placement';
import type { Placement } from './placement';

/** One way to launch an instance of a group; the group tries them in order. */
export interface LaunchChoice {
  readonly template: LaunchTemplateReference;
  /** Absent: the template's. */
  readonly instanceType?: string;
}

/** The instance types of the group in the order they are given, which stands for every allocation strategy. */
export function launchChoices(settings: GroupSettings): LaunchChoice[] {
  const mixed = settings.mixedInstancesPolicy?.LaunchTemplate;
  const base = mixed?.LaunchTemplateSpecification ?? settings.launchTemplate ?? {};
  const overrides = mixed?.Overrides ?? [];
  if (overrides.length === 0) return [{ template: reference(base) }];
  return overrides.map((override) => ({
    template: reference(override.LaunchTemplateSpecification ?? base),
    instanceType: override.InstanceType,
  }));
}

/**
 * Whether the next instance is a Spot Instance by the group's distribution.
 * @returns undefined when the launch template decides
 */
export function nextIsSpot(settings: GroupSettings, live: readonly Pick<Member, 'spot'>[]): boolean | undefined {
  if (!settings.mixedInstancesPolicy) return undefined;
  return live.filter(({ spot }) => !spot).length >= onDemandShare(settings, live.length + 1);
}

/** How many of that many instances are On-Demand. */
export function onDemandShare(settings: GroupSettings, total: number): number {
  const distribution = settings.mixedInstancesPolicy?.InstancesDistribution;
  const base = Math.min(total, distribution?.OnDemandBaseCapacity ?? 0);
  const percentage = distribution?.OnDemandPercentageAboveBaseCapacity ?? 100;
  return base + Math.ceil(((total - base) * percentage) / 100);
}

/** The zones with the fewest instances first. */
export function zonesByNeed(
  placements: readonly Placement[],
  live: readonly Pick<Member, 'placement'>[],
): { availabilityZone: string; count: number }[] {
  return zonesOf(placements)
    .map((availabilityZone) => ({ availabilityZone, count: countIn(availabilityZone, live) }))
    .sort((a, b) => a.count - b.count);
}

function countIn(zone: string, live: readonly Pick<Member, 'placement'>[]): number {
  return live.filter(({ placement }) => placement.availabilityZone === zone).length;
}

export function reference(specification: LaunchTemplateSpecification): LaunchTemplateReference {
  return {
    launchTemplateId: specification.LaunchTemplateId,
    launchTemplateName: specification.LaunchTemplateName,
    version: specification.Version,
  };
}

import type { Decision } from '../model';
import { liveInstances, type PoolGroup } from '../observe/groups';

export interface DesiredCapacity {
  readonly group: PoolGroup;
  readonly desired: number;
}

/**
 * What the groups' desired capacities become. The value is absolute, so setting it twice launches once: it starts from
 * what there is or what was asked for, whichever is more, unless the decision takes back what could not be launched.
 */
export function desiredCapacities(
  groups: readonly PoolGroup[],
  { launches, resets }: Pick<Decision, 'launches' | 'resets'>,
): DesiredCapacity[] {
  return groups.flatMap((group) => {
    const reset = resets.find(({ pool }) => pool === group.pool.name);
    const launch = launches.find(({ pool }) => pool === group.pool.name);
    if (!reset && !launch) return [];
    const { DesiredCapacity, MinSize, MaxSize } = group.group;
    const base = reset ? reset.desired : Math.max(DesiredCapacity!, liveInstances(group).length);
    // Auto Scaling refuses what is outside; an imported group may have a minimum.
    const desired = Math.max(MinSize!, Math.min(MaxSize!, base + (launch?.count ?? 0)));
    return desired === DesiredCapacity ? [] : [{ group, desired }];
  });
}

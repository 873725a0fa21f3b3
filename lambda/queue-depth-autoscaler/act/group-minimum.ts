import type { InstanceAction } from '../model';
import { liveInstances, type PoolGroup } from '../observe/groups';

/** How a group's size changes as its instances are terminated one after the other. */
export class GroupSize {
  private live: number;

  /** @param desired the group's desired capacity now */
  constructor(
    private readonly group: PoolGroup,
    private desired: number,
  ) {
    this.live = liveInstances(group).length;
  }

  /**
   * Whether the next termination lowers the desired capacity too, lest the group launch a replacement. A group that has
   * more than it wants launches none, and would refuse to go below its minimum.
   *
   * @returns `refused` when the minimum forbids the termination
   */
  decrement(): boolean | 'refused' {
    if (this.desired < this.live) return false;
    return this.desired > this.group.group.MinSize! || 'refused';
  }

  terminated(decremented: boolean): void {
    this.live--;
    if (decremented) this.desired--;
  }
}

/** Leaves out drains after which the group's minimum would keep the instance, of no use to anybody. */
export function drainsAboveMinimum(
  groups: readonly PoolGroup[],
  drains: readonly InstanceAction[],
  isDraining: (instanceId: string) => boolean,
): InstanceAction[] {
  const spare = new Map(
    groups.map((group) => {
      const staying = liveInstances(group).filter(({ instanceId }) => !isDraining(instanceId)).length;
      return [group.pool.name, staying - group.group.MinSize!];
    }),
  );
  return drains.filter(({ pool }) => {
    const left = spare.get(pool) ?? 0;
    spare.set(pool, left - 1);
    return left > 0;
  });
}

import { arn } from '../world';
import type { World } from '../world';
import type { Random } from '../simulation/random';
import { ActivityLog } from './activities';
import type { Activity } from './activities';
import { validationError } from './errors';
import type { Group, GroupSettings } from './model';
import { ServiceError } from '../wire/service';

/** The groups there are, and the activities of those there were. */
export class Groups {
  private readonly byName = new Map<string, Group>();
  private readonly deleted: Group[] = [];
  private created = 0;
  private activities = 0;

  constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {}

  create(name: string, settings: GroupSettings, minSize: number, maxSize: number): Group {
    if (this.byName.has(name)) {
      throw new ServiceError(
        'AlreadyExists',
        `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
      );
    }
    const groupArn = arn(
      this.world,
      'autoscaling',
      `autoScalingGroup:${this.random.uuid()}:autoScalingGroupName/${name}`,
    );
    const group: Group = {
      ordinal: this.created++,
      name,
      arn: groupArn,
      createdAt: this.world.clock.now(),
      settings,
      minSize,
      maxSize,
      desired: 0,
      tags: new Map(),
      suspended: new Map(),
      members: new Map(),
      activities: new ActivityLog(
        name,
        groupArn,
        () => this.world.clock.now(),
        () => ({ id: this.random.uuid(), ordinal: -this.activities++ }),
      ),
      deleting: false,
      scaling: { request: '', launchFailures: 0, retryAt: 0, rebalanceAt: 0 },
    };
    this.byName.set(name, group);
    return group;
  }

  /** @throws ServiceError when there is none, or it is being deleted */
  existing(name: string | undefined): Group {
    const group = this.byName.get(name ?? '');
    if (!group) throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
    if (group.deleting)
      throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' is deleted`);
    return group;
  }

  remove(group: Group): void {
    group.deleting = true;
    this.byName.delete(group.name);
    this.deleted.push(group);
  }

  find(name: string): Group | undefined {
    return this.byName.get(name);
  }

  /** In the order they were created. */
  all(): Group[] {
    return [...this.byName.values()];
  }

  /** The newest first, with whether the group is gone. */
  recentActivities(name: string | undefined, withDeleted: boolean): { activity: Activity; groupDeleted: boolean }[] {
    const asked = (group: Group): boolean => name === undefined || group.name === name;
    const of = (groups: readonly Group[], groupDeleted: boolean): { activity: Activity; groupDeleted: boolean }[] =>
      groups
        .filter(asked)
        .flatMap((group) => group.activities.recent().map((activity) => ({ activity, groupDeleted })));
    const found = [...of(this.all(), false), ...(withDeleted ? of(this.deleted, true) : [])];
    return found.sort((a, b) => a.activity.ordinal - b.activity.ordinal);
  }
}

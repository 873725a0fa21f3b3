import type {
  AutoScalingGroup,
  AutoScalingGroupNamesType,
  AutoScalingGroupsType,
  CreateAutoScalingGroupType,
  CreateOrUpdateTagsType,
  DeleteAutoScalingGroupType,
  DeleteTagsType,
  Filter,
  Tag,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import type { LaunchSources } from '../ports';
import { page } from '../wire/page';
import { ServiceError } from '../wire/service';
import type { Operation } from '../wire/service';
import { sentenceTime } from './activities';
import { describedGroup } from './description';
import { inProgress, invalidToken, validationError } from './errors';
import { checkSizes, groupSettings } from './group-settings';
import type { Groups } from './groups';
import { liveMembers } from './model';
import type { Group } from './model';
import type { Scaler } from './scaler';

const MOST_DESCRIBED = 100;
const DESCRIBED_BY_DEFAULT = 50;

export function groupOperations(
  groups: Groups,
  scaler: Scaler,
  sources: LaunchSources,
  now: () => number,
): Readonly<Record<string, Operation>> {
  return {
    CreateAutoScalingGroup: (input: CreateAutoScalingGroupType) => {
      const { MinSize: minSize = 0, MaxSize: maxSize = 0 } = input;
      const desired = input.DesiredCapacity ?? minSize;
      checkSizes(minSize, maxSize, desired);
      const settings = groupSettings(input, sources);
      const group = groups.create(input.AutoScalingGroupName!, settings, minSize, maxSize);
      for (const tag of input.Tags ?? []) setTag(group, tag);
      if (desired > 0) scaler.setDesired(group, desired, 'a user request created an AutoScalingGroup');
    },

    UpdateAutoScalingGroup: (input: UpdateAutoScalingGroupType) => {
      const group = groups.existing(input.AutoScalingGroupName);
      const minSize = input.MinSize ?? group.minSize;
      const maxSize = input.MaxSize ?? group.maxSize;
      // A limit that is given alone takes the desired capacity with it.
      const raised = input.MinSize === undefined ? group.desired : Math.max(group.desired, minSize);
      const desired = input.DesiredCapacity ?? (input.MaxSize === undefined ? raised : Math.min(raised, maxSize));
      checkSizes(minSize, maxSize, desired);
      group.settings = groupSettings(input, sources, group.settings);
      Object.assign(group, { minSize, maxSize });
      if (desired !== group.desired) {
        scaler.setDesired(
          group,
          desired,
          `a user request update of AutoScalingGroup constraints to min: ${minSize}, max: ${maxSize}, desired: ${desired}`,
        );
      } else scaler.soon(group);
    },

    DeleteAutoScalingGroup: (input: DeleteAutoScalingGroupType) => {
      const group = groups.existing(input.AutoScalingGroupName);
      if (!input.ForceDelete) {
        if (liveMembers(group).length > 0) {
          throw new ServiceError(
            'ResourceInUse',
            'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) ' +
              'still in the group.',
          );
        }
        if (group.activities.running()) {
          throw inProgress(
            'You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.',
          );
        }
      }
      if (group.members.size === 0) return groups.remove(group);
      group.deleting = true;
      const cause = `At ${sentenceTime(now())} a user request force deleted AutoScalingGroup.`;
      for (const member of liveMembers(group)) scaler.terminate(group, member, cause, 'group-deletion');
    },

    DescribeAutoScalingGroups: (input: AutoScalingGroupNamesType): AutoScalingGroupsType => {
      const names = input.AutoScalingGroupNames ?? [];
      const size = input.MaxRecords ?? DESCRIBED_BY_DEFAULT;
      if (size > MOST_DESCRIBED) throw validationError(`MaxRecords must be at most ${MOST_DESCRIBED}`);
      if (names.length > size) throw validationError(`The number of group names exceeds the limit of ${size}.`);
      const asked = names.length > 0 ? names.flatMap((name) => groups.find(name) ?? []) : groups.all();
      const matching = asked
        .filter((group) => (input.Filters ?? []).every((filter) => hasTag(group, filter)))
        .sort((a, b) => a.ordinal - b.ordinal);
      const { items, nextToken } = page(matching, ({ ordinal }) => ordinal, size, input.NextToken, invalidToken);
      const described = items.map(describedGroup);
      return {
        AutoScalingGroups: input.IncludeInstances === false ? described.map(withoutInstances) : described,
        NextToken: nextToken,
      };
    },

    CreateOrUpdateTags: (input: CreateOrUpdateTagsType) => {
      for (const tag of input.Tags!) setTag(groups.existing(tag.ResourceId), tag);
    },

    DeleteTags: (input: DeleteTagsType) => {
      for (const { ResourceId, Key } of input.Tags!) groups.existing(ResourceId).tags.delete(Key!);
    },
  };
}

function setTag(group: Group, { Key, Value, PropagateAtLaunch }: Tag): void {
  group.tags.set(Key!, { value: Value ?? '', propagateAtLaunch: PropagateAtLaunch ?? false });
}

function hasTag(group: Group, { Name: name = '', Values: values = [] }: Filter): boolean {
  if (name === 'tag-key') return values.some((key) => group.tags.has(key));
  if (name === 'tag-value') return [...group.tags.values()].some(({ value }) => values.includes(value));
  if (name.startsWith('tag:')) return values.includes(group.tags.get(name.slice('tag:'.length))?.value ?? '');
  throw validationError(`Filter type ${name} is not correct. Allowed Filter types are: tag-key, tag-value, tag:<key>`);
}

function withoutInstances(group: AutoScalingGroup): AutoScalingGroup {
  return { ...group, Instances: undefined };
}

import type {
  ActivityType,
  AutoScalingInstancesType,
  DescribeAutoScalingInstancesType,
  DetachInstancesAnswer,
  DetachInstancesQuery,
  SetInstanceHealthQuery,
  SetInstanceProtectionQuery,
  TerminateInstanceInAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import { page } from '../wire/page';
import type { Call, Operation } from '../wire/service';
import { describedActivity, sentenceTime } from './activities';
import type { Activity } from './activities';
import { instanceDetails } from './description';
import { inProgress, invalidToken, validationError } from './errors';
import type { Groups } from './groups';
import type { Group, Member } from './model';
import type { Scaler } from './scaler';

const MOST_DESCRIBED = 50;
const MOST_PROTECTED = 50;
const MOST_TERMINATED = 100;

export function instanceOperations(
  groups: Groups,
  scaler: Scaler,
  now: () => number,
): Readonly<Record<string, Operation>> {
  return {
    TerminateInstanceInAutoScalingGroup: (input: TerminateInstanceInAutoScalingGroupType, call: Call): ActivityType => {
      if (input.InstanceIds === undefined) {
        const found = managed(scaler, input.InstanceId);
        return { Activity: terminate(scaler, found, input.ShouldDecrementDesiredCapacity!, call, now())[0] };
      }
      if (input.InstanceId !== undefined) throw validationError('Specify either InstanceId or InstanceIds, not both.');
      const ids = atMost(input.InstanceIds, MOST_TERMINATED);
      const group = groups.existing(input.AutoScalingGroupName);
      const found = { group, members: ids.map((id) => memberOf(group, id)) };
      return { Activities: terminate(scaler, found, input.ShouldDecrementDesiredCapacity!, call, now()) };
    },

    SetInstanceProtection: (input: SetInstanceProtectionQuery) => {
      const group = groups.existing(input.AutoScalingGroupName);
      const members = atMost(input.InstanceIds!, MOST_PROTECTED).map((id) => memberOf(group, id));
      for (const { instanceId, lifecycle } of members) {
        if (lifecycle !== 'InService') {
          throw validationError(`The instance ${instanceId} is not in InService or EnteringStandby or Standby.`);
        }
      }
      for (const member of members) member.protectedFromScaleIn = input.ProtectedFromScaleIn!;
      scaler.soon(group);
      return {};
    },

    SetInstanceHealth: (input: SetInstanceHealthQuery) => {
      if (input.HealthStatus !== 'Healthy' && input.HealthStatus !== 'Unhealthy') {
        throw validationError(`Valid instance health states are: [Healthy, Unhealthy], not ${input.HealthStatus}.`);
      }
      const { group, members } = managed(scaler, input.InstanceId);
      members[0]!.healthy = input.HealthStatus === 'Healthy';
      scaler.checkHealth(group);
    },

    DetachInstances: (input: DetachInstancesQuery): DetachInstancesAnswer => {
      const group = groups.existing(input.AutoScalingGroupName);
      const members = (input.InstanceIds ?? []).map((id) => memberOf(group, id));
      for (const { instanceId, lifecycle } of members) {
        if (lifecycle !== 'InService')
          throw validationError(`The instance ${instanceId} is not in InService or Standby.`);
      }
      const decrement = input.ShouldDecrementDesiredCapacity!;
      if (decrement && group.desired - members.length < group.minSize) {
        throw validationError(
          `AutoScalingGroup ${group.name} has min-size=${group.minSize}, max-size=${group.maxSize}, and ` +
            `desired-size=${group.desired}. To detach ${members.length} instance, please update the AutoScalingGroup ` +
            'sizes appropriately.',
        );
      }
      const cause = `At ${sentenceTime(now())} instances were detached in response to a user request.`;
      if (decrement) group.desired -= members.length;
      return {
        Activities: members.map((member) => {
          scaler.detach(group, member);
          const description = `Detaching EC2 instance: ${member.instanceId}`;
          const activity = group.activities.record('Successful', description, cause, undefined, member.placement);
          return describedActivity(activity, false);
        }),
      };
    },

    DescribeAutoScalingInstances: (input: DescribeAutoScalingInstancesType): AutoScalingInstancesType => {
      const all = groups.all().flatMap((group) => [...group.members.values()].map((member) => ({ group, member })));
      const asked = input.InstanceIds?.length
        ? all.filter(({ member }) => input.InstanceIds!.includes(member.instanceId))
        : all;
      const { items, nextToken } = page(
        asked.sort((a, b) => a.member.ordinal - b.member.ordinal),
        ({ member }) => member.ordinal,
        input.MaxRecords ?? MOST_DESCRIBED,
        input.NextToken,
        invalidToken,
      );
      return {
        AutoScalingInstances: items.map(({ group, member }) => instanceDetails(group, member)),
        NextToken: nextToken,
      };
    },
  };
}

/** Ends instances at somebody's request: protection does not hold them. */
function terminate(
  scaler: Scaler,
  { group, members }: { group: Group; members: readonly Member[] },
  decrement: boolean,
  { caller }: Call,
  now: number,
): NonNullable<ActivityType['Activities']> {
  for (const member of members) {
    if (member.lifecycle === 'Terminating') {
      throw inProgress(`Activity ${member.activity?.id} is in progress.`);
    }
  }
  if (decrement && group.desired - members.length < group.minSize) {
    throw validationError(
      `Currently, desiredSize equals minSize (${group.minSize}). Terminating instance without replacement will violate ` +
        "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
    );
  }
  return members
    .map((member): Activity => {
      const before = group.desired;
      if (decrement) group.desired -= 1;
      const shrinking = decrement ? `, shrinking the capacity from ${before} to ${group.desired}` : '';
      const cause =
        `At ${sentenceTime(now)} instance ${member.instanceId} was taken out of service in response to a user request ` +
        `by ${caller.functionName ?? caller.principalArn}${shrinking}.`;
      return scaler.terminate(group, member, cause, 'scale-in');
    })
    .map((activity) => describedActivity(activity, false));
}

function managed(scaler: Scaler, instanceId: string | undefined): { group: Group; members: Member[] } {
  const found = scaler.find(instanceId ?? '');
  if (found) return { group: found.group, members: [found.member] };
  throw validationError(`Instance Id not found - No managed instance found for instance ID: ${instanceId}`);
}

function memberOf(group: Group, instanceId: string): Member {
  const found = group.members.get(instanceId);
  if (!found) throw validationError(`The instance ${instanceId} is not part of Auto Scaling group ${group.name}.`);
  return found;
}

function atMost(ids: readonly string[], most: number): readonly string[] {
  if (ids.length > most) throw validationError(`The number of instance ids exceeds the limit of ${most}.`);
  return ids;
}

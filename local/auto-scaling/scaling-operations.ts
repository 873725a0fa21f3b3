import type {
  ActivitiesType,
  DescribeScalingActivitiesType,
  Filter,
  LaunchInstancesRequest,
  LaunchInstancesResult,
  ScalingProcessQuery,
  SetDesiredCapacityType,
} from '@aws-sdk/client-auto-scaling';
import type { Random } from '../simulation/random';
import { page } from '../wire/page';
import type { Operation } from '../wire/service';
import { describedActivity, sentenceTime } from './activities';
import type { Activity } from './activities';
import { inProgress, invalidToken, validationError } from './errors';
import type { Groups } from './groups';
import { launchInstances } from './launch-instances';
import { PROCESSES } from './model';
import type { Group, Process } from './model';
import type { Scaler } from './scaler';

const MOST_ACTIVITIES = 100;

export function scalingOperations(
  groups: Groups,
  scaler: Scaler,
  random: Random,
  now: () => number,
): Readonly<Record<string, Operation>> {
  const launched = new Map<string, { request: string; result: LaunchInstancesResult }>();
  return {
    SetDesiredCapacity: (input: SetDesiredCapacityType) => {
      const group = groups.existing(input.AutoScalingGroupName);
      const desired = input.DesiredCapacity!;
      if (desired > group.maxSize) {
        throw validationError(
          `New SetDesiredCapacity value ${desired} is above max value ${group.maxSize} for the AutoScalingGroup.`,
        );
      }
      if (desired < group.minSize) {
        throw validationError(
          `New SetDesiredCapacity value ${desired} is below min value ${group.minSize} for the AutoScalingGroup.`,
        );
      }
      if (input.HonorCooldown) checkCooldown(group, now());
      if (desired !== group.desired) {
        scaler.setDesired(group, desired, 'a user request explicitly set group desired capacity');
      }
    },

    LaunchInstances: (input: LaunchInstancesRequest): LaunchInstancesResult => {
      const token = input.ClientToken ?? random.uuid();
      return launchInstances(
        groups.existing(input.AutoScalingGroupName),
        { ...input, ClientToken: token },
        {
          scaler,
          launched,
          now,
        },
      );
    },

    SuspendProcesses: (input: ScalingProcessQuery) => {
      const group = groups.existing(input.AutoScalingGroupName);
      for (const process of processes(input)) {
        if (!group.suspended.has(process)) {
          group.suspended.set(process, `User suspended at ${sentenceTime(now())}`);
        }
      }
    },

    ResumeProcesses: (input: ScalingProcessQuery) => {
      const group = groups.existing(input.AutoScalingGroupName);
      for (const process of processes(input)) group.suspended.delete(process);
      scaler.checkHealth(group);
      scaler.soon(group);
    },

    DescribeScalingActivities: (input: DescribeScalingActivitiesType): ActivitiesType => {
      const size = input.MaxRecords ?? MOST_ACTIVITIES;
      if (size > MOST_ACTIVITIES) throw validationError(`MaxRecords must be at most ${MOST_ACTIVITIES}`);
      const name = input.AutoScalingGroupName;
      if (name !== undefined && !input.IncludeDeletedGroups && !groups.find(name)) groups.existing(name);
      const filters = (input.Filters ?? []).map((filter) => activityFilter(filter, name));
      const found = groups
        .recentActivities(name, input.IncludeDeletedGroups ?? false)
        .filter(
          ({ activity }) =>
            (input.ActivityIds?.includes(activity.id) ?? true) && filters.every((holds) => holds(activity)),
        );
      const { items, nextToken } = page(found, ({ activity }) => activity.ordinal, size, input.NextToken, invalidToken);
      return {
        Activities: items.map(({ activity, groupDeleted }) => describedActivity(activity, groupDeleted)),
        NextToken: nextToken,
      };
    },
  };
}

function checkCooldown(group: Group, now: number): void {
  const running = group.activities.running();
  if (running) throw inProgress(`Scaling activity ${running.id} is in progress and blocks this action`);
  const ended = group.activities.lastEnd();
  if (ended !== undefined && now < ended + group.settings.defaultCooldownSeconds * 1000) {
    throw inProgress('Scaling activity is in cooldown and blocks this action');
  }
}

function processes({ ScalingProcesses: names }: ScalingProcessQuery): readonly Process[] {
  if (!names || names.length === 0) return PROCESSES;
  return names.map((name) => {
    const found = PROCESSES.find((process) => process === name);
    if (!found) throw validationError(`Process type ${name} is not valid; valid types are: ${PROCESSES.join(', ')}`);
    return found;
  });
}

function activityFilter({ Name: name, Values: values = [] }: Filter, group?: string): (activity: Activity) => boolean {
  switch (name) {
    case 'StartTimeLowerBound':
      return ({ startedAt }) => startedAt >= Date.parse(values[0] ?? '');
    case 'StartTimeUpperBound':
      return ({ startedAt }) => startedAt <= Date.parse(values[0] ?? '');
    case 'Status':
      if (group === undefined) throw validationError('The Status filter needs an AutoScalingGroupName.');
      return ({ status }) => values.includes(status);
    default:
      throw validationError(`Filter type ${name} is not correct.`);
  }
}

import {
  type Activity,
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  type Instance,
} from '@aws-sdk/client-auto-scaling';
import type { PoolConfig } from '../../../lib/autoscaling/config';
import { chunks } from '../../runtime/chunks';
import type { InstanceLifecycle, PoolObservation } from '../model';

const GROUPS_PER_DESCRIBE = 100;
/** Enough to reach back beyond the launches of one tick. */
const ACTIVITIES = 50;

/** One pool's Auto Scaling group. */
export interface PoolGroup {
  readonly pool: PoolConfig;
  readonly group: AutoScalingGroup;
  /** Without those that the group does not count: detached, on standby, in a warm pool. */
  readonly instances: readonly GroupInstance[];
}

export interface GroupInstance {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly lifecycle: InstanceLifecycle;
  readonly outdated: boolean;
}

/** The groups that are there; a pool whose group has been deleted has none. */
export async function readGroups(autoScaling: AutoScalingClient, pools: readonly PoolConfig[]): Promise<PoolGroup[]> {
  const byName = new Map(pools.map((pool) => [pool.autoScalingGroupName, pool]));
  const answers = await Promise.all(
    chunks([...byName.keys()], GROUPS_PER_DESCRIBE).map((AutoScalingGroupNames) =>
      autoScaling.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames, MaxRecords: AutoScalingGroupNames.length }),
      ),
    ),
  );
  return answers
    .flatMap((answer) => answer.AutoScalingGroups ?? [])
    .map((group) => ({
      pool: byName.get(group.AutoScalingGroupName!)!,
      group,
      instances: countedInstances(group),
    }));
}

/** Without those that the group does not count: detached, on standby, in a warm pool. */
export function countedInstances(group: AutoScalingGroup): GroupInstance[] {
  return (group.Instances ?? []).flatMap((instance) => groupInstance(group, instance));
}

function groupInstance(group: AutoScalingGroup, instance: Instance): GroupInstance[] {
  const lifecycle = lifecycleOf(instance.LifecycleState!);
  if (!lifecycle) return [];
  return [
    {
      instanceId: instance.InstanceId!,
      instanceType: instance.InstanceType ?? '',
      lifecycle,
      outdated: isOutdated(group, instance),
    },
  ];
}

function lifecycleOf(state: string): InstanceLifecycle | undefined {
  if (state.startsWith('Pending')) return 'Pending';
  if (state === 'InService') return 'InService';
  if (state.startsWith('Terminat')) return 'Terminating';
  return undefined;
}

/** Whether the group would launch from another version of its launch template today. */
function isOutdated(group: AutoScalingGroup, { LaunchTemplate: launched, InstanceType }: Instance): boolean {
  const policy = group.MixedInstancesPolicy?.LaunchTemplate;
  const override = policy?.Overrides?.find((candidate) => candidate.InstanceType === InstanceType);
  const current = group.LaunchTemplate ?? override?.LaunchTemplateSpecification ?? policy?.LaunchTemplateSpecification;
  // `$Latest` and `$Default` name no version to compare with.
  if (!launched || !current || !/^\d+$/.test(current.Version ?? '')) return false;
  return launched.Version !== current.Version || launched.LaunchTemplateId !== current.LaunchTemplateId;
}

export function liveInstances({ instances }: Pick<PoolGroup, 'instances'>): GroupInstance[] {
  return instances.filter(({ lifecycle }) => lifecycle !== 'Terminating');
}

/** Why a group that wants more instances than it has does not get them, as far as it says. */
export async function readLaunchFailure(
  autoScaling: AutoScalingClient,
  { group }: PoolGroup,
  now: number,
): Promise<PoolObservation['launchFailure']> {
  if (mayNotLaunch(group)) {
    return { at: now, reason: 'the group’s Launch process is suspended' };
  }
  const { Activities } = await autoScaling.send(
    new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group.AutoScalingGroupName, MaxRecords: ACTIVITIES }),
  );
  return newestFailure(Activities ?? []);
}

/** Whether somebody has suspended the group's launches. */
export function mayNotLaunch({ SuspendedProcesses = [] }: AutoScalingGroup): boolean {
  return SuspendedProcesses.some(({ ProcessName }) => ProcessName === 'Launch');
}

/** @param activities newest first. A launch that succeeded since makes an older failure history. */
export function newestFailure(activities: readonly Activity[]): PoolObservation['launchFailure'] {
  for (const { Description, StatusCode, StatusMessage, EndTime, StartTime } of activities) {
    if (!Description?.startsWith('Launching')) continue;
    if (StatusCode === 'Successful') return undefined;
    if (StatusCode === 'Failed') {
      return { at: (EndTime ?? StartTime)!.getTime(), reason: StatusMessage ?? 'Auto Scaling gives no reason' };
    }
  }
  return undefined;
}

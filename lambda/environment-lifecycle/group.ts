import {
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  SetInstanceProtectionCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { chunks } from '../runtime/chunks';

const INSTANCES_PER_PROTECTION = 50;

export async function describeGroup(
  autoScaling: AutoScalingClient,
  name: string,
): Promise<AutoScalingGroup | undefined> {
  const { AutoScalingGroups } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  return AutoScalingGroups?.[0];
}

/** Rebalancing terminates instances to even out zones, jobs or not. */
export async function suspendRebalancing(autoScaling: AutoScalingClient, AutoScalingGroupName: string): Promise<void> {
  await autoScaling.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: ['AZRebalance'] }));
}

/** From now on the group launches nothing, whoever asks. Protected instances stay; Auto Scaling removes the others. */
export async function close(autoScaling: AutoScalingClient, group: AutoScalingGroup, protect: boolean): Promise<void> {
  await autoScaling.send(
    new UpdateAutoScalingGroupCommand({
      AutoScalingGroupName: group.AutoScalingGroupName,
      MinSize: 0,
      MaxSize: 0,
      DesiredCapacity: 0,
      NewInstancesProtectedFromScaleIn: protect,
    }),
  );
}

/** Protects instances from scale-in, or no longer. Only those in service can be told. */
export async function setProtection(
  autoScaling: AutoScalingClient,
  group: AutoScalingGroup,
  protect: boolean,
): Promise<void> {
  const others = (group.Instances ?? []).filter(
    ({ LifecycleState, ProtectedFromScaleIn }) => LifecycleState === 'InService' && ProtectedFromScaleIn !== protect,
  );
  for (const instances of chunks(others, INSTANCES_PER_PROTECTION)) {
    await autoScaling.send(
      new SetInstanceProtectionCommand({
        AutoScalingGroupName: group.AutoScalingGroupName,
        InstanceIds: instances.map(({ InstanceId }) => InstanceId!),
        ProtectedFromScaleIn: protect,
      }),
    );
  }
}

/** Of a closed group: it wants no instances, and would refuse to want fewer. */
export async function terminateInstance(autoScaling: AutoScalingClient, InstanceId: string): Promise<void> {
  await autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: false }),
  );
}

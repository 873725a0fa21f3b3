import type {
  AutoScalingGroup,
  AutoScalingInstanceDetails,
  Instance,
  TagDescription,
} from '@aws-sdk/client-auto-scaling';
import type { Group, Member } from './model';
import { zonesOf } from './placement';

export function describedGroup(group: Group): AutoScalingGroup {
  const { settings } = group;
  const subnetIds = settings.placements.flatMap(({ subnetId }) => subnetId ?? []);
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    LaunchTemplate: settings.launchTemplate,
    MixedInstancesPolicy: settings.mixedInstancesPolicy,
    MinSize: group.minSize,
    MaxSize: group.maxSize,
    DesiredCapacity: group.desired,
    DefaultCooldown: settings.defaultCooldownSeconds,
    AvailabilityZones: zonesOf(settings.placements),
    VPCZoneIdentifier: subnetIds.join(','),
    LoadBalancerNames: [],
    TargetGroupARNs: [],
    HealthCheckType: settings.healthCheckType,
    HealthCheckGracePeriod: settings.healthCheckGracePeriodSeconds,
    Instances: [...group.members.values()].map(describedMember),
    CreatedTime: new Date(group.createdAt),
    SuspendedProcesses: [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    EnabledMetrics: [],
    Status: group.deleting ? 'Delete in progress' : undefined,
    Tags: [...group.tags].map(([Key, { value, propagateAtLaunch }]): TagDescription => ({
      ResourceId: group.name,
      ResourceType: 'auto-scaling-group',
      Key,
      Value: value,
      PropagateAtLaunch: propagateAtLaunch,
    })),
    TerminationPolicies: [...settings.terminationPolicies],
    NewInstancesProtectedFromScaleIn: settings.newInstancesProtected,
    CapacityRebalance: settings.capacityRebalance,
  };
}

export function describedMember(member: Member): Instance {
  return {
    InstanceId: member.instanceId,
    InstanceType: member.instanceType,
    AvailabilityZone: member.placement.availabilityZone,
    LifecycleState: member.lifecycle,
    HealthStatus: member.healthy ? 'Healthy' : 'Unhealthy',
    LaunchTemplate: {
      LaunchTemplateId: member.launchTemplateId,
      LaunchTemplateName: member.launchTemplateName,
      Version: member.launchTemplateVersion,
    },
    ImageId: member.imageId,
    ProtectedFromScaleIn: member.protectedFromScaleIn,
  };
}

export function instanceDetails(group: Group, member: Member): AutoScalingInstanceDetails {
  const { LifecycleState, HealthStatus, ...rest } = describedMember(member);
  return {
    ...rest,
    AutoScalingGroupName: group.name,
    LifecycleState,
    // This operation spells the health in capitals.
    HealthStatus: HealthStatus!.toUpperCase(),
  };
}

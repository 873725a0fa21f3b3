import type { LaunchTemplateSpecification, MixedInstancesPolicy } from '@aws-sdk/client-auto-scaling';
import type { Timer } from '../simulation/clock';
import type { Activity, ActivityLog } from './activities';
import type { Placement } from './placement';

export type Process =
  | 'Launch'
  | 'Terminate'
  | 'AddToLoadBalancer'
  | 'AlarmNotification'
  | 'AZRebalance'
  | 'HealthCheck'
  | 'InstanceRefresh'
  | 'ReplaceUnhealthy'
  | 'ScheduledActions';

export const PROCESSES: readonly Process[] = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
];

/** One Auto Scaling group. Times are milliseconds since the epoch. */
export interface Group {
  readonly ordinal: number;
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  settings: GroupSettings;
  minSize: number;
  maxSize: number;
  desired: number;
  /** By key. */
  readonly tags: Map<string, GroupTag>;
  /** Why, by process. */
  readonly suspended: Map<Process, string>;
  /** By instance id, in the order they were launched. */
  readonly members: Map<string, Member>;
  readonly activities: ActivityLog;
  /** Force-deleted; gone once its last instance is. */
  deleting: boolean;
  readonly scaling: ScalingState;
}

/** Where the group stands on its way to the desired capacity. */
export interface ScalingState {
  /** The next time the group compares what it has with what it wants. */
  next?: { readonly at: number; readonly timer: Timer };
  /** The sentence about the request that changed the desired capacity, for the causes of what follows from it. */
  request: string;
  /** Failed attempts in a row. */
  launchFailures: number;
  /** No launch before. */
  retryAt: number;
  /** Launched beyond the desired capacity to balance the zones, until another instance goes for it. */
  balancing?: string;
  /** No rebalancing before. */
  rebalanceAt: number;
  /** The desired capacity that could not be reached because all that is left is protected; said once. */
  heldByProtection?: number;
}

export interface GroupTag {
  readonly value: string;
  readonly propagateAtLaunch: boolean;
}

export interface GroupSettings {
  readonly launchTemplate?: LaunchTemplateSpecification;
  readonly mixedInstancesPolicy?: MixedInstancesPolicy;
  readonly placements: readonly Placement[];
  readonly newInstancesProtected: boolean;
  readonly terminationPolicies: readonly string[];
  readonly defaultCooldownSeconds: number;
  readonly healthCheckType: string;
  readonly healthCheckGracePeriodSeconds: number;
  readonly capacityRebalance: boolean;
}

/** One instance of a group. */
export interface Member {
  readonly ordinal: number;
  readonly instanceId: string;
  readonly instanceType: string;
  readonly imageId?: string;
  readonly placement: Placement;
  readonly spot: boolean;
  readonly launchedAt: number;
  readonly launchTemplateId: string;
  readonly launchTemplateName: string;
  readonly launchTemplateVersion: string;
  lifecycle: 'Pending' | 'InService' | 'Terminating';
  healthy: boolean;
  protectedFromScaleIn: boolean;
  /** The launch until it is in service, then none until the termination. */
  activity?: Activity;
}

/** What counts against the desired capacity. */
export function liveMembers(group: Group): Member[] {
  return [...group.members.values()].filter(({ lifecycle }) => lifecycle !== 'Terminating');
}

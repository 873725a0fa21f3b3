import type {
  CreateAutoScalingGroupType,
  LaunchTemplateSpecification,
  MixedInstancesPolicy,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import type { LaunchSources } from '../ports';
import { ServiceError } from '../wire/service';
import { validationError } from './errors';
import { reference } from './launch-plan';
import type { GroupSettings } from './model';
import type { Placement } from './placement';

type Input = Omit<CreateAutoScalingGroupType, 'MinSize' | 'MaxSize'> | UpdateAutoScalingGroupType;

const TERMINATION_POLICIES = [
  'AllocationStrategy',
  'ClosestToNextInstanceHour',
  'Default',
  'NewestInstance',
  'OldestInstance',
  'OldestLaunchConfiguration',
  'OldestLaunchTemplate',
];

/** What would change how a group behaves and is not modelled: refused, so that nobody relies on it. */
const NOT_MODELLED = [
  'LaunchConfigurationName',
  'InstanceId',
  'LifecycleHookSpecificationList',
  'LoadBalancerNames',
  'TargetGroupARNs',
  'TrafficSources',
  'MaxInstanceLifetime',
  'DeletionProtection',
  'InstanceLifecyclePolicy',
] as const;

/**
 * The settings that a request asks for, on top of those there are.
 * @throws ServiceError as Auto Scaling refuses what it cannot launch from
 */
export function groupSettings(input: Input, sources: LaunchSources, present?: GroupSettings): GroupSettings {
  for (const name of NOT_MODELLED) {
    if ((input as Record<string, unknown>)[name]) throw validationError(`The local AWS does not model ${name}.`);
  }
  const launch = launchSource(input, present);
  checkLaunchSource(launch, sources);
  const policies = input.TerminationPolicies ?? present?.terminationPolicies ?? ['Default'];
  const unknown = policies.find((policy) => !TERMINATION_POLICIES.includes(policy));
  if (unknown !== undefined) {
    throw validationError(
      `Invalid termination policy: '${unknown}'. Valid termination policies are: [${TERMINATION_POLICIES.join(', ')}].`,
    );
  }
  return {
    ...launch,
    placements: placements(input, sources, present),
    newInstancesProtected: input.NewInstancesProtectedFromScaleIn ?? present?.newInstancesProtected ?? false,
    terminationPolicies: policies.length > 0 ? policies : ['Default'],
    defaultCooldownSeconds: input.DefaultCooldown ?? present?.defaultCooldownSeconds ?? 300,
    healthCheckType: input.HealthCheckType ?? present?.healthCheckType ?? 'EC2',
    healthCheckGracePeriodSeconds: input.HealthCheckGracePeriod ?? present?.healthCheckGracePeriodSeconds ?? 0,
    capacityRebalance: input.CapacityRebalance ?? present?.capacityRebalance ?? false,
  };
}

interface LaunchSource {
  readonly launchTemplate?: LaunchTemplateSpecification;
  readonly mixedInstancesPolicy?: MixedInstancesPolicy;
}

function launchSource(input: Input, present: GroupSettings | undefined): LaunchSource {
  const { LaunchTemplate: launchTemplate, MixedInstancesPolicy: mixedInstancesPolicy } = input;
  if (launchTemplate && mixedInstancesPolicy) {
    throw validationError(
      'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or ' +
        'MixedInstancesPolicy parameter.',
    );
  }
  if (launchTemplate) return { launchTemplate };
  if (mixedInstancesPolicy) {
    // An update may leave out the template or the distribution that the group has.
    const former = present?.mixedInstancesPolicy;
    return { mixedInstancesPolicy: { ...former, ...mixedInstancesPolicy } };
  }
  if (present) return { launchTemplate: present.launchTemplate, mixedInstancesPolicy: present.mixedInstancesPolicy };
  throw validationError(
    'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy ' +
      'parameter.',
  );
}

function checkLaunchSource({ launchTemplate, mixedInstancesPolicy }: LaunchSource, sources: LaunchSources): void {
  const mixed = mixedInstancesPolicy?.LaunchTemplate;
  const overrides = mixed?.Overrides ?? [];
  if (overrides.some((one) => one.InstanceRequirements ?? one.WeightedCapacity ?? one.ImageId)) {
    throw validationError('The local AWS does not model InstanceRequirements, WeightedCapacity and ImageId overrides.');
  }
  const base = mixed?.LaunchTemplateSpecification ?? launchTemplate;
  if (!base) throw validationError('LaunchTemplateSpecification is a required parameter of a MixedInstancesPolicy.');
  const specifications = [base, ...overrides.flatMap((one) => one.LaunchTemplateSpecification ?? [])];
  const templates = specifications.map((specification) => resolved(specification, sources));
  if (mixed && templates.some(({ spot }) => spot)) {
    throw validationError(
      'Incompatible launch template: Launch templates with InstanceMarketOptions cannot be used in a ' +
        'MixedInstancesPolicy. Add a different launch template to the group and try again.',
    );
  }
  if (templates[0]!.instanceType === undefined && !overrides.some((one) => one.InstanceType !== undefined)) {
    throw validationError(
      'You must use a valid fully-formed launch template. The request must contain the parameter InstanceType',
    );
  }
}

function resolved(
  specification: LaunchTemplateSpecification,
  sources: LaunchSources,
): ReturnType<LaunchSources['launchTemplate']> {
  try {
    return sources.launchTemplate(reference(specification));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw validationError(`You must use a valid fully-formed launch template. ${error.message}`);
  }
}

function placements(input: Input, sources: LaunchSources, present: GroupSettings | undefined): readonly Placement[] {
  const subnetIds = (input.VPCZoneIdentifier ?? '').split(',').flatMap((id) => id.trim() || []);
  if (subnetIds.length > 0) {
    const found = subnetIds.map((subnetId) => {
      const availabilityZone = sources.availabilityZoneOf(subnetId);
      if (availabilityZone === undefined) throw validationError(`The subnet ID '${subnetId}' does not exist`);
      return { subnetId, availabilityZone };
    });
    return found.filter(({ availabilityZone: zone }) => input.AvailabilityZones?.includes(zone) ?? true);
  }
  if (input.AvailabilityZones?.length) return input.AvailabilityZones.map((availabilityZone) => ({ availabilityZone }));
  if (present) return present.placements;
  throw validationError('At least one Availability Zone or VPC Subnet is required.');
}

/** @throws ServiceError when the three do not go together */
export function checkSizes(minSize: number, maxSize: number, desired: number): void {
  if (minSize < 0) throw validationError(`Min bound, ${minSize}, must be greater than or equal to 0`);
  if (maxSize < minSize) {
    throw validationError(`Max bound, ${maxSize}, must be greater than or equal to min bound, ${minSize}`);
  }
  if (desired < minSize || desired > maxSize) {
    throw validationError(
      `Desired capacity:${desired} must be between the specified min size:${minSize} and max size:${maxSize}`,
    );
  }
}

import type { ComputeResource } from '@aws-sdk/client-batch';
import { check, checkAtMost, checkRange, refuse } from '../refusals';
import { typesNamed } from '../scaling/instance-types';

const EC2_ONLY = [
  'allocationStrategy',
  'bidPercentage',
  'desiredvCpus',
  'ec2Configuration',
  'ec2KeyPair',
  'imageId',
  'instanceRole',
  'instanceTypes',
  'launchTemplate',
  'minvCpus',
  'placementGroup',
  'scalingPolicy',
  'spotIamFleetRole',
  'tags',
] as const satisfies readonly (keyof ComputeResource)[];

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html */
export function checkComputeResource(resource: ComputeResource): void {
  check(resource.maxvCpus !== undefined, 'computeResources.maxvCpus is required');
  checkRange(resource.maxvCpus, 0, Number.MAX_SAFE_INTEGER, 'computeResources.maxvCpus');
  check(resource.subnets?.length, 'computeResources.subnets is required');
  switch (resource.type) {
    case 'FARGATE':
    case 'FARGATE_SPOT':
      return checkFargate(resource);
    case 'EC2':
    case 'SPOT':
      return checkEc2(resource);
    default:
      refuse(`The local AWS has no compute resources of type ${resource.type}`);
  }
}

function checkFargate(resource: ComputeResource): void {
  const wrong = EC2_ONLY.find((member) => resource[member] !== undefined);
  check(!wrong, `computeResources.${wrong} is not applicable to Fargate compute environments`);
  check(resource.securityGroupIds?.length, 'computeResources.securityGroupIds is required for Fargate');
  checkAtMost(resource.subnets, 16, 'computeResources.subnets');
  checkAtMost(resource.securityGroupIds, 5, 'computeResources.securityGroupIds');
}

function checkEc2(resource: ComputeResource): void {
  check(resource.instanceRole, 'computeResources.instanceRole is required');
  const secured = resource.securityGroupIds?.length || resource.launchTemplate;
  check(secured, 'computeResources.securityGroupIds or a launch template with security groups is required');
  checkVcpus(resource);
  checkInstanceTypes(resource.instanceTypes);
  checkStrategy(resource);
  checkLaunchTemplate(resource);
  checkAtMost(resource.ec2Configuration, 2, 'computeResources.ec2Configuration');
  checkScalingPolicy(resource);
}

function checkVcpus({ minvCpus = 0, desiredvCpus = minvCpus, maxvCpus = 0 }: ComputeResource): void {
  checkRange(minvCpus, 0, maxvCpus, 'computeResources.minvCpus');
  checkRange(desiredvCpus, minvCpus, maxvCpus, 'computeResources.desiredvCpus');
}

export function checkInstanceTypes(names: readonly string[] | undefined): void {
  check(names?.length, 'computeResources.instanceTypes is required');
  const architectures = new Map<string, string>();
  for (const name of names) {
    const types = typesNamed(name);
    check(types.length > 0, `computeResources.instanceTypes: ${name} is not a valid instance type or family`);
    for (const { architecture } of types) architectures.set(architecture, name);
  }
  check(
    architectures.size === 1,
    `computeResources.instanceTypes mixes architectures: ${[...architectures].map((pair) => pair.join(' of ')).join(', ')}`,
  );
}

export function checkStrategy({ type, allocationStrategy = 'BEST_FIT', spotIamFleetRole }: ComputeResource): void {
  const spotOnly = allocationStrategy.startsWith('SPOT_');
  check(type === 'SPOT' || !spotOnly, `${allocationStrategy} is only available for Spot compute resources`);
  const ordered = allocationStrategy === 'BEST_FIT_PROGRESSIVE_ORDERED';
  check(type === 'EC2' || !ordered, `${allocationStrategy} is only available for On-Demand compute resources`);
  const fleetRole = type !== 'SPOT' || allocationStrategy !== 'BEST_FIT' || spotIamFleetRole;
  check(fleetRole, 'computeResources.spotIamFleetRole is required for SPOT with the allocation strategy BEST_FIT');
}

function checkLaunchTemplate({ launchTemplate }: ComputeResource): void {
  if (!launchTemplate) return;
  const { launchTemplateId, launchTemplateName } = launchTemplate;
  check(
    (launchTemplateId === undefined) !== (launchTemplateName === undefined),
    'computeResources.launchTemplate needs either launchTemplateId or launchTemplateName',
  );
  checkAtMost(launchTemplate.overrides, 10, 'computeResources.launchTemplate.overrides');
}

export function checkScalingPolicy({ scalingPolicy }: Pick<ComputeResource, 'scalingPolicy'>): void {
  const delay = scalingPolicy?.minScaleDownDelayMinutes;
  if (delay !== 0) checkRange(delay, 20, 10_080, 'scalingPolicy.minScaleDownDelayMinutes');
}

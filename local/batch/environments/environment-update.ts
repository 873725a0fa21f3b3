import { isDeepStrictEqual } from 'node:util';
import type { ComputeResource, ComputeResourceUpdate, UpdateComputeEnvironmentRequest } from '@aws-sdk/client-batch';
import { check, checkRange, refuse } from '../refusals';
import { isFargate } from './compute-environment';
import type { ComputeEnvironment } from './compute-environment';
import { checkInstanceTypes, checkScalingPolicy, checkStrategy } from './compute-resource-rules';

const SCALING_MEMBERS: readonly string[] = ['minvCpus', 'maxvCpus', 'desiredvCpus', 'scalingPolicy'];
const FARGATE_MEMBERS: readonly string[] = ['maxvCpus', 'subnets', 'securityGroupIds', 'type'];
const SERVICE_LINKED_ROLE = /\/AWSServiceRoleForBatch$/;

export interface EnvironmentUpdate {
  readonly changes: Partial<ComputeEnvironment>;
  /** Whether it is an infrastructure update, which replaces the instances. */
  readonly replacesInstances: boolean;
}

/**
 * What an update makes of an environment.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/updating-compute-environments.html
 */
export function updatedEnvironment(
  environment: ComputeEnvironment,
  input: UpdateComputeEnvironmentRequest,
): EnvironmentUpdate {
  const { state, unmanagedvCpus, computeResources: update, serviceRole, updatePolicy, ecsSettings, context } = input;
  const managed = environment.type === 'MANAGED';
  check(managed || !update, 'computeResources cannot be specified for an UNMANAGED compute environment');
  check(!managed || unmanagedvCpus === undefined, 'unmanagedvCpus cannot be specified for a MANAGED environment');
  checkServiceRole(environment, serviceRole);
  checkRange(updatePolicy?.jobExecutionTimeoutMinutes, 1, 7200, 'updatePolicy.jobExecutionTimeoutMinutes');
  const computeResources = update && updatedResources(environment.computeResources!, update, isFargate(environment));
  return {
    changes: defined({ state, unmanagedvCpus, serviceRole, updatePolicy, ecsSettings, context, computeResources }),
    replacesInstances: update !== undefined && !isFargate(environment) && checkInfrastructure(environment, update),
  };
}

function updatedResources(current: ComputeResource, update: ComputeResourceUpdate, fargate: boolean): ComputeResource {
  const given = Object.keys(defined({ ...update }));
  if (fargate) {
    const wrong = given.find((member) => !FARGATE_MEMBERS.includes(member));
    check(!wrong, `computeResources.${wrong} is not applicable to Fargate compute environments`);
    const kept = update.type === undefined || update.type.startsWith('FARGATE');
    check(kept, 'The type of a Fargate compute environment can only be FARGATE or FARGATE_SPOT');
    // An empty list is as if it had not been given.
    const lists = { subnets: update.subnets?.length ? update.subnets : current.subnets };
    const groups = update.securityGroupIds?.length ? update.securityGroupIds : current.securityGroupIds;
    return { ...current, ...defined({ ...update }), ...lists, securityGroupIds: groups } as ComputeResource;
  }
  const changed = { ...current, ...defined({ ...update }) } as ComputeResource & ComputeResourceUpdate;
  delete changed.updateToLatestImageVersion;
  const { minvCpus = 0, maxvCpus = 0 } = changed;
  check(minvCpus <= maxvCpus, `minvCpus ${minvCpus} is above maxvCpus ${maxvCpus}`);
  if (update.desiredvCpus !== undefined) {
    checkRange(update.desiredvCpus, minvCpus, maxvCpus, 'computeResources.desiredvCpus');
    const grows = update.desiredvCpus >= (current.desiredvCpus ?? 0);
    check(grows, 'desiredvCpus must be greater than or equal to the current desiredvCpus value');
  } else {
    changed.desiredvCpus = Math.min(Math.max(current.desiredvCpus ?? 0, minvCpus), maxvCpus);
  }
  if (update.type !== undefined && update.type !== 'EC2' && update.type !== 'SPOT') {
    refuse(`The type of this compute environment can be EC2 or SPOT, got ${update.type}`);
  }
  if (update.instanceTypes) checkInstanceTypes(update.instanceTypes);
  checkStrategy(changed);
  checkScalingPolicy(changed);
  if (
    changed.launchTemplate &&
    !changed.launchTemplate.launchTemplateId &&
    !changed.launchTemplate.launchTemplateName
  ) {
    delete changed.launchTemplate;
  }
  return changed;
}

/** @returns whether the update replaces instances; refuses one that may not. */
function checkInfrastructure({ computeResources, serviceRole }: ComputeEnvironment, update: ComputeResourceUpdate) {
  const current: Readonly<Record<string, unknown>> = { ...computeResources };
  const changed = Object.entries(defined({ ...update })).find(
    ([member, value]) =>
      !SCALING_MEMBERS.includes(member) &&
      (member === 'updateToLatestImageVersion' ? value === true : !isDeepStrictEqual(current[member], value)),
  );
  if (!changed) return false;
  const [member] = changed;
  const { allocationStrategy = 'BEST_FIT' } = computeResources!;
  check(
    allocationStrategy !== 'BEST_FIT',
    `computeResources.${member} cannot be updated: the allocation strategy BEST_FIT does not support infrastructure updates`,
  );
  check(update.allocationStrategy !== ('BEST_FIT' as string), 'The allocation strategy cannot be changed to BEST_FIT');
  check(
    SERVICE_LINKED_ROLE.test(serviceRole),
    `computeResources.${member} cannot be updated: the environment does not use the service-linked role AWSServiceRoleForBatch`,
  );
  return true;
}

function checkServiceRole(environment: ComputeEnvironment, serviceRole: string | undefined): void {
  if (serviceRole === undefined) return;
  check(
    SERVICE_LINKED_ROLE.test(environment.serviceRole) === SERVICE_LINKED_ROLE.test(serviceRole),
    'A service-linked role cannot be changed to a regular role, nor a regular role to a service-linked role',
  );
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<T>;
}

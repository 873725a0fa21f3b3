import type { Lack, MissingInstances, Reason, Shortage } from './model';

/** What people are told. */

export function lackInWords({ resource, requested, available, shortBy }: Lack): string {
  return `${amount(resource, requested)} requested, ${amount(resource, available)} available, short by ${amount(resource, shortBy)}`;
}

function amount(resource: string, value: number): string {
  switch (resource) {
    case 'VCPU':
      return `${value} vCPU`;
    case 'MEMORY':
      return `${value} MiB`;
    case 'GPU':
      return `${value} GPU`;
    default:
      return `${value} of ${resource}`;
  }
}

export function instancesInWords(instances: readonly MissingInstances[]): string {
  return instances.map(({ count, pool }) => `${count} × ${pool}`).join(' and ');
}

export function reasonInWords(reason: Reason): string {
  const { environment, pool, maximum, market, nearestType, free, consumableResource, says } = reason;
  const quoted = says === undefined ? '' : `: ${says}`;
  switch (reason.code) {
    case 'queue-disabled':
      return 'The queue is disabled: it takes no new jobs, though AWS says that those in it can finish';
    case 'environment-disabled':
      return `The compute environment ${environment} is disabled`;
    case 'environment-invalid':
      return `The compute environment ${environment} is not valid${quoted}`;
    case 'fragmentation':
      return (
        `There is enough free in ${environment}, but not on one instance: ` +
        `${free?.vcpus} vCPU, ${free?.memoryMiB} MiB, ${free?.gpus} GPU in total`
      );
    case 'draining':
      return `There is room in ${environment} on instances that are draining: ${named(reason)}`;
    case 'unreachable':
      return `There is room in ${environment} on instances whose ECS agent is not connected: ${named(reason)}`;
    case 'no-instance-type':
      return `No instance of ${environment} is large enough; ${nearestType} comes closest`;
    case 'pool-maximum':
      return `The pool ${pool} of ${environment} is at its maximum of ${maximum} instances`;
    case 'environment-maximum':
      return `The compute environment ${environment} is at its maximum of ${maximum} vCPUs`;
    case 'instance-capacity':
      return `EC2 has no ${market} capacity for ${pool ?? environment}${quoted}`;
    case 'service-quota':
      return `A service quota keeps EC2 from launching ${market} instances for ${pool ?? environment}${quoted}`;
    case 'launch-suspended':
      return `The Auto Scaling group of the pool ${pool} of ${environment} has its Launch process suspended`;
    case 'not-launched':
      return `Nothing that is known keeps ${environment} from making room, and none comes${quoted}`;
    case 'gpu-instances-only':
      return `Only instances with GPUs would hold the job in ${environment}, and they are not launched for jobs that ask for none`;
    case 'no-pool':
      return `No Auto Scaling group is known to launch instances for ${environment}`;
    case 'consumable-resource':
      return `There is not enough left of the ${maximum} of the consumable resource ${consumableResource}`;
    case 'consumable-total':
      return `A job asks for more of the consumable resource ${consumableResource} than the ${maximum} that there are`;
  }
}

function named({ instanceIds = [], instances = 0 }: Reason): string {
  const more = instances - instanceIds.length;
  return `${instanceIds.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What to do about what comes first of the reasons. */
export function nextStep({ reasons, instances, lacks }: Pick<Shortage, 'reasons' | 'instances' | 'lacks'>): string {
  const [reason] = reasons;
  const limit = reasons.find(({ code }) => code === 'pool-maximum' || code === 'environment-maximum');
  const more = instances.length > 0 ? ` (${instancesInWords(instances)} would do)` : '';
  const raise =
    limit?.pool !== undefined
      ? `raise the maximum of the pool ${limit.pool} above ${limit.maximum}${more}`
      : limit && `raise the maximum of ${limit.environment} above ${limit.maximum} vCPUs${more}`;
  const orRaise = raise === undefined ? '' : `, or ${raise}`;
  switch (reason?.code) {
    case undefined:
      return 'Wait: nothing is short.';
    case 'queue-disabled':
      return 'Enable the queue.';
    case 'environment-disabled':
      return `Enable the compute environment ${reason.environment}.`;
    case 'environment-invalid':
      return `Correct what the status reason of ${reason.environment} says.`;
    case 'fragmentation':
      return `Wait until jobs on one instance end${orRaise}.`;
    case 'draining':
      return `Wait for another instance, set the draining one to ACTIVE if it is to stay${orRaise}.`;
    case 'unreachable':
      return `Restart the ECS agent there or terminate the instances, and look at their network and role${orRaise}.`;
    case 'no-instance-type':
      return `Ask for less (short by ${lacks.map(({ resource, shortBy }) => amount(resource, shortBy)).join(', ')}), or add a larger instance type.`;
    case 'pool-maximum':
    case 'environment-maximum':
      return `Wait until jobs end, or ${raise}.`;
    case 'instance-capacity':
      return `Wait, or add instance types, zones or ${reason.market === 'Spot' ? 'On-Demand' : 'other'} capacity to ${reason.environment}.`;
    case 'service-quota':
      return 'Ask for a higher quota: https://console.aws.amazon.com/servicequotas/';
    case 'launch-suspended':
      return `Resume the Launch process of the group.`;
    case 'not-launched':
      return `Look at what launches instances for ${reason.environment}: its log and events, its role, and whether what it launches can reach ECS.`;
    case 'gpu-instances-only':
      return 'Add a pool without GPUs, or let jobs without GPUs open one that has some (opensForCpuJobs).';
    case 'no-pool':
      return `Launch instances that join the ECS cluster of ${reason.environment}, or have UnmanagedCapacity do it.`;
    case 'consumable-resource':
      return `Wait until jobs give it back, or raise its total: short by ${lacks.map(({ resource, shortBy }) => amount(resource, shortBy)).join(', ')}.`;
    case 'consumable-total':
      return `Ask for less of ${reason.consumableResource}, or raise its total.`;
  }
}

/**
 * What the two custom resources of an unmanaged environment hand their one handler, `environment-lifecycle`, as
 * `ResourceProperties`. CloudFormation passes every value as a string.
 */

/** Finds the ECS cluster of a compute environment. Its physical id is the cluster's ARN. */
export const ECS_CLUSTER_RESOURCE_TYPE = 'Custom::BatchEcsCluster';

export interface EcsClusterProperties {
  readonly ComputeEnvironmentArn: string;
}

/** What `Custom::BatchEcsCluster` answers as `Data`. */
export interface EcsClusterAttributes {
  readonly ClusterArn: string;
  readonly ClusterName: string;
}

/**
 * Does for one pool what CloudFormation cannot. One resource per pool and not one per environment, so that a pool that
 * is taken out of the template is emptied in CloudFormation's clean-up, after the update has succeeded, never before.
 *
 * On create and update: suspends AZ rebalancing on the group. On delete: sets the group's maximum to 0, which also
 * keeps a controller's straggling invocation from launching (the controller's triggers depend on this resource, so they
 * are gone by then), and empties the group as `OnDelete` says. A group that is not there any more is a success.
 */
export const POOL_LIFECYCLE_RESOURCE_TYPE = 'Custom::BatchPoolLifecycle';

/**
 * - `WAIT_FOR_JOBS` drains every instance, and terminates each once no task runs on it.
 * - `TERMINATE` removes the protection at once: jobs there fail with their host.
 */
export type OnDelete = 'WAIT_FOR_JOBS' | 'TERMINATE';

export interface PoolLifecycleProperties {
  readonly AutoScalingGroupName: string;
  /** The ECS cluster that the group's instances register with. */
  readonly ClusterArn: string;
  readonly OnDelete: OnDelete;
}

/**
 * How long CloudFormation waits for an answer (`ServiceTimeout`; an hour is the most it takes). A handler that waits
 * for jobs invokes itself again before its own time ends, and answers FAILED, naming what it waits for, before this.
 */
export const ANSWER_TIMEOUT_SECONDS = 3600;

export function parseEcsCluster(properties: Readonly<Record<string, unknown>>): EcsClusterProperties {
  return { ComputeEnvironmentArn: text(properties, 'ComputeEnvironmentArn') };
}

export function parsePoolLifecycle(properties: Readonly<Record<string, unknown>>): PoolLifecycleProperties {
  const onDelete = text(properties, 'OnDelete');
  if (onDelete !== 'WAIT_FOR_JOBS' && onDelete !== 'TERMINATE') {
    throw new Error(`OnDelete is ${onDelete}; it must be WAIT_FOR_JOBS or TERMINATE`);
  }
  return {
    AutoScalingGroupName: text(properties, 'AutoScalingGroupName'),
    ClusterArn: text(properties, 'ClusterArn'),
    OnDelete: onDelete,
  };
}

function text(properties: Readonly<Record<string, unknown>>, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is missing`);
  return value;
}

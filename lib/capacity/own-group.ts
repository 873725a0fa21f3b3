import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import type { Construct } from 'constructs';
import type { InstancePoolProps } from './instance-pool';
import { allowAgent } from './instance-role';
import { addAgentTo } from './instance-user-data';
import type { EcsCluster } from '../lifecycle/ecs-cluster';
import { ValidationError } from '../validation/validation-error';

/** A pool whose group the user has made. */
export type OwnPoolProps = InstancePoolProps & Required<Pick<InstancePoolProps, 'autoScalingGroup'>>;

export function hasOwnGroup(pool: InstancePoolProps): pool is OwnPoolProps {
  return pool.autoScalingGroup !== undefined;
}

/**
 * Prepares a group of this app for the autoscaler, and has its instances join the cluster. Of an imported one neither can
 * be seen or changed.
 *
 * @param path of the pool: `pools[0]`
 */
export function adoptGroup(
  scope: Construct,
  path: string,
  pool: OwnPoolProps,
  cluster: EcsCluster,
  gpus: boolean,
): void {
  const { autoScalingGroup: group, spot, machineImage } = pool;
  for (const [property, given] of Object.entries({ spot, machineImage })) {
    if (given === undefined) continue;
    const value = typeof given === 'boolean' ? String(given) : 'given';
    const allowed = 'left out with `autoScalingGroup`, whose launch template says it';
    throw new ValidationError(scope, { property: `${path}.${property}`, value, allowed });
  }
  if (!(group instanceof autoscaling.AutoScalingGroup)) return;
  checkGroup(scope, `${path}.autoScalingGroup`, group);
  group.protectNewInstancesFromScaleIn();
  allowAgent(group, group.role, cluster, true);
  // Whether some of its instances are Spot is the group's own affair; on others the setting does nothing.
  addAgentTo(group.userData, { clusterName: cluster.name, gpus, spot: true });
}

function checkGroup(scope: Construct, path: string, group: autoscaling.AutoScalingGroup): void {
  const { minSize, desiredCapacity, launchConfigurationName } = group.node
    .defaultChild as autoscaling.CfnAutoScalingGroup;
  if (minSize !== '0') {
    const advice = 'Below the minimum no instance can be terminated.';
    throw new ValidationError(scope, { property: `${path}.minCapacity`, value: minSize, allowed: '0', advice });
  }
  if (desiredCapacity !== undefined) {
    const allowed = 'left out, for each deployment would set it';
    throw new ValidationError(scope, { property: `${path}.desiredCapacity`, value: desiredCapacity, allowed });
  }
  if (launchConfigurationName !== undefined) {
    const value = 'with a launch configuration';
    throw new ValidationError(scope, { property: path, value, allowed: 'one with a launch template' });
  }
}

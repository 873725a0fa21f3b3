import { type BatchClient, DescribeComputeEnvironmentsCommand } from '@aws-sdk/client-batch';
import type { EcsClusterAttributes, EcsClusterProperties } from '../../lib/lifecycle/config';
import type { Clock } from '../runtime/runtime';

const PAUSE = 5_000;

/**
 * Waits until the compute environment has its ECS cluster; Batch makes it a while after the environment.
 *
 * @param deadline milliseconds since the epoch
 */
export async function findCluster(
  batch: BatchClient,
  clock: Clock,
  { ComputeEnvironmentArn }: EcsClusterProperties,
  deadline: number,
): Promise<EcsClusterAttributes> {
  for (;;) {
    const { computeEnvironments } = await batch.send(
      new DescribeComputeEnvironmentsCommand({ computeEnvironments: [ComputeEnvironmentArn] }),
    );
    const environment = computeEnvironments?.[0];
    if (!environment) {
      throw new Error(`There is no compute environment ${ComputeEnvironmentArn}; create it before what depends on it.`);
    }
    if (environment.status === 'INVALID') {
      throw new Error(`Compute environment ${ComputeEnvironmentArn} is INVALID: ${environment.statusReason}`);
    }
    const { ecsClusterArn } = environment;
    if (ecsClusterArn) {
      return { ClusterArn: ecsClusterArn, ClusterName: ecsClusterArn.slice(ecsClusterArn.lastIndexOf('/') + 1) };
    }
    if (clock.now().getTime() + PAUSE > deadline) {
      throw new Error(
        `Compute environment ${ComputeEnvironmentArn} has no ECS cluster yet (status ${environment.status}). ` +
          'Deploy again; if that does not help, look at the status reason of the environment.',
      );
    }
    await clock.sleep(PAUSE);
  }
}

import type { CfnComputeEnvironment } from 'aws-cdk-lib/aws-batch';
import type { ContainerInsights } from 'aws-cdk-lib/aws-ecs';

/** By an override: the lowest aws-cdk-lib that works here does not know of it. */
export function setContainerInsights(
  environment: CfnComputeEnvironment,
  containerInsights: ContainerInsights | undefined,
): void {
  if (containerInsights === undefined) return;
  // ECS writes it in lower case.
  environment.addPropertyOverride('EcsSettings.ContainerInsights', containerInsights.toUpperCase());
}

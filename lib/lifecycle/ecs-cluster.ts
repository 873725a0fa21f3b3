import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The ECS cluster that AWS Batch made for a compute environment. */
export interface EcsCluster {
  readonly arn: string;
  readonly name: string;
  /** Of every container instance in it, with a wildcard. */
  readonly containerInstanceArns: string;
}

/** @param name taken from the ARN when absent */
export function ecsCluster(scope: IConstruct, arn: string, name?: string): EcsCluster {
  const stack = Stack.of(scope);
  const clusterName = name ?? stack.splitArn(arn, ArnFormat.SLASH_RESOURCE_NAME).resourceName!;
  return {
    arn,
    name: clusterName,
    containerInstanceArns: stack.formatArn({
      service: 'ecs',
      resource: 'container-instance',
      resourceName: `${clusterName}/*`,
    }),
  };
}

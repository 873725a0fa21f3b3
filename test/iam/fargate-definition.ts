import { BatchClient, RegisterJobDefinitionCommand } from '@aws-sdk/client-batch';
import type { LocalAws } from '../../local/local-aws';

/**
 * What a job is that no definition of ours is for: the local AWS does not make the calls that the execution role of a task on
 * Fargate is for, so a definition of ours would have rights that nobody uses.
 */
export const FARGATE_CONTAINER = {
  image: 'busybox',
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
  resourceRequirements: [
    { type: 'VCPU' as const, value: '1' },
    { type: 'MEMORY' as const, value: '2048' },
  ],
};

export async function registerFargateDefinition(aws: LocalAws, jobDefinitionName: string): Promise<void> {
  await aws.client(BatchClient).send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName,
      type: 'container',
      platformCapabilities: ['FARGATE'],
      containerProperties: FARGATE_CONTAINER,
    }),
  );
}

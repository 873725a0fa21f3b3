/** Jobs that have failed, as AWS Batch shows them. */
import type { AttemptDetail, JobDefinition, JobDetail } from '@aws-sdk/client-batch';
import type { RuleConfig } from '../../../lib/retries/config';

export const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/spot';
export const ON_DEMAND = 'arn:aws:batch:us-east-1:123456789012:job-queue/on-demand';
export const DEFINITION = 'arn:aws:batch:us-east-1:123456789012:job-definition/train:3';

export function requirements(vcpus: string, memory: string, gpus?: string) {
  return [
    { type: 'VCPU' as const, value: vcpus },
    { type: 'MEMORY' as const, value: memory },
    ...(gpus === undefined ? [] : [{ type: 'GPU' as const, value: gpus }]),
  ];
}

export function definition(parts: Partial<JobDefinition> = {}): JobDefinition {
  return {
    jobDefinitionName: 'train',
    jobDefinitionArn: DEFINITION,
    revision: 3,
    status: 'ACTIVE',
    type: 'container',
    containerProperties: { image: 'busybox', resourceRequirements: requirements('1', '2048') },
    ...parts,
  };
}

export function failed(end: AttemptDetail['container'] & { statusReason?: string } = { exitCode: 1 }): AttemptDetail {
  const { statusReason = 'Essential container in task exited', ...container } = end;
  return { container, statusReason, startedAt: 1000, stoppedAt: 2000 };
}

export function job(parts: Partial<JobDetail> = {}): JobDetail {
  const attempts = parts.attempts ?? [failed()];
  return {
    jobId: 'root',
    jobName: 'train',
    jobQueue: QUEUE,
    jobDefinition: DEFINITION,
    status: 'FAILED',
    createdAt: 500,
    startedAt: 1000,
    stoppedAt: 2000,
    container: { image: 'busybox', resourceRequirements: requirements('1', '2048') },
    statusReason: attempts.at(-1)?.statusReason,
    ...parts,
    attempts,
  };
}

export function rule(parts: Partial<RuleConfig> = {}): RuleConfig {
  return { name: 'failure', on: { causes: ['FAILURE'] }, attempts: 3, delaySeconds: 0, maxDelaySeconds: 0, ...parts };
}

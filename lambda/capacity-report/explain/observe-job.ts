import type { BatchClient, JobDetail } from '@aws-sdk/client-batch';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { jobContainerInstance } from '../../batch/job-resources';
import { arrayParentId, describeJobs } from '../../batch/jobs';
import { describeContainerInstances } from '../../ecs/container-instances';
import { shapeOf } from '../../queue-depth-autoscaler/observe/job-shapes';
import type { Dependency, JobHost, JobObservation, JobState } from './model';

/** @returns nothing for a job that AWS Batch does not know, or not any more */
export async function observeJob(
  { batch, ecs }: { readonly batch: BatchClient; readonly ecs: ECSClient },
  jobId: string,
): Promise<JobObservation | undefined> {
  const [detail] = await describeJobs(batch, [jobId]);
  if (!detail) return undefined;
  const shape = shapeOf(detail);
  return {
    jobId,
    name: detail.jobName!,
    state: detail.status as JobState,
    queueArn: detail.jobQueue!,
    submittedAt: detail.createdAt!,
    startedAt: detail.startedAt,
    statusReason: detail.statusReason,
    cancelled: detail.isCancelled ?? false,
    shape: shape === 'elsewhere' ? undefined : shape,
    dependencies: await observeDependencies(batch, detail),
    children: detail.arrayProperties?.size === undefined ? undefined : detail.arrayProperties.statusSummary,
    host: await observeHost(ecs, detail),
  };
}

async function observeDependencies(batch: BatchClient, detail: JobDetail): Promise<Dependency[]> {
  const ids = [...new Set(dependencyIds(detail))];
  const known = new Map((await describeJobs(batch, ids)).map((job) => [job.jobId!, job]));
  return ids.map((jobId) => {
    const job = known.get(jobId);
    return { jobId, state: job?.status as JobState | undefined, name: job?.jobName };
  });
}

/** Whether AWS shows the child that a child waits for, or what its parent was submitted with, is not documented. */
function dependencyIds({ jobId = '', dependsOn = [], arrayProperties }: JobDetail): string[] {
  const index = arrayProperties?.index;
  return dependsOn.flatMap(({ jobId: on, type }) => {
    if (index === undefined) return on ?? [];
    if (type === 'SEQUENTIAL') return index > 0 ? `${arrayParentId(jobId)}:${index - 1}` : [];
    if (type === 'N_TO_N' && on !== undefined) return `${arrayParentId(on)}:${index}`;
    return on ?? [];
  });
}

async function observeHost(ecs: ECSClient, detail: JobDetail): Promise<JobHost | undefined> {
  const arn = detail.status === 'STARTING' ? jobContainerInstance(detail) : undefined;
  if (arn === undefined) return undefined;
  // `arn:aws:ecs:region:account:container-instance/cluster/id`
  const [, cluster] = arn.split('/');
  const [instance] = await describeContainerInstances(ecs, cluster!, [arn]);
  return instance && { instanceId: instance.ec2InstanceId!, agentConnected: instance.agentConnected ?? false };
}

import type { JobDetail } from '@aws-sdk/client-batch';
import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { DescribeContainerInstancesCommand, type ECSClient } from '@aws-sdk/client-ecs';
import type { SnapshotFanOutConfig } from '../../lib/storage/config';
import { describeJobs } from '../batch/jobs';
import { jobsOf, type ObservedClients } from './observe';
import type { EndedJob } from './model';

export interface VolumeClients extends ObservedClients {
  readonly ecs: ECSClient;
}

/** A volume, or the job that has been writing to it since. */
export type DataVolume = { readonly volumeId: string } | { readonly overwrittenBy: string };

/**
 * Finds the volume that a job has written its data to.
 *
 * @throws Error when the volume is gone
 */
export async function dataVolumeOf(
  config: SnapshotFanOutConfig,
  clients: VolumeClients,
  job: EndedJob,
): Promise<DataVolume> {
  const containerInstance = await whereItRan(clients, job);
  const successor = await runningSince(config, clients, job, containerInstance);
  if (successor !== undefined) return { overwrittenBy: successor };
  const instanceId = await ec2InstanceOf(clients.ecs, containerInstance);
  const { Volumes: [volume] = [] } = await clients.ec2.send(
    new DescribeVolumesCommand({
      Filters: [
        { Name: 'attachment.instance-id', Values: [instanceId] },
        { Name: 'attachment.device', Values: [config.deviceName] },
      ],
    }),
  );
  if (volume) return { volumeId: volume.VolumeId! };
  throw new Error(`Instance ${instanceId} of job ${job.jobId} has no volume at ${config.deviceName}, or is gone`);
}

async function whereItRan({ batch }: VolumeClients, { jobId }: EndedJob): Promise<string> {
  const [detail] = await describeJobs(batch, [jobId]);
  const containerInstance = detail && containerInstancesOf(detail).at(-1);
  if (containerInstance !== undefined) return containerInstance;
  throw new Error(`Job ${jobId} has run on no instance: an array, or on Fargate`);
}

/** @returns the first that began on the same instance after the job had ended */
async function runningSince(
  { queueArns, jobDefinitionName }: SnapshotFanOutConfig,
  { batch }: VolumeClients,
  job: EndedJob,
  containerInstance: string,
): Promise<string | undefined> {
  const summaries = await jobsOf(batch, queueArns, jobDefinitionName);
  const later = summaries.filter(
    ({ jobId, status, startedAt, stoppedAt }) =>
      jobId !== job.jobId &&
      (status === 'STARTING' || (startedAt ?? 0) >= job.stoppedAt || (stoppedAt ?? 0) > job.stoppedAt),
  );
  const details =
    later.length === 0
      ? []
      : await describeJobs(
          batch,
          later.map(({ jobId }) => jobId!),
        );
  return details.find((detail) => containerInstancesOf(detail).includes(containerInstance))?.jobId;
}

function containerInstancesOf({ attempts = [], container, ecsProperties }: JobDetail): string[] {
  const [task] = ecsProperties?.taskProperties ?? [];
  return [
    ...attempts.flatMap((attempt) => [
      attempt.container?.containerInstanceArn,
      attempt.taskProperties?.[0]?.containerInstanceArn,
    ]),
    container?.containerInstanceArn,
    task?.containerInstanceArn,
  ].filter((arn) => arn !== undefined);
}

async function ec2InstanceOf(ecs: ECSClient, containerInstance: string): Promise<string> {
  const cluster = containerInstance.split('/')[1];
  const { containerInstances: [found] = [] } = await ecs.send(
    new DescribeContainerInstancesCommand({ cluster, containerInstances: [containerInstance] }),
  );
  if (found?.ec2InstanceId) return found.ec2InstanceId;
  throw new Error(`${containerInstance} is not known to ECS any more`);
}

import { type BatchClient, type JobSummary, ListJobsCommand } from '@aws-sdk/client-batch';
import {
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Filter,
  type Snapshot,
  type Tag,
  type Volume,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import {
  FAN_OUT_TAG,
  NO_SNAPSHOT,
  SNAPSHOT_JOB_TAG,
  SNAPSHOT_TIME_TAG,
  type SnapshotFanOutConfig,
} from '../../lib/storage/config';
import { describeJobs } from '../batch/jobs';
import type { EndedJob, KnownSnapshot, KnownVolume, Observation } from './model';

export interface ObservedClients {
  readonly batch: BatchClient;
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
}

/** @param jobIds that are said to have succeeded: lists may lag behind events */
export async function observe(
  config: SnapshotFanOutConfig,
  clients: ObservedClients,
  jobIds: readonly string[],
  now: number,
): Promise<Observation> {
  const [succeeded, told, snapshots, volumes, published] = await Promise.all([
    succeededJobs(config, clients.batch),
    toldJobs(clients.batch, jobIds),
    allSnapshots(clients.ec2, config.fanOutId),
    allVolumes(clients.ec2, config.fanOutId),
    publishedSnapshot(clients.ssm, config.parameterName),
  ]);
  const unlisted = published !== undefined && !snapshots.some(({ snapshotId }) => snapshotId === published);
  return {
    now,
    succeeded: [...succeeded, ...told],
    // A list that lags must not bring an older snapshot back.
    snapshots: unlisted ? [...snapshots, ...(await snapshotsById(clients.ec2, published))] : snapshots,
    volumes,
    published,
  };
}

/** The hundred newest of each queue: an older one whose event was lost has been overtaken. */
async function succeededJobs(
  { queueArns, jobDefinitionName }: SnapshotFanOutConfig,
  batch: BatchClient,
): Promise<EndedJob[]> {
  return (await jobsOf(batch, queueArns, jobDefinitionName)).flatMap(({ jobId, status, stoppedAt }) =>
    status === 'SUCCEEDED' && stoppedAt !== undefined ? [{ jobId: jobId!, stoppedAt }] : [],
  );
}

/** The newest jobs of a definition, whatever their status. */
export async function jobsOf(
  batch: BatchClient,
  queueArns: readonly string[],
  jobDefinitionName: string,
): Promise<JobSummary[]> {
  const pages = await Promise.all(
    queueArns.map((jobQueue) =>
      batch.send(new ListJobsCommand({ jobQueue, filters: [{ name: 'JOB_DEFINITION', values: [jobDefinitionName] }] })),
    ),
  );
  return pages.flatMap(({ jobSummaryList = [] }) => jobSummaryList);
}

async function toldJobs(batch: BatchClient, jobIds: readonly string[]): Promise<EndedJob[]> {
  const details = jobIds.length === 0 ? [] : await describeJobs(batch, jobIds);
  return details.flatMap(({ jobId, status, stoppedAt }) =>
    status === 'SUCCEEDED' && stoppedAt !== undefined ? [{ jobId: jobId!, stoppedAt }] : [],
  );
}

const taggedWith = (fanOutId: string): Filter[] => [{ Name: `tag:${FAN_OUT_TAG}`, Values: [fanOutId] }];

async function allSnapshots(ec2: EC2Client, fanOutId: string): Promise<KnownSnapshot[]> {
  const found: Snapshot[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: taggedWith(fanOutId), NextToken }),
    );
    found.push(...(page.Snapshots ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return found.flatMap(known);
}

async function snapshotsById(ec2: EC2Client, snapshotId: string): Promise<KnownSnapshot[]> {
  try {
    const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshotId] }));
    return Snapshots.flatMap(known);
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidSnapshot.NotFound') return [];
    throw error;
  }
}

/** @returns none for a snapshot whose tags somebody has changed */
function known({ SnapshotId, State, StartTime, Tags }: Snapshot): KnownSnapshot[] {
  const jobId = tagOf(Tags, SNAPSHOT_JOB_TAG);
  const stoppedAt = Number(tagOf(Tags, SNAPSHOT_TIME_TAG));
  if (jobId === undefined || !(stoppedAt > 0)) return [];
  const state = State === 'completed' || State === 'error' ? State : 'pending';
  return [{ snapshotId: SnapshotId!, job: { jobId, stoppedAt }, state, startedAt: StartTime!.getTime() }];
}

async function allVolumes(ec2: EC2Client, fanOutId: string): Promise<KnownVolume[]> {
  const found: Volume[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(new DescribeVolumesCommand({ Filters: taggedWith(fanOutId), NextToken }));
    found.push(...(page.Volumes ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return found.map(({ VolumeId, CreateTime, Attachments = [] }) => {
    const [attachment] = Attachments;
    return {
      volumeId: VolumeId!,
      createdAt: CreateTime!.getTime(),
      attachment: attachment && {
        instanceId: attachment.InstanceId!,
        device: attachment.Device!,
        goesWithInstance: attachment.DeleteOnTermination ?? false,
      },
    };
  });
}

async function publishedSnapshot(ssm: SSMClient, name: string): Promise<string | undefined> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
  return Parameter?.Value === NO_SNAPSHOT ? undefined : Parameter?.Value;
}

function tagOf(tags: readonly Tag[] | undefined, key: string): string | undefined {
  return tags?.find((tag) => tag.Key === key)?.Value;
}

import { type BatchClient, GetJobQueueSnapshotCommand } from '@aws-sdk/client-batch';

export interface QueueSnapshot {
  /** Ids of the first jobs that wait, in the order of their dispatch; a hundred at most. */
  readonly head: readonly string[];
  /** vCPUs of the jobs that start or run. */
  readonly vcpusInUse: number;
}

export async function readQueueSnapshot(batch: BatchClient, jobQueue: string): Promise<QueueSnapshot> {
  const { frontOfQueue, queueUtilization } = await batch.send(new GetJobQueueSnapshotCommand({ jobQueue }));
  const usage = queueUtilization?.totalCapacityUsage?.find(({ capacityUnit }) => capacityUnit === 'VCPU');
  return {
    head: (frontOfQueue?.jobs ?? []).map(({ jobArn }) => jobArn!.slice(jobArn!.lastIndexOf('/') + 1)),
    vcpusInUse: usage?.quantity ?? 0,
  };
}

import type { GetJobQueueSnapshotRequest, GetJobQueueSnapshotResponse } from '@aws-sdk/client-batch';
import type { World } from '../../world';
import { arnOf } from '../jobs/job-detail';
import type { Job, JobQueue } from '../model';
import type { Registry } from '../registry';

const FRONT = 100;
const TOP_SHARES = 20;
const VCPU = 'VCPU';

export class QueueSnapshots {
  constructor(
    private readonly world: World,
    private readonly queues: Registry<JobQueue>,
  ) {}

  get({ jobQueue }: GetJobQueueSnapshotRequest): GetJobQueueSnapshotResponse {
    const queue = this.queues.require(jobQueue!);
    const lastUpdatedAt = this.world.clock.now();
    return {
      frontOfQueue: {
        jobs: queue.runnable.front(FRONT).map((job) => ({
          jobArn: arnOf(this.world, job),
          earliestTimeAtPosition: atPositionSince(queue, job),
        })),
        lastUpdatedAt,
      },
      queueUtilization: {
        totalCapacityUsage: [{ capacityUnit: VCPU, quantity: queue.usedVcpus }],
        fairshareUtilization: queue.shares && {
          activeShareCount: queue.shares.active().length,
          topCapacityUtilization: queue.shares
            .running()
            .slice(0, TOP_SHARES)
            .map(([shareIdentifier, quantity]) => ({
              shareIdentifier,
              capacityUsage: [{ capacityUnit: VCPU, quantity }],
            })),
        },
        lastUpdatedAt,
      },
    };
  }
}

/** Positions among shares change with their use; of those queues only the time in RUNNABLE is known. */
function atPositionSince({ shares, positions }: JobQueue, { runnableAt, order }: Job): number {
  return shares ? runnableAt! : Math.max(runnableAt!, positions.lastChangeBefore(order) ?? 0);
}

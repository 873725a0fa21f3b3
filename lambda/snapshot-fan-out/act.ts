import {
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  type EC2Client,
  ModifyInstanceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { FAN_OUT_TAG, SNAPSHOT_JOB_TAG, SNAPSHOT_TIME_TAG, type SnapshotFanOutConfig } from '../../lib/storage/config';
import type { Attempts } from '../runtime/attempts';
import type { Log } from '../runtime/log';
import { dataVolumeOf, type VolumeClients } from './data-volume';
import type { Decision, EndedJob, KnownSnapshot, KnownVolume } from './model';

/** Does what was decided, each thing for itself; what does not succeed is decided again by the next look. */
export class Actions {
  constructor(
    private readonly config: SnapshotFanOutConfig,
    private readonly clients: VolumeClients,
    private readonly log: Log,
    private readonly attempts: Attempts,
  ) {}

  async act({ snapshot, publish, deleteSnapshots, bind, deleteVolumes }: Decision): Promise<void> {
    const { attempts } = this;
    if (snapshot) await attempts.attempt('snapshot', snapshot, () => this.takeSnapshot(snapshot));
    const before = attempts.failures.length;
    if (publish) await attempts.attempt('publish', publish, () => this.publish(publish));
    // What is deleted may be what is still published.
    const published = attempts.failures.length === before && attempts.timeIsLeft();
    for (const one of published ? deleteSnapshots : []) {
      await attempts.attempt('delete snapshot', one, () => this.deleteSnapshot(one));
    }
    for (const one of bind) await attempts.attempt('bind volume', one, () => bindVolume(this.clients.ec2, one));
    for (const one of deleteVolumes) await attempts.attempt('delete volume', one, () => this.deleteVolume(one));
  }

  private async takeSnapshot(job: EndedJob): Promise<void> {
    const { jobId, stoppedAt } = job;
    const found = await dataVolumeOf(this.config, this.clients, job);
    if ('overwrittenBy' in found) {
      // Its own success brings a newer snapshot; half of its data in this one helps nobody.
      this.log.warn('data volume is written to by a later job', { jobId, ...found });
      return;
    }
    const { volumeId } = found;
    const Tags = [
      { Key: FAN_OUT_TAG, Value: this.config.fanOutId },
      { Key: SNAPSHOT_JOB_TAG, Value: jobId },
      { Key: SNAPSHOT_TIME_TAG, Value: String(stoppedAt) },
    ];
    const { SnapshotId } = await this.clients.ec2.send(
      new CreateSnapshotCommand({
        VolumeId: volumeId,
        Description: `Data of AWS Batch job ${jobId}`,
        // At once, so that none is ever without: by its tags it is found again.
        TagSpecifications: [{ ResourceType: 'snapshot', Tags }],
      }),
    );
    this.log.info('snapshot begun', { snapshotId: SnapshotId, volumeId, jobId });
  }

  private async publish({ snapshotId, job }: KnownSnapshot): Promise<void> {
    const { parameterName: Name } = this.config;
    await this.clients.ssm.send(new PutParameterCommand({ Name, Value: snapshotId, Overwrite: true }));
    this.log.info('snapshot published', { snapshotId, ...job });
  }

  private async deleteSnapshot({ snapshotId, job }: KnownSnapshot): Promise<void> {
    await unlessGone('InvalidSnapshot.NotFound', () =>
      this.clients.ec2.send(new DeleteSnapshotCommand({ SnapshotId: snapshotId })),
    );
    this.log.info('snapshot deleted', { snapshotId, ...job });
  }

  private async deleteVolume({ volumeId }: KnownVolume): Promise<void> {
    await unlessGone('InvalidVolume.NotFound', () =>
      this.clients.ec2.send(new DeleteVolumeCommand({ VolumeId: volumeId })),
    );
    this.log.info('left-over volume deleted', { volumeId });
  }
}

/** The instance itself may not: with that right, its jobs could change other attributes, too. */
async function bindVolume(ec2: EC2Client, { attachment }: KnownVolume): Promise<void> {
  const { instanceId: InstanceId, device: DeviceName } = attachment!;
  const BlockDeviceMappings = [{ DeviceName, Ebs: { DeleteOnTermination: true } }];
  // Gone meanwhile; what became of the volume is seen the next time.
  await unlessGone(/^(InvalidInstanceID\.NotFound|InvalidInstanceAttributeValue|IncorrectInstanceState)$/, () =>
    ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, BlockDeviceMappings })),
  );
}

/** Somebody else may have been first. */
async function unlessGone(gone: string | RegExp, todo: () => Promise<unknown>): Promise<void> {
  try {
    await todo();
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (typeof gone === 'string' ? name !== gone : !gone.test(name)) throw error;
  }
}

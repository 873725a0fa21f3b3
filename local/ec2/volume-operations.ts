import type {
  AttachVolumeRequest,
  CreateSnapshotRequest,
  CreateVolumeRequest,
  DeleteSnapshotRequest,
  DeleteVolumeRequest,
  DescribeSnapshotsRequest,
  DescribeSnapshotsResult,
  DescribeVolumesRequest,
  DescribeVolumesResult,
  DetachVolumeRequest,
  ModifyInstanceAttributeRequest,
  Snapshot as SnapshotDescription,
  Volume as VolumeDescription,
  VolumeAttachment,
} from '@aws-sdk/client-ec2';
import { page } from '../wire/page';
import { ServiceError } from '../wire/service';
import type { Operation } from '../wire/service';
import type { World } from '../world';
import { filtered } from './filters';
import type { FilterFields } from './filters';
import type { Instances } from './instances';
import type { Snapshot, Snapshots } from './snapshots';
import { invalidToken } from './tags';
import type { Tags } from './tags';
import type { Volume, Volumes } from './volumes';

export interface VolumeOperationsParts {
  readonly world: World;
  readonly instances: Instances;
  readonly volumes: Volumes;
  readonly snapshots: Snapshots;
  readonly tags: Tags;
}

/** The API of volumes and snapshots. */
export function volumeOperations(parts: VolumeOperationsParts): Readonly<Record<string, Operation>> {
  const { world, instances, volumes, snapshots, tags } = parts;
  /** What was asked for with a client token is made once. */
  const created = new Map<string, { readonly request: string; readonly volumeId: string }>();

  const described = (volume: Volume): VolumeDescription => ({
    VolumeId: volume.volumeId,
    AvailabilityZone: volume.availabilityZone,
    CreateTime: new Date(volume.createdAt),
    Encrypted: volume.encrypted,
    KmsKeyId: volume.kmsKeyId,
    Size: volume.sizeGiB,
    SnapshotId: volume.snapshotId ?? '',
    State: volume.state,
    VolumeType: volume.volumeType as VolumeDescription['VolumeType'],
    Attachments: volume.attachment ? [attachmentOf(volume)] : [],
    Tags: tags.of(volume.volumeId),
  });

  const describedSnapshot = (snapshot: Snapshot): SnapshotDescription => ({
    SnapshotId: snapshot.snapshotId,
    VolumeId: snapshot.volumeId,
    VolumeSize: snapshot.sizeGiB,
    Encrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyId,
    StartTime: new Date(snapshot.startedAt),
    Description: snapshot.description ?? '',
    OwnerId: world.accountId,
    Progress: snapshot.state === 'completed' ? '100%' : '0%',
    State: snapshot.state,
    StateMessage: snapshot.stateMessage,
    Tags: tags.of(snapshot.snapshotId),
  });

  const runningInstance = (instanceId: string) => {
    const instance = instances.get(instanceId);
    if (!instance) {
      throw new ServiceError('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
    }
    if (instance.state === 'running') return instance;
    throw new ServiceError('IncorrectState', `Instance '${instanceId}' is not 'running'.`);
  };

  return {
    CreateVolume: (input: CreateVolumeRequest): VolumeDescription => {
      const { ClientToken: token, ...rest } = input;
      const request = JSON.stringify(rest);
      const before = token === undefined ? undefined : created.get(token);
      if (before && before.request !== request) {
        const message = 'The client token you have provided is associated with a resource with other parameters.';
        throw new ServiceError('IdempotentParameterMismatch', message);
      }
      const known = before && volumes.get(before.volumeId);
      if (known) return described(known);
      const { AvailabilityZone: availabilityZone, Size: sizeGiB, SnapshotId: snapshotId } = input;
      if (availabilityZone === undefined) throw missing('AvailabilityZone');
      if (sizeGiB === undefined && snapshotId === undefined) throw missing('size/snapshot');
      const volume = volumes.create({
        availabilityZone,
        sizeGiB,
        snapshotId,
        encrypted: input.Encrypted,
        kmsKeyId: input.KmsKeyId,
        volumeType: input.VolumeType,
        tags: Object.fromEntries(
          (input.TagSpecifications ?? []).flatMap(({ Tags = [] }) =>
            Tags.map(({ Key = '', Value = '' }) => [Key, Value]),
          ),
        ),
      });
      if (token !== undefined) created.set(token, { request, volumeId: volume.volumeId });
      return described(volume);
    },

    DescribeVolumes: (input: DescribeVolumesRequest): DescribeVolumesResult => {
      const asked = input.VolumeIds?.map((id) => volumes.existing(id)) ?? volumes.all();
      const found = filtered(asked, input.Filters, VOLUME_FILTERS, ({ volumeId }) => tags.of(volumeId));
      const size = input.MaxResults ?? 1000;
      const { items, nextToken } = page(found, ({ ordinal }) => ordinal, size, input.NextToken, invalidToken);
      return { Volumes: items.map(described), NextToken: nextToken };
    },

    AttachVolume: (input: AttachVolumeRequest): VolumeAttachment =>
      attachmentOf(volumes.attach(input.VolumeId!, input.Device!, runningInstance(input.InstanceId!))),

    DetachVolume: (input: DetachVolumeRequest): VolumeAttachment => {
      const volume = volumes.existing(input.VolumeId!);
      if (!volume.attachment) {
        throw new ServiceError('IncorrectState', `Volume '${volume.volumeId}' is in the 'available' state.`);
      }
      const attachment: VolumeAttachment = { ...attachmentOf(volume), State: 'detached' };
      volumes.detach(volume);
      return attachment;
    },

    DeleteVolume: (input: DeleteVolumeRequest) => volumes.delete(volumes.existing(input.VolumeId!)),

    ModifyInstanceAttribute: (input: ModifyInstanceAttributeRequest) => {
      const instanceId = input.InstanceId!;
      for (const { DeviceName: device, Ebs: ebs } of input.BlockDeviceMappings ?? []) {
        const volume = volumes.of(instanceId).find(({ attachment }) => attachment!.device === device);
        if (!volume) {
          const message = `No device is currently mapped at ${device}`;
          throw new ServiceError('InvalidInstanceAttributeValue', message);
        }
        if (ebs?.DeleteOnTermination !== undefined) volume.attachment!.deleteOnTermination = ebs.DeleteOnTermination;
      }
    },

    CreateSnapshot: (input: CreateSnapshotRequest): SnapshotDescription => {
      const volume = volumes.existing(input.VolumeId!);
      if (volume.state === 'creating') {
        throw new ServiceError('IncorrectState', `Volume '${volume.volumeId}' is in the 'creating' state.`);
      }
      return describedSnapshot(snapshots.create(volume, input.TagSpecifications, input.Description));
    },

    DescribeSnapshots: (input: DescribeSnapshotsRequest): DescribeSnapshotsResult => {
      const asked = input.SnapshotIds?.map((id) => snapshots.existing(id)) ?? snapshots.all();
      const owned = input.OwnerIds?.every((id) => id !== 'self' && id !== world.accountId) ? [] : asked;
      const found = filtered(owned, input.Filters, SNAPSHOT_FILTERS, ({ snapshotId }) => tags.of(snapshotId));
      const size = input.MaxResults ?? 1000;
      const { items, nextToken } = page(found, ({ ordinal }) => ordinal, size, input.NextToken, invalidToken);
      return { Snapshots: items.map(describedSnapshot), NextToken: nextToken };
    },

    DeleteSnapshot: (input: DeleteSnapshotRequest) => snapshots.delete(snapshots.existing(input.SnapshotId!)),
  };
}

function attachmentOf({ volumeId, attachment }: Volume): VolumeAttachment {
  return {
    VolumeId: volumeId,
    InstanceId: attachment!.instanceId,
    Device: attachment!.device,
    State: 'attached',
    AttachTime: new Date(attachment!.attachedAt),
    DeleteOnTermination: attachment!.deleteOnTermination,
  };
}

const VOLUME_FILTERS: FilterFields<Volume> = {
  'volume-id': ({ volumeId }) => volumeId,
  'snapshot-id': ({ snapshotId }) => snapshotId,
  'availability-zone': ({ availabilityZone }) => availabilityZone,
  status: ({ state }) => state,
  size: ({ sizeGiB }) => String(sizeGiB),
  'volume-type': ({ volumeType }) => volumeType,
  encrypted: ({ encrypted }) => String(encrypted),
  'attachment.instance-id': ({ attachment }) => attachment?.instanceId,
  'attachment.device': ({ attachment }) => attachment?.device,
  'attachment.delete-on-termination': ({ attachment }) => attachment && String(attachment.deleteOnTermination),
};

const SNAPSHOT_FILTERS: FilterFields<Snapshot> = {
  'snapshot-id': ({ snapshotId }) => snapshotId,
  'volume-id': ({ volumeId }) => volumeId,
  status: ({ state }) => state,
  encrypted: ({ encrypted }) => String(encrypted),
  description: ({ description }) => description,
};

function missing(parameter: string): ServiceError {
  return new ServiceError('MissingParameter', `The request must contain the parameter ${parameter}`);
}

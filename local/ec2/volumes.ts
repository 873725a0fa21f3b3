import { createHash } from 'node:crypto';
import type { BlockDeviceMapping, LaunchTemplateBlockDeviceMappingRequest, VolumeState } from '@aws-sdk/client-ec2';
import type { Timer } from '../simulation/clock';
import type { World } from '../world';
import { ServiceError } from '../wire/service';
import type { Snapshots } from './snapshots';
import type { Tags } from './tags';

/** Where a volume is attached. */
export interface Attachment {
  readonly instanceId: string;
  readonly device: string;
  readonly attachedAt: number;
  deleteOnTermination: boolean;
}

/** A block device in a zone. */
export interface Volume {
  readonly ordinal: number;
  readonly volumeId: string;
  readonly availabilityZone: string;
  readonly sizeGiB: number;
  readonly encrypted: boolean;
  /** As it was given. @default - that of the snapshot, else the account's */
  readonly kmsKeyId?: string;
  readonly volumeType: string;
  readonly snapshotId?: string;
  readonly createdAt: number;
  state: VolumeState;
  attachment?: Attachment;
}

/** What a volume is made of. */
export interface VolumeRequest {
  readonly availabilityZone: string;
  readonly sizeGiB?: number;
  readonly snapshotId?: string;
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  readonly volumeType?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const DEFAULT_ROOT_GIB = 8;
/** Of a launch template's mapping; a volume that is attached later stays, if nothing else is said. */
const DELETED_BY_DEFAULT = true;

/** The volumes that there are; one that is deleted is gone at once. */
export class Volumes {
  private readonly byId = new Map<string, Volume>();
  private readonly byInstance = new Map<string, Set<Volume>>();
  private readonly creation = new Map<string, Timer>();
  private made = 0;

  constructor(
    private readonly world: World,
    private readonly snapshots: Snapshots,
    private readonly tags: Tags,
  ) {}

  all(): readonly Volume[] {
    return [...this.byId.values()];
  }

  get(volumeId: string): Volume | undefined {
    return this.byId.get(volumeId);
  }

  /** @throws ServiceError when there is no such volume */
  existing(volumeId: string): Volume {
    const volume = this.byId.get(volumeId);
    if (volume) return volume;
    throw new ServiceError('InvalidVolume.NotFound', `The volume '${volumeId}' does not exist.`);
  }

  of(instanceId: string): readonly Volume[] {
    return [...(this.byInstance.get(instanceId) ?? [])];
  }

  /** Makes a volume that is available after a while. */
  create(request: VolumeRequest): Volume {
    const volume = this.make(request, 'creating');
    const available = this.world.clock.after(this.world.settings.volumeCreationSeconds * 1000, () => {
      this.creation.delete(volume.volumeId);
      volume.state = 'available';
    });
    this.creation.set(volume.volumeId, available);
    return volume;
  }

  /** Makes the volumes that an instance is launched with. */
  launch(
    instanceId: string,
    availabilityZone: string,
    mappings: readonly LaunchTemplateBlockDeviceMappingRequest[],
    tags: Readonly<Record<string, string>>,
  ): void {
    for (const { DeviceName: device, Ebs: ebs } of mappings) {
      if (device === undefined || !ebs) continue;
      const volume = this.make(
        {
          availabilityZone,
          sizeGiB: ebs.VolumeSize,
          snapshotId: ebs.SnapshotId,
          encrypted: ebs.Encrypted,
          kmsKeyId: ebs.KmsKeyId,
          volumeType: ebs.VolumeType,
          tags,
        },
        'in-use',
      );
      const deleteOnTermination = ebs.DeleteOnTermination ?? DELETED_BY_DEFAULT;
      this.connect(volume, instanceId, device, deleteOnTermination);
    }
  }

  /** @throws ServiceError in the words of EC2 when the two do not go together */
  attach(volumeId: string, device: string, instance: { instanceId: string; availabilityZone: string }): Volume {
    const { instanceId } = instance;
    const volume = this.existing(volumeId);
    if (volume.attachment) {
      throw new ServiceError('VolumeInUse', `${volumeId} is already attached to an instance`);
    }
    if (volume.state !== 'available') throw new ServiceError('IncorrectState', `${volumeId} is not 'available'.`);
    if (volume.availabilityZone !== instance.availabilityZone) {
      throw new ServiceError(
        'InvalidVolume.ZoneMismatch',
        `The volume '${volumeId}' is not in the same availability zone as instance '${instanceId}'`,
      );
    }
    if (this.of(instanceId).some(({ attachment }) => attachment!.device === device)) {
      throw new ServiceError(
        'InvalidParameterValue',
        `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
      );
    }
    volume.state = 'in-use';
    this.connect(volume, instanceId, device, false);
    return volume;
  }

  detach(volume: Volume): void {
    this.disconnect(volume);
    volume.state = 'available';
  }

  /** @throws ServiceError when it is attached */
  delete(volume: Volume): void {
    const { volumeId, attachment } = volume;
    if (attachment) {
      throw new ServiceError('VolumeInUse', `Volume ${volumeId} is currently attached to ${attachment.instanceId}`);
    }
    this.remove(volume);
  }

  /** An instance is gone: its volumes go with it, or are left over. */
  instanceTerminated(instanceId: string): void {
    for (const volume of this.of(instanceId)) {
      if (volume.attachment!.deleteOnTermination) this.remove(volume);
      else this.detach(volume);
    }
  }

  mappingsOf(instanceId: string): BlockDeviceMapping[] {
    return this.of(instanceId).map(({ volumeId, attachment }) => ({
      DeviceName: attachment!.device,
      Ebs: { VolumeId: volumeId, DeleteOnTermination: attachment!.deleteOnTermination },
    }));
  }

  private make(request: VolumeRequest, state: VolumeState): Volume {
    const snapshot = request.snapshotId === undefined ? undefined : this.snapshots.existing(request.snapshotId);
    if (snapshot && snapshot.state !== 'completed') {
      throw new ServiceError('IncorrectState', `Snapshot is in invalid state - ${snapshot.state}`);
    }
    const ordinal = this.made++;
    const volume: Volume = {
      ordinal,
      volumeId: `vol-${createHash('sha256').update(`volume ${ordinal}`).digest('hex').slice(0, 17)}`,
      availabilityZone: request.availabilityZone,
      sizeGiB: request.sizeGiB ?? snapshot?.sizeGiB ?? DEFAULT_ROOT_GIB,
      encrypted: request.encrypted ?? snapshot?.encrypted ?? false,
      kmsKeyId: request.kmsKeyId ?? snapshot?.kmsKeyId,
      volumeType: request.volumeType ?? 'gp2',
      snapshotId: request.snapshotId,
      createdAt: this.world.clock.now(),
      state,
    };
    this.byId.set(volume.volumeId, volume);
    const tags = Object.entries(request.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
    this.tags.register(volume.volumeId, 'volume', [{ ResourceType: 'volume', Tags: tags }]);
    return volume;
  }

  private connect(volume: Volume, instanceId: string, device: string, deleteOnTermination: boolean): void {
    volume.attachment = { instanceId, device, attachedAt: this.world.clock.now(), deleteOnTermination };
    const attached = this.byInstance.get(instanceId);
    if (attached) attached.add(volume);
    else this.byInstance.set(instanceId, new Set([volume]));
  }

  private disconnect(volume: Volume): void {
    if (!volume.attachment) return;
    const { instanceId } = volume.attachment;
    const attached = this.byInstance.get(instanceId)!;
    attached.delete(volume);
    if (attached.size === 0) this.byInstance.delete(instanceId);
    volume.attachment = undefined;
  }

  private remove(volume: Volume): void {
    const { volumeId } = volume;
    this.disconnect(volume);
    this.creation.get(volumeId)?.cancel();
    this.creation.delete(volumeId);
    this.byId.delete(volumeId);
    this.tags.remove(volumeId);
  }
}

import { createHash } from 'node:crypto';
import type { SnapshotState, TagSpecification } from '@aws-sdk/client-ec2';
import type { VolumeFaults } from '../ports';
import type { World } from '../world';
import { ServiceError } from '../wire/service';
import type { Tags } from './tags';

/** What a volume held at a moment. */
export interface Snapshot {
  readonly ordinal: number;
  readonly snapshotId: string;
  readonly volumeId: string;
  readonly sizeGiB: number;
  readonly encrypted: boolean;
  /** That of the volume, if it is not the account's. */
  readonly kmsKeyId?: string;
  readonly startedAt: number;
  readonly description?: string;
  state: SnapshotState;
  stateMessage?: string;
  completedAt?: number;
}

/** Snapshots are taken at once, and complete later, whatever becomes of the volume. */
export class Snapshots {
  private readonly byId = new Map<string, Snapshot>();
  private taken = 0;

  constructor(
    private readonly world: World,
    private readonly faults: VolumeFaults,
    private readonly tags: Tags,
  ) {}

  all(): readonly Snapshot[] {
    return [...this.byId.values()];
  }

  /** @throws ServiceError when there is no such snapshot */
  existing(snapshotId: string): Snapshot {
    const snapshot = this.byId.get(snapshotId);
    if (snapshot) return snapshot;
    throw new ServiceError('InvalidSnapshot.NotFound', `The snapshot '${snapshotId}' does not exist.`);
  }

  create(
    volume: Pick<Snapshot, 'volumeId' | 'sizeGiB' | 'encrypted' | 'kmsKeyId'>,
    tags: readonly TagSpecification[] | undefined,
    description: string | undefined,
  ): Snapshot {
    const { clock, settings } = this.world;
    const ordinal = this.taken++;
    const snapshot: Snapshot = {
      ordinal,
      snapshotId: `snap-${createHash('sha256').update(`snapshot ${ordinal}`).digest('hex').slice(0, 17)}`,
      volumeId: volume.volumeId,
      sizeGiB: volume.sizeGiB,
      encrypted: volume.encrypted,
      kmsKeyId: volume.kmsKeyId,
      startedAt: clock.now(),
      description,
      state: 'pending',
    };
    this.byId.set(snapshot.snapshotId, snapshot);
    this.tags.register(snapshot.snapshotId, 'snapshot', tags);
    const fails = this.faults.snapshotFails();
    clock.after(settings.snapshotSeconds * 1000, () => {
      snapshot.state = fails ? 'error' : 'completed';
      if (fails) snapshot.stateMessage = 'Snapshot creation failed.';
      else snapshot.completedAt = clock.now();
    });
    return snapshot;
  }

  delete({ snapshotId }: Snapshot): void {
    this.byId.delete(snapshotId);
    this.tags.remove(snapshotId);
  }
}

/** What a look has found, and what is to be done about it: plain data. Times are milliseconds since 1970. */

/** A job that has succeeded. */
export interface EndedJob {
  readonly jobId: string;
  readonly stoppedAt: number;
}

/** A snapshot of the fan-out. */
export interface KnownSnapshot {
  readonly snapshotId: string;
  /** That it holds the data of. */
  readonly job: EndedJob;
  readonly state: 'pending' | 'completed' | 'error';
  readonly startedAt: number;
}

/** A volume that an instance has made of a snapshot. */
export interface KnownVolume {
  readonly volumeId: string;
  readonly createdAt: number;
  /** Nothing for a volume that is attached to no instance. */
  readonly attachment?: { readonly instanceId: string; readonly device: string; readonly goesWithInstance: boolean };
}

export interface Observation {
  readonly now: number;
  readonly succeeded: readonly EndedJob[];
  readonly snapshots: readonly KnownSnapshot[];
  readonly volumes: readonly KnownVolume[];
  /** The snapshot that instances are told to use; nothing before the first. */
  readonly published: string | undefined;
}

export interface Decision {
  /** Whose data volume is to be snapshotted. */
  readonly snapshot: EndedJob | undefined;
  /** What instances are to use from now on. */
  readonly publish: KnownSnapshot | undefined;
  /** Not before the one above is published. */
  readonly deleteSnapshots: readonly KnownSnapshot[];
  /** Volumes that would outlive their instance. */
  readonly bind: readonly KnownVolume[];
  /** Volumes whose instance is gone, or has never attached them. */
  readonly deleteVolumes: readonly KnownVolume[];
  /** The job whose snapshots have all failed. */
  readonly givenUp: EndedJob | undefined;
}

import { ServiceError } from '../wire/service';

interface FileSystem {
  /** Zones that have a mount target, by the target's id. */
  readonly targets: Map<string, string>;
  readonly accessPoints: Set<string>;
}

/** What is left of Amazon EFS: which file systems there are, and where they can be mounted. No files. */
export class FileSystems {
  private readonly byId = new Map<string, FileSystem>();

  add(fileSystemId: string): void {
    this.byId.set(fileSystemId, { targets: new Map(), accessPoints: new Set() });
  }

  /** @throws ServiceError while it has mount targets */
  remove(fileSystemId: string): void {
    if (this.existing(fileSystemId).targets.size > 0) {
      throw new ServiceError('FileSystemInUse', `${fileSystemId} has mount targets.`);
    }
    this.byId.delete(fileSystemId);
  }

  /** @throws ServiceError for a second one in a zone */
  addTarget(fileSystemId: string, targetId: string, zone: string): void {
    const { targets } = this.existing(fileSystemId);
    if ([...targets.values()].includes(zone)) {
      throw new ServiceError('MountTargetConflict', 'mount target already exists in this AZ', 409);
    }
    targets.set(targetId, zone);
  }

  removeTarget(fileSystemId: string, targetId: string): void {
    this.byId.get(fileSystemId)?.targets.delete(targetId);
  }

  addAccessPoint(fileSystemId: string, accessPointId: string): void {
    this.existing(fileSystemId).accessPoints.add(accessPointId);
  }

  removeAccessPoint(fileSystemId: string, accessPointId: string): void {
    this.byId.get(fileSystemId)?.accessPoints.delete(accessPointId);
  }

  /**
   * Why it cannot be mounted, as the mount helper says it.
   *
   * @param zone of who mounts it; any will do where it is not known
   */
  refusal(fileSystemId: string, accessPointId: string | undefined, zone: string | undefined): string | undefined {
    const fileSystem = this.byId.get(fileSystemId);
    const reached = [...(fileSystem?.targets.values() ?? [])].some((one) => zone === undefined || one === zone);
    if (!fileSystem || !reached) {
      return `Failed to resolve "${fileSystemId}": check that the file system has a mount target in ${zone ?? 'a zone'}.`;
    }
    if (accessPointId === undefined || fileSystem.accessPoints.has(accessPointId)) return undefined;
    return `mount.nfs4: access denied by server while mounting ${fileSystemId} by access point ${accessPointId}`;
  }

  private existing(fileSystemId: string): FileSystem {
    const found = this.byId.get(fileSystemId);
    if (found) return found;
    throw new ServiceError('FileSystemNotFound', `File system '${fileSystemId}' does not exist.`, 404);
  }
}

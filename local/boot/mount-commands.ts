import { shellScripts } from '../ecs/agent-config';

/** A mount that user data asks for before the ECS agent may start. */
export type MountCommand =
  | { readonly kind: 'efs'; readonly fileSystemId: string; readonly accessPointId: string; readonly mountPoint: string }
  | { readonly kind: 'device'; readonly device: string; readonly mountPoint: string }
  | {
      readonly kind: 'snapshot';
      readonly parameter: string;
      readonly fanOutId: string;
      readonly device: string;
      readonly mountPoint: string;
    };

/**
 * Reads the calls with which user data of this library mounts volumes: `mount_efs`, `mount_device` and `mount_snapshot`.
 * What else a script mounts is not known here.
 */
export function mountCommands(userData: string): MountCommand[] {
  if (!userData.includes('\nmount_')) return [];
  return shellScripts(userData).flatMap((script) =>
    [...script.matchAll(/^mount_(efs|device|snapshot) (\S.*)$/gm)].flatMap(([, kind, words]): MountCommand[] => {
      const [first = '', second = '', third = '', fourth = ''] = words!.split(/\s+/);
      switch (kind) {
        case 'efs':
          return [{ kind, fileSystemId: first, accessPointId: second, mountPoint: third }];
        case 'device':
          return [{ kind, device: first, mountPoint: third }];
        case 'snapshot':
          return [{ kind, parameter: first, fanOutId: second, device: third, mountPoint: fourth }];
        default:
          return [];
      }
    }),
  );
}

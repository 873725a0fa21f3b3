import type { AgentHost, AgentHosts, ApiCaller, DelegatedCalls, InstanceRoles } from '../ports';
import type { FileSystems } from '../efs/file-systems';
import type { Activities } from '../simulation/activities';
import { ServiceError } from '../wire/service';
import type { World } from '../world';
import { mountCommands } from './mount-commands';
import type { MountCommand } from './mount-commands';

export interface InstanceBootsParts {
  readonly hosts: AgentHosts;
  readonly api: ApiCaller;
  readonly activities: Activities;
  readonly roles: InstanceRoles;
  readonly delegated: DelegatedCalls;
  readonly fileSystems: FileSystems;
  /** The volume that an instance has as a device. */
  readonly volumeAt: (instanceId: string, device: string) => { readonly volumeId: string } | undefined;
}

/** Something that is mounted on an instance. */
export interface Mount {
  readonly mountPoint: string;
  /** The file system or volume. */
  readonly source: string;
  readonly snapshotId?: string;
}

interface Boot {
  readonly mounts: Mount[];
  state: 'mounting' | 'mounted' | 'failed';
  readonly waiting: (() => void)[];
}

/** A command has failed; it is tried again. */
class NotMounted extends Error {}

/** How often, and how many seconds apart, the script of `lib/storage/mount-script.ts` tries. */
const TRIES = {
  efs: { attempts: 10, seconds: 6 },
  device: { attempts: 60, seconds: 2 },
  snapshot: { attempts: 30, seconds: 15 },
  attach: { attempts: 20, seconds: 3 },
} as const;

/**
 * Instances mount volumes when they boot, with the calls and in the order of their user data, as their role. Those that
 * do not succeed never register.
 */
export class InstanceBoots {
  private readonly boots = new Map<string, Boot>();

  constructor(
    private readonly world: World,
    private readonly parts: InstanceBootsParts,
  ) {
    parts.hosts.onStateChange(({ instanceId, state }) => {
      const host = state === 'running' ? parts.hosts.host(instanceId) : undefined;
      if (host) this.begin(host);
    });
  }

  /** @param then called at once when there is nothing to mount, never when something cannot be mounted */
  whenMounted(instanceId: string, then: () => void): void {
    const boot = this.boots.get(instanceId);
    if (boot?.state === 'mounting') boot.waiting.push(then);
    else if (boot?.state !== 'failed') then();
  }

  /** What is mounted on an instance by now. */
  mountsOf(instanceId: string): readonly Mount[] {
    return this.boots.get(instanceId)?.mounts ?? [];
  }

  private begin(host: AgentHost): void {
    const commands = mountCommands(host.userData);
    if (commands.length === 0) return;
    const boot: Boot = { mounts: [], state: 'mounting', waiting: [] };
    this.boots.set(host.instanceId, boot);
    this.mountNext(host, boot, commands);
  }

  private mountNext(host: AgentHost, boot: Boot, [command, ...rest]: readonly MountCommand[]): void {
    if (!command) {
      boot.state = 'mounted';
      for (const then of boot.waiting) then();
      return;
    }
    const mount = (): void | Promise<void> => this.mount(host, boot, command);
    this.retry(host, TRIES[command.kind], mount, (mounted) => {
      if (mounted) this.mountNext(host, boot, rest);
      else boot.state = 'failed';
    });
  }

  private mount(host: AgentHost, boot: Boot, command: MountCommand): void | Promise<void> {
    switch (command.kind) {
      case 'efs': {
        const { fileSystemId, accessPointId, mountPoint } = command;
        const refusal = this.parts.fileSystems.refusal(fileSystemId, accessPointId, host.availabilityZone);
        if (refusal !== undefined) throw new NotMounted(refusal);
        noteMount(this.parts.delegated, this.roleOf(host), fileSystemId, accessPointId);
        boot.mounts.push({ mountPoint, source: fileSystemId });
        return;
      }
      case 'device': {
        const volume = this.parts.volumeAt(host.instanceId, command.device);
        if (!volume) throw new NotMounted(`${command.device} is not there`);
        boot.mounts.push({ mountPoint: command.mountPoint, source: volume.volumeId });
        return;
      }
      case 'snapshot':
        return this.mountSnapshot(host, boot, command);
    }
  }

  private async mountSnapshot(
    host: AgentHost,
    boot: Boot,
    { parameter, fanOutId, device, mountPoint }: Extract<MountCommand, { kind: 'snapshot' }>,
  ): Promise<void> {
    const { instanceId: InstanceId, availabilityZone: AvailabilityZone } = host;
    const { Parameter } = (await this.call(host, 'ssm', 'GetParameter', { Name: parameter })) as {
      Parameter: { Value: string };
    };
    const { Value: snapshotId } = Parameter;
    if (!snapshotId.startsWith('snap-')) throw new NotMounted(`${parameter} is ${snapshotId}`);
    const { VolumeId } = (await this.call(host, 'ec2', 'CreateVolume', {
      SnapshotId: snapshotId,
      AvailabilityZone,
      VolumeType: 'gp3',
      ClientToken: `${InstanceId}${device}${snapshotId}`,
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'batch-foreman:fan-out', Value: fanOutId }] }],
    })) as { VolumeId: string };
    const attach = async (): Promise<void> => {
      if (this.parts.volumeAt(InstanceId, device)) return;
      await this.call(host, 'ec2', 'AttachVolume', { VolumeId, InstanceId, Device: device });
    };
    const attached = await new Promise<boolean>((resolve) => this.retry(host, TRIES.attach, attach, resolve));
    if (!attached) throw new NotMounted(`${VolumeId} could not be attached`);
    boot.mounts.push({ mountPoint, source: VolumeId, snapshotId });
  }

  /** Tries until it succeeds, the attempts are used up or the instance is gone. */
  private retry(
    host: AgentHost,
    { attempts, seconds }: { readonly attempts: number; readonly seconds: number },
    todo: () => void | Promise<void>,
    then: (done: boolean) => void,
  ): void {
    const { activities } = this.parts;
    const attempt = async (left: number): Promise<void> => {
      if (this.parts.hosts.host(host.instanceId)?.state !== 'running') return then(false);
      const activity = activities.begin(`boot of ${host.instanceId}`);
      try {
        await activity.awaiting(Promise.resolve(todo()));
      } catch (error) {
        if (!(error instanceof ServiceError) && !(error instanceof NotMounted)) throw error;
        if (left > 1) this.world.clock.after(seconds * 1000, () => void attempt(left - 1));
        else then(false);
        return;
      } finally {
        activity.end();
      }
      then(true);
    };
    void attempt(attempts);
  }

  private call(host: AgentHost, service: string, operation: string, input: object): Promise<object> {
    return this.parts.api.call({ principalArn: this.roleOf(host) }, service, operation, input);
  }

  private roleOf({ instanceProfile }: AgentHost): string {
    return (instanceProfile === undefined ? undefined : this.parts.roles.roleOf(instanceProfile)) ?? 'instance';
  }
}

/** Takes down what it takes to mount a file system, and to write there. */
export function noteMount(
  delegated: DelegatedCalls,
  role: string,
  FileSystemId: string,
  AccessPointId: string | undefined,
): void {
  for (const operation of ['ClientMount', 'ClientWrite']) {
    delegated.note(role, 'elasticfilesystem', operation, { FileSystemId, AccessPointId });
  }
}

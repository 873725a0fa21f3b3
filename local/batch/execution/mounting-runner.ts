import type { EFSVolumeConfiguration, Volume } from '@aws-sdk/client-batch';
import type { JobVolumes } from '../../ports';
import type { World } from '../../world';
import type { RunningJob } from '../model';
import type { JobLaunch, JobObserver, JobRunner } from './job-runner';

/** How long ECS tries before it gives up; not documented. */
const SECONDS_TO_REFUSAL = 10;

/** Has file systems mounted before a job's containers are started; where one cannot be, none is. */
export class MountingRunner implements JobRunner {
  constructor(
    private readonly world: Pick<World, 'clock'>,
    private readonly runner: JobRunner,
    private readonly volumes: JobVolumes,
  ) {}

  start(launch: JobLaunch, observer: JobObserver): RunningJob {
    const { container, task } = launch.job.spec;
    const all: readonly Volume[] = container?.volumes ?? task?.volumes ?? [];
    const fileSystems = all.flatMap(({ efsVolumeConfiguration }) => efsVolumeConfiguration ?? []);
    const role = container?.jobRoleArn ?? task?.taskRoleArn;
    const reason = this.mountAll(fileSystems, launch, role);
    if (reason === undefined) return this.runner.start(launch, observer);
    const { clock } = this.world;
    const refused = (): void => observer.ended({ kind: 'notStarted', reason });
    const timer = clock.after((launch.provisionSeconds + SECONDS_TO_REFUSAL) * 1000, refused);
    return {
      stop: () => {
        timer.cancel();
        clock.after(0, refused);
      },
      abandon: () => timer.cancel(),
    };
  }

  /** @returns why one cannot be mounted, as ECS says it */
  private mountAll(
    fileSystems: readonly EFSVolumeConfiguration[],
    { job }: JobLaunch,
    role: string | undefined,
  ): string | undefined {
    const instanceId = job.running?.room.instance?.ec2InstanceId;
    for (const { fileSystemId, authorizationConfig } of fileSystems) {
      const refusal = this.volumes.mount(fileSystemId!, authorizationConfig?.accessPointId, instanceId, role);
      if (refusal !== undefined) {
        return `ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: ${refusal}`;
      }
    }
    return undefined;
  }
}

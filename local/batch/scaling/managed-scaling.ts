import type { InstanceLauncher, LaunchSources, PlaceableInstance } from '../../ports';
import type { World } from '../../world';
import { launchesInstances } from '../environments/compute-environment';
import type { ComputeEnvironment } from '../environments/compute-environment';
import type { JobQueue, OrderedEnvironment } from '../model';
import type { Registry } from '../registry';
import type { InstanceCapacity } from '../scheduling/instance-capacity';
import { registeredResources, typesOf } from './instance-types';
import type { InstanceType } from './instance-types';
import { ManagedFleet } from './managed-fleet';
import { cheapestFirst, planScaling } from './scaling-plan';
import type { Candidate, Demand } from './scaling-plan';
import { waitingByEnvironment } from './waiting-demand';
import type { EnvironmentRoom } from './waiting-demand';

const DEFAULT_UPDATE_TIMEOUT_MINUTES = 30;

interface Wanted extends EnvironmentRoom {
  readonly waiting: readonly Demand[];
  readonly minVcpus: number;
}

/** Launches and terminates the instances of managed environments, as their jobs need them. */
export class ManagedScaling {
  /** By cluster. */
  private readonly fleets = new Map<string, ManagedFleet>();
  private ticking = false;

  constructor(
    private readonly world: World,
    private readonly launcher: InstanceLauncher,
    private readonly sources: LaunchSources,
    private readonly queues: Registry<JobQueue>,
  ) {
    launcher.onStateChange(({ instanceId, state }) => {
      if (state !== 'shutting-down' && state !== 'terminated') return;
      for (const fleet of this.fleets.values()) fleet.gone(instanceId);
    });
  }

  /** Whether jobs may be put on an instance of a cluster. */
  mayRun(clusterArn: string, instance: PlaceableInstance): boolean {
    return this.fleets.get(clusterArn)?.mayRun(instance) ?? true;
  }

  /** The instance type that EC2 last refused an environment for want of capacity. */
  refusedType({ clusterArn }: ComputeEnvironment): string | undefined {
    return this.fleets.get(clusterArn)?.refusedType;
  }

  /** An environment has come, or has changed: what it asks for itself is there without waiting for jobs. */
  environmentChanged(environment: ComputeEnvironment): void {
    if (!launchesInstances(environment) || environment.status === 'CREATING') return;
    const { desiredvCpus = 0, minvCpus = 0 } = environment.computeResources!;
    const minVcpus = environment.state === 'ENABLED' ? Math.max(desiredvCpus, minvCpus) : minvCpus;
    this.scaleOut(this.fleetOf(environment), { ...this.roomOf(environment), waiting: [], minVcpus });
    this.tickLater();
  }

  /** A job has become RUNNABLE. */
  jobWaits(): void {
    this.tickLater();
  }

  /** Replaces all instances. @returns whether there are any */
  replaceInstances(environment: ComputeEnvironment, onReplaced: () => void): boolean {
    const fleet = this.fleets.get(environment.clusterArn);
    if (!fleet || fleet.size() === 0) return false;
    const { terminateJobsOnUpdate = false, jobExecutionTimeoutMinutes = DEFAULT_UPDATE_TIMEOUT_MINUTES } =
      environment.updatePolicy ?? {};
    const { clock } = this.world;
    const deadline = clock.now() + (terminateJobsOnUpdate ? 0 : jobExecutionTimeoutMinutes * 60_000);
    const retire = (): void => {
      const left = fleet.retireOutdated(clock.now() >= deadline);
      if (left === 0) onReplaced();
      else clock.at(Math.min(deadline, clock.now() + this.period()), retire);
    };
    fleet.outdate();
    retire();
    return true;
  }

  release({ clusterArn }: ComputeEnvironment): void {
    this.fleets.get(clusterArn)?.terminateAll('The compute environment was deleted');
    this.fleets.delete(clusterArn);
  }

  private fleetOf(environment: ComputeEnvironment): ManagedFleet {
    let fleet = this.fleets.get(environment.clusterArn);
    if (!fleet) {
      fleet = new ManagedFleet(this.world, this.launcher, this.sources, environment, capacityOf(environment));
      this.fleets.set(environment.clusterArn, fleet);
    }
    return fleet;
  }

  private period(): number {
    return this.world.settings.managedScalingSeconds * 1000;
  }

  /** Batch looks at fixed times; those at which there is nothing to see are left out. */
  private tickLater(): void {
    if (this.ticking || this.fleets.size === 0) return;
    this.ticking = true;
    const next = (Math.floor(this.world.clock.now() / this.period()) + 1) * this.period();
    this.world.clock.at(next, () => {
      this.ticking = false;
      this.tick();
      if (this.hasWork()) this.tickLater();
    });
  }

  private hasWork(): boolean {
    for (const fleet of this.fleets.values()) {
      if (fleet.size() > 0 || fleet.environment.computeResources!.minvCpus! > 0) return true;
    }
    const isManaged = ({ environment }: OrderedEnvironment): boolean => this.fleets.has(environment.clusterArn);
    for (const { runnable, environments } of this.queues) {
      if (runnable.size > 0 && environments.some(isManaged)) return true;
    }
    return false;
  }

  private tick(): void {
    const rooms = new Map<ComputeEnvironment, EnvironmentRoom>();
    for (const { environment } of this.fleets.values()) rooms.set(environment, this.roomOf(environment));
    const waiting = waitingByEnvironment(this.queues, (environment) => rooms.get(environment) ?? NO_ROOM);
    for (const fleet of this.fleets.values()) {
      const { environment } = fleet;
      const resources = environment.computeResources!;
      resources.desiredvCpus = this.scaleOut(fleet, {
        ...rooms.get(environment)!,
        waiting: waiting.get(environment) ?? [],
        minVcpus: resources.minvCpus ?? 0,
      });
      fleet.scaleIn(resources.desiredvCpus);
    }
  }

  /** @returns the vCPUs that are desired */
  private scaleOut(fleet: ManagedFleet, wanted: Wanted): number {
    const { maxvCpus = 0, allocationStrategy = 'BEST_FIT', type } = fleet.environment.computeResources!;
    const progressive = allocationStrategy !== 'BEST_FIT';
    const refused = new Set<string>();
    for (;;) {
      const { desiredVcpus, launches } = planScaling({
        ...wanted,
        candidates: wanted.candidates.filter(({ name }) => !refused.has(name)),
        vcpus: fleet.vcpus(),
        booting: fleet.booting().map((booting) => this.candidate(booting)),
        // What is to be replaced counts until it has gone.
        maxVcpus: maxvCpus - fleet.vcpus(true),
        mayExceed: progressive || type === 'SPOT',
      });
      const failed = launches.find((launch) => !launchAll(fleet, launch));
      // BEST_FIT waits for its type; the others go on with those that are left.
      if (!failed || !progressive || fleet.environment.status === 'INVALID') return desiredVcpus;
      refused.add(failed.type);
    }
  }

  private roomOf(environment: ComputeEnvironment): EnvironmentRoom {
    const { instanceTypes, allocationStrategy } = environment.computeResources!;
    const types = typesOf(instanceTypes!);
    const ordered = allocationStrategy === 'BEST_FIT_PROGRESSIVE_ORDERED' ? types : cheapestFirst(types);
    return { candidates: ordered.map((type) => this.candidate(type)), placed: capacityOf(environment).placed() };
  }

  private candidate(type: InstanceType): Candidate {
    return { name: type.name, ...registeredResources(type, this.world.settings.memoryOverheadPercent) };
  }
}

const NO_ROOM: EnvironmentRoom = { candidates: [], placed: [] };

function capacityOf({ capacity }: ComputeEnvironment): InstanceCapacity {
  return capacity as InstanceCapacity;
}

/** @returns whether EC2 had all of them */
function launchAll(fleet: ManagedFleet, { type, count }: { type: string; count: number }): boolean {
  for (let launched = 0; launched < count; launched++) if (!fleet.launch(type)) return false;
  return true;
}

import type { AgentHosts, Boots, LaunchFaults } from '../ports';
import type { Random } from '../simulation/random';
import { arn } from '../world';
import type { World } from '../world';
import type { AgentCalls } from './agent-calls';
import { agentConfig } from './agent-config';
import type { AgentConfig } from './agent-config';
import type { Clusters } from './clusters';
import { describedInstance } from './container-instance-description';
import { endIdle, statusOf } from './model';
import type { Cluster, ContainerInstance, ContainerInstanceStatus } from './model';
import type { Tasks } from './tasks';

export interface AgentsParts {
  readonly world: World;
  readonly random: Random;
  readonly hosts: AgentHosts;
  readonly faults: LaunchFaults;
  /** @default - instances mount nothing */
  readonly boots?: Boots;
  readonly clusters: Clusters;
  readonly tasks: Tasks;
  readonly calls?: AgentCalls;
  /** Told when a cluster can take more tasks than before. */
  readonly onCapacity: (cluster: Cluster) => void;
}

/** The ECS agents on the instances: they register, drain, lose their connection and go with their host. */
export class Agents {
  private readonly byInstanceId = new Map<string, ContainerInstance>();
  private readonly warned = new Set<string>();

  constructor(private readonly parts: AgentsParts) {
    const { boots, hosts, world } = parts;
    hosts.onStateChange(({ instanceId, state, launchTime }) => {
      if (state === 'running') {
        const register = (): void => this.register(instanceId);
        // Counted from the launch, so that a slow `pending` does not make the boot longer.
        world.clock.at(launchTime + world.settings.registrationSeconds * 1000, () =>
          boots ? boots.whenMounted(instanceId, register) : register(),
        );
      }
      if (state === 'shutting-down') this.loseHost(instanceId);
      if (state === 'terminated') {
        world.clock.after(world.settings.staleContainerInstanceSeconds * 1000, () => this.forgetHost(instanceId));
      }
    });
    hosts.onInterruptionWarning(({ instanceId }) => {
      this.warned.add(instanceId);
      const instance = this.byInstanceId.get(instanceId);
      if (instance) this.drainIfReclaimed(instance, agentConfig(instance.host.userData));
    });
  }

  of(instanceId: string): ContainerInstance | undefined {
    return this.byInstanceId.get(instanceId);
  }

  setStatus(instance: ContainerInstance, status: ContainerInstanceStatus): void {
    if (statusOf(instance) === status) return;
    const now = this.parts.world.clock.now();
    instance.statuses.push({ at: now, status });
    if (status === 'DRAINING') instance.history.drainedAt = now;
    this.changed(instance);
    if (status === 'ACTIVE') this.parts.onCapacity(instance.cluster);
  }

  /** A disconnected instance keeps its tasks and gets no new ones. */
  setConnected(instance: ContainerInstance, connected: boolean): void {
    if (instance.agentConnected === connected || (connected && instance.host.state !== 'running')) return;
    instance.agentConnected = connected;
    this.changed(instance);
    if (connected) this.parts.onCapacity(instance.cluster);
  }

  /** Ends the registration; what still runs there is lost to ECS. */
  deregister(instance: ContainerInstance): void {
    if (statusOf(instance) === 'INACTIVE') return;
    const { cluster } = instance;
    cluster.members.splice(cluster.members.indexOf(instance), 1);
    instance.agentConnected = false;
    instance.history.deregisteredAt = this.parts.world.clock.now();
    this.setStatus(instance, 'INACTIVE');
    this.loseTasks(instance, 'Container instance deregistration forced by user.');
    endIdle(instance.history, this.parts.world.clock.now());
  }

  private register(instanceId: string): void {
    const { world, random, hosts, faults, clusters } = this.parts;
    const host = hosts.host(instanceId);
    if (host?.state !== 'running' || faults.neverRegister(host.requester)) return;
    const config = agentConfig(host.userData);
    const cluster = config.cluster === undefined ? undefined : clusters.find(config.cluster);
    if (!cluster?.active) return;

    const now = world.clock.now();
    const id = random.hex(32);
    const registered = {
      vcpus: host.physical.vcpus,
      memoryMiB:
        Math.floor(host.physical.memoryMiB * (1 - world.settings.memoryOverheadPercent / 100)) -
        config.reservedMemoryMiB,
      gpus: config.gpuSupport ? host.physical.gpus : 0,
    };
    const gpuIds = Array.from({ length: registered.gpus }, () => `GPU-${random.uuid()}`);
    const instance: ContainerInstance = {
      ordinal: this.byInstanceId.size,
      id,
      containerInstanceArn: arn(world, 'ecs', `container-instance/${cluster.name}/${id}`),
      ec2InstanceId: instanceId,
      cluster,
      host,
      registered,
      remaining: { ...registered },
      gpuIds,
      freeGpuIds: [...gpuIds],
      registeredAt: now,
      statuses: [{ at: now, status: 'ACTIVE' }],
      tasks: new Map(),
      history: { registeredAt: now, tasksStarted: 0, idleSince: now, longestIdleMilliseconds: 0, killed: [] },
      pendingTasks: 0,
      agentConnected: true,
      version: 0,
    };
    this.byInstanceId.set(instanceId, instance);
    cluster.instances.set(id, instance);
    const position = cluster.members.findLastIndex((member) => member.host.ordinal < host.ordinal) + 1;
    cluster.members.splice(position, 0, instance);
    this.changed(instance);
    this.parts.calls?.registered(instance, config);
    this.drainIfReclaimed(instance, config);
    if (statusOf(instance) === 'ACTIVE') this.parts.onCapacity(cluster);
  }

  private drainIfReclaimed(instance: ContainerInstance, config: AgentConfig): void {
    const drains = config.spotDraining && this.warned.has(instance.ec2InstanceId);
    if (!drains || statusOf(instance) !== 'ACTIVE') return;
    this.setStatus(instance, 'DRAINING');
    this.parts.calls?.drained(instance);
  }

  /** The containers die with the machine, and the agent with them. */
  private loseHost(instanceId: string): void {
    const instance = this.byInstanceId.get(instanceId);
    if (!instance) return;
    this.setConnected(instance, false);
    endIdle(instance.history, this.parts.world.clock.now());
    const killed = this.loseTasks(instance, `Host EC2 (instance ${instanceId}) terminated.`);
    instance.history.killed.push(...killed);
  }

  private forgetHost(instanceId: string): void {
    const instance = this.byInstanceId.get(instanceId);
    if (instance) this.deregister(instance);
  }

  /** @returns whose tasks they were */
  private loseTasks(instance: ContainerInstance, reason: string): string[] {
    const tasks = [...instance.tasks.values()];
    // All is freed before anyone is told: who is told may look at the cluster at once.
    for (const task of tasks) this.parts.tasks.stop(task, 'TerminationNotice', reason);
    for (const { request } of tasks) request.onHostLost(reason);
    return tasks.map(({ request }) => request.startedBy);
  }

  private changed(instance: ContainerInstance): void {
    const { world } = this.parts;
    instance.version++;
    instance.cluster.placeable = undefined;
    world.events.publish({
      source: 'aws.ecs',
      detailType: 'ECS Container Instance State Change',
      resources: [instance.containerInstanceArn],
      detail: {
        ...describedInstance(instance, world.settings.remainingResourcesShowGpus),
        clusterArn: instance.cluster.arn,
        registeredAt: new Date(instance.registeredAt).toISOString(),
        updatedAt: new Date(world.clock.now()).toISOString(),
      },
    });
  }
}

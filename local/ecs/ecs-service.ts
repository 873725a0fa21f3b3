import * as sdk from '@aws-sdk/client-ecs';
import type { AgentHosts, Boots, LaunchFaults, PlaceableInstance, TaskPlacement, TaskRequest } from '../ports';
import type { Service } from '../wire/service';
import type { World } from '../world';
import type { AgentCalls } from './agent-calls';
import { Agents } from './agents';
import { Clusters, instanceIn, placeableIn } from './clusters';
import { clusterOperations } from './cluster-operations';
import type { Cluster, ContainerInstance, ContainerInstanceHistory } from './model';
import { containerInstanceOperations } from './container-instance-operations';
import { taskOperations } from './task-operations';
import { Tasks } from './tasks';

/** Amazon ECS as Batch uses it: clusters, the instances that register with them, and standalone tasks. */
export class EcsService implements TaskPlacement {
  readonly api: Service;
  private readonly clusters: Clusters;
  private readonly tasks: Tasks;
  private readonly agents: Agents;
  private readonly capacityListeners: ((clusterArn: string) => void)[] = [];

  constructor(
    private readonly world: World,
    hosts: AgentHosts,
    faults: LaunchFaults,
    calls?: AgentCalls,
    boots?: Boots,
  ) {
    const random = world.random.fork();
    const onCapacity = (cluster: Cluster): void => {
      for (const listener of this.capacityListeners) listener(cluster.arn);
    };
    this.clusters = new Clusters(world);
    this.tasks = new Tasks(world, random, calls);
    const { clusters, tasks } = this;
    this.agents = new Agents({ world, random, hosts, faults, clusters, tasks, calls, boots, onCapacity });
    this.api = {
      signingName: 'ecs',
      protocol: 'json1.1',
      sdk,
      operations: {
        ...clusterOperations(clusters),
        ...containerInstanceOperations(world, clusters, this.agents),
        ...taskOperations(world, clusters, tasks, ({ instance }) => onCapacity(instance.cluster)),
      },
    };
  }

  createCluster(name: string): string {
    return this.clusters.create(name).arn;
  }

  /** Batch deletes its cluster with all that is registered in it. */
  deleteCluster(clusterArn: string): void {
    const cluster = this.clusters.existing(clusterArn);
    for (const instance of [...cluster.members]) this.agents.deregister(instance);
    cluster.active = false;
  }

  placeable(clusterArn: string): readonly PlaceableInstance[] {
    return placeableIn(this.clusters.existing(clusterArn), this.world.settings.placementHonoursDraining);
  }

  startTask(request: TaskRequest): string {
    const instance = instanceIn(this.clusters.existing(request.clusterArn), request.containerInstanceArn);
    if (!instance) throw new Error(`There is no container instance ${request.containerInstanceArn}`);
    return this.tasks.start(instance, request).arn;
  }

  stopTask(taskArn: string, reason: string, exitCode?: number): void {
    const task = this.tasks.find(taskArn);
    if (task) this.tasks.stop(task, 'EssentialContainerExited', reason, exitCode);
  }

  onCapacity(listener: (clusterArn: string) => void): void {
    this.capacityListeners.push(listener);
  }

  /** A fault: the agent of this instance loses its connection until `reconnectAgent`; its tasks go on. */
  disconnectAgent(ec2InstanceId: string): void {
    this.agents.setConnected(this.registered(ec2InstanceId), false);
  }

  reconnectAgent(ec2InstanceId: string): void {
    this.agents.setConnected(this.registered(ec2InstanceId), true);
  }

  /** What an instance did since it registered; none for one that never has. */
  history(ec2InstanceId: string): Readonly<ContainerInstanceHistory> | undefined {
    return this.agents.of(ec2InstanceId)?.history;
  }

  /** The EC2 instance behind a container instance. */
  hostOf(containerInstanceArn: string): string | undefined {
    const clusterArn = containerInstanceArn.replace('container-instance/', 'cluster/').replace(/\/[^/]+$/, '');
    return instanceIn(this.clusters.existing(clusterArn), containerInstanceArn)?.ec2InstanceId;
  }

  private registered(ec2InstanceId: string): ContainerInstance {
    const found = this.agents.of(ec2InstanceId);
    if (!found) throw new Error(`No agent of ${ec2InstanceId} has registered`);
    return found;
  }
}

import type { AutoScalingClient, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import type { ContainerInstance, ECSClient } from '@aws-sdk/client-ecs';
import {
  deregisterIdle,
  listContainerInstances,
  taskCount,
  updateContainerInstancesState,
} from '../ecs/container-instances';
import { terminateInstance } from './group';

export interface DrainClients {
  readonly autoScaling: AutoScalingClient;
  readonly ecs: ECSClient;
}

/** How long Batch may go on placing jobs on an instance that has been set to DRAINING. */
const DRAIN = 60_000;
/** How long an instance that has not registered is given to do so; until then it cannot be drained. */
const REGISTRATION = 10 * 60_000;

/** Takes the instances of a closed group out of service, each once no task runs on it. Looks from time to time. */
export class DrainingGroup {
  private readonly idleSince = new Map<string, number>();

  constructor(
    private readonly clients: DrainClients,
    private readonly clusterArn: string,
    /** When the deletion began. */
    private readonly startedAt: number,
  ) {}

  /** Does what can be done now. @returns what each instance waits for */
  async step(group: AutoScalingGroup, now: number): Promise<string[]> {
    const registered = await this.registered();
    const waiting: string[] = [];
    const undrained: string[] = [];
    for (const { InstanceId, LifecycleState } of group.Instances ?? []) {
      const id = InstanceId!;
      const container = registered.get(id);
      if (LifecycleState!.startsWith('Terminat')) waiting.push(`${id} is being terminated`);
      else if (container) waiting.push(await this.stepRegistered(id, container, now, undrained));
      else if (now - this.startedAt < REGISTRATION) waiting.push(`${id} has not registered with ECS yet`);
      else waiting.push(await this.terminate(id));
    }
    await updateContainerInstancesState(this.clients.ecs, this.clusterArn, undrained, 'DRAINING');
    return waiting;
  }

  private async stepRegistered(
    id: string,
    container: ContainerInstance,
    now: number,
    undrained: string[],
  ): Promise<string> {
    if (container.status === 'ACTIVE') undrained.push(container.containerInstanceArn!);
    const tasks = taskCount(container);
    if (tasks > 0 || container.status === 'ACTIVE') {
      this.idleSince.delete(id);
      return `${id} runs ${tasks} tasks`;
    }
    const since = this.idleSince.get(id) ?? now;
    this.idleSince.set(id, since);
    if (now - since < DRAIN) return `${id} is idle`;
    try {
      await deregisterIdle(this.clients.ecs, this.clusterArn, container.containerInstanceArn!);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'InvalidParameterException') throw error;
      this.idleSince.delete(id);
      return `${id}: ${error.message}`;
    }
    return this.terminate(id);
  }

  private async terminate(id: string): Promise<string> {
    await terminateInstance(this.clients.autoScaling, id);
    return `${id} is being terminated`;
  }

  private async registered(): Promise<ReadonlyMap<string, ContainerInstance>> {
    try {
      const instances = await listContainerInstances(this.clients.ecs, this.clusterArn);
      return new Map(instances.map((instance) => [instance.ec2InstanceId!, instance]));
    } catch (error) {
      // Without its cluster no instance runs tasks.
      if (error instanceof Error && error.name === 'ClusterNotFoundException') return new Map();
      throw error;
    }
  }
}

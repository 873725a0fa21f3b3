import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { statusOf } from './model';
import type { Cluster, ContainerInstance } from './model';

export class Clusters {
  private readonly byName = new Map<string, Cluster>();
  private created = 0;

  constructor(private readonly world: World) {}

  /** Makes a cluster, or gives the one of that name. */
  create(name: string): Cluster {
    const found = this.byName.get(name);
    if (found?.active) return found;
    const cluster: Cluster = {
      ordinal: this.created++,
      arn: this.arnOf(name),
      name,
      active: true,
      tags: [],
      instances: new Map(),
      members: [],
    };
    this.byName.set(name, cluster);
    return cluster;
  }

  /** @param reference short name or ARN */
  find(reference = 'default'): Cluster | undefined {
    return this.byName.get(reference.slice(reference.lastIndexOf('/') + 1));
  }

  /** @throws ServiceError `ClusterNotFoundException` */
  existing(reference?: string): Cluster {
    const found = this.find(reference);
    if (!found?.active) throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
    return found;
  }

  arnOf(reference: string): string {
    return reference.startsWith('arn:') ? reference : arn(this.world, 'ecs', `cluster/${reference}`);
  }

  all(): Cluster[] {
    return [...this.byName.values()];
  }
}

/** The connected members that tasks may be placed on, in the order their hosts were launched. */
export function placeableIn(cluster: Cluster, honourDraining: boolean): readonly ContainerInstance[] {
  cluster.placeable ??= cluster.members.filter(
    (instance) => instance.agentConnected && (statusOf(instance) === 'ACTIVE' || !honourDraining),
  );
  return cluster.placeable;
}

/** @param reference id or ARN */
export function instanceIn(cluster: Cluster, reference: string): ContainerInstance | undefined {
  const found = cluster.instances.get(reference.slice(reference.lastIndexOf('/') + 1));
  return found && (!reference.startsWith('arn:') || found.containerInstanceArn === reference) ? found : undefined;
}

import type {
  Cluster as Description,
  CreateClusterRequest,
  CreateClusterResponse,
  DeleteClusterRequest,
  DeleteClusterResponse,
  DescribeClustersRequest,
  DescribeClustersResponse,
  ListClustersRequest,
  ListClustersResponse,
} from '@aws-sdk/client-ecs';
import { page } from '../wire/page';
import { ServiceError } from '../wire/service';
import type { Operation } from '../wire/service';
import type { Clusters } from './clusters';
import type { Cluster } from './model';
import { invalidToken, pageSize } from './request-errors';

export function clusterOperations(clusters: Clusters): Readonly<Record<string, Operation>> {
  return {
    CreateCluster: (input: CreateClusterRequest): CreateClusterResponse => {
      const cluster = clusters.create(input.clusterName ?? 'default');
      cluster.tags = input.tags ?? cluster.tags;
      return { cluster: described(cluster) };
    },

    DeleteCluster: (input: DeleteClusterRequest): DeleteClusterResponse => {
      const cluster = clusters.existing(input.cluster);
      if (cluster.members.length > 0) {
        throw new ServiceError(
          'ClusterContainsContainerInstancesException',
          'The Cluster cannot be deleted while Container Instances are active or draining.',
        );
      }
      cluster.active = false;
      return { cluster: described(cluster) };
    },

    ListClusters: (input: ListClustersRequest): ListClustersResponse => {
      const active = clusters.all().filter((cluster) => cluster.active);
      const { items, nextToken } = page(
        active,
        ({ ordinal }) => ordinal,
        pageSize(input.maxResults),
        input.nextToken,
        invalidToken,
      );
      return { clusterArns: items.map((cluster) => cluster.arn), nextToken };
    },

    DescribeClusters: (input: DescribeClustersRequest): DescribeClustersResponse => {
      const references = input.clusters?.length ? input.clusters : ['default'];
      const found = references.map((reference) => ({ reference, cluster: clusters.find(reference) }));
      return {
        clusters: found.flatMap(({ cluster }) => {
          if (!cluster) return [];
          return [input.include?.includes('TAGS') ? { ...described(cluster), tags: cluster.tags } : described(cluster)];
        }),
        failures: found
          .filter(({ cluster }) => !cluster)
          .map(({ reference }) => ({ arn: clusters.arnOf(reference), reason: 'MISSING' })),
      };
    },
  };
}

function described(cluster: Cluster): Description {
  const pending = cluster.members.reduce((sum, { pendingTasks }) => sum + pendingTasks, 0);
  const live = cluster.members.reduce((sum, { tasks }) => sum + tasks.size, 0);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.active ? 'ACTIVE' : 'INACTIVE',
    registeredContainerInstancesCount: cluster.members.length,
    runningTasksCount: live - pending,
    pendingTasksCount: pending,
    activeServicesCount: 0,
    statistics: [],
    tags: [],
    settings: [{ name: 'containerInsights', value: 'disabled' }],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  };
}

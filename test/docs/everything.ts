/** An app that uses everything: what docs/cloudformation-properties.md says is set must be in its template. */
import { App, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { everyDefinition } from './every-definition';
import { AllocationStrategy, BatchCluster, ConcurrencyLimit, WaitingReason } from '../../lib';

/** The CloudFormation properties of each resource, by the resource's type. */
export function propertiesByType(): Map<string, object[]> {
  const app = new App();
  const stack = new Stack(app, 'Everything');
  const cluster = capacitiesAndQueues(stack);
  everyDefinition(stack, cluster, licences(stack));
  const resources = Object.values(Template.fromStack(stack).toJSON().Resources as Record<string, Resource>);
  const byType = new Map<string, object[]>();
  for (const { Type, Properties } of resources) byType.set(Type, [...(byType.get(Type) ?? []), Properties]);
  return byType;
}

interface Resource {
  readonly Type: string;
  readonly Properties: object;
}

function capacitiesAndQueues(stack: Stack): BatchCluster {
  const cluster = new BatchCluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
  const unmanaged = cluster.addUnmanagedCapacity('Unmanaged', {
    families: [{ instanceClasses: [ec2.InstanceClass.M6I], sizes: 1 }],
    maxvCpus: 64,
    computeEnvironmentName: 'unmanaged',
  });
  const managed = cluster.addManagedCapacity('Managed', {
    maxvCpus: 64,
    machineImage: ec2.MachineImage.latestAmazonLinux2023(),
    placementGroup: new ec2.PlacementGroup(stack, 'Near'),
    scaleDownDelay: Duration.hours(1),
    updateTimeout: Duration.hours(6),
    containerInsights: ContainerInsights.ENABLED,
  });
  Tags.of(managed).add('team', 'ocean');
  cluster.addManagedCapacity('Newest', { maxvCpus: 64, updateToLatestImageVersion: true, terminateJobsOnUpdate: true });
  cluster.addManagedCapacity('SpotFleet', {
    maxvCpus: 64,
    spot: true,
    allocationStrategy: AllocationStrategy.BEST_FIT,
    bidPercentage: 60,
  });
  const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 64, spot: true });
  cluster.addQueue('OnInstances', { capacity: [unmanaged], priority: 2, jobQueueName: 'instances' });
  cluster.addQueue('OnManaged', {
    capacity: [managed],
    fairShare: {
      shares: [{ shareIdentifier: 'ocean', weight: 2 }],
      shareDecay: Duration.hours(1),
      computeReservation: 10,
    },
    waitingLimits: [{ reason: WaitingReason.INSUFFICIENT_INSTANCE_CAPACITY, maxTime: Duration.hours(1) }],
  });
  Tags.of(cluster).add('project', 'climate');
  cluster.addQueue('OnFargate', { capacity: [fargate] });
  return cluster;
}

function licences(stack: Stack): ConcurrencyLimit {
  const limit = new ConcurrencyLimit(stack, 'Licences', { max: 3, consumableResourceName: 'licences' });
  Tags.of(limit).add('team', 'ocean');
  return limit;
}

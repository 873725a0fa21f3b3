/**
 * The reference app after a change: a third queue on its instances. With `-c broken=true` a fourth one too, and a
 * resource that cannot be made once everything else has been changed.
 */
import { App } from 'aws-cdk-lib';
import { CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import { BatchStack } from '../../bin/batch-stack';
import type { BatchCluster, UnmanagedCapacity } from '../../lib';

const app = new App();
const stack = new BatchStack(app, 'Batch');
const cluster = stack.node.findChild('Cluster') as BatchCluster;
const instances = cluster.node.findChild('Instances') as UnmanagedCapacity;

cluster.addQueue('Bulk', { capacity: [instances], priority: 1, jobQueueName: 'bulk' });

if (app.node.tryGetContext('broken') !== undefined) {
  cluster.addQueue('Late', { capacity: [instances], priority: 2, jobQueueName: 'late' });
  const computeEnvironment = 'arn:aws:batch:us-east-1:123456789012:compute-environment/nowhere';
  const broken = new CfnJobQueue(stack, 'Broken', {
    priority: 1,
    computeEnvironmentOrder: [{ computeEnvironment, order: 1 }],
  });
  broken.node.addDependency(instances.autoscaler.function);
}

/** Queues that an engine is given, with retries for the team's own jobs beside it. */
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BatchCluster, ContainerJobDefinition, JobRetries, RetryRule, RetryScope } from '../../lib';

const INSTANCE_TYPES = [new ec2.InstanceType('m5.large')];
const RULES = [RetryRule.onFailure({ attempts: 3, delay: Duration.seconds(0) })];

/**
 * Instances of this library's autoscaler, and retries with the scope that is the default. Another team knows the queue by
 * its ARN only, and has made the widest of scopes of it.
 *
 * @returns the directory of the cloud assembly
 */
export function synthesizeUnmanaged(outdir: string): string {
  const { stack, cluster } = newStack(outdir);
  const capacity = cluster.addUnmanagedCapacity('Instances', {
    pools: [{ name: 'cpu', instanceTypes: INSTANCE_TYPES, maxInstances: 3 }],
  });
  const queue = cluster.addQueue('Queue', { capacity: [capacity] });
  const retries = new JobRetries(stack, 'Retries', { queues: [queue], rules: RULES });
  const imported = batch.JobQueue.fromJobQueueArn(stack, 'Imported', queue.jobQueueArn);
  const theirs = new JobRetries(stack, 'Theirs', { queues: [imported], rules: RULES, scope: RetryScope.ALL_JOBS });
  return synthesize(stack, queue, {
    LedgerName: retries.ledger.tableName,
    ImportedLedgerName: theirs.ledger.tableName,
  });
}

/**
 * Instances that AWS Batch launches, and retries of all jobs.
 *
 * @returns the directory of the cloud assembly
 */
export function synthesizeManaged(outdir: string): string {
  const { stack, cluster } = newStack(outdir);
  const capacity = cluster.addManagedCapacity('Instances', { instanceTypes: INSTANCE_TYPES, maxvCpus: 8 });
  const queue = cluster.addQueue('Queue', { capacity: [capacity] });
  const retries = new JobRetries(stack, 'Retries', { queues: [queue], rules: RULES, scope: RetryScope.ALL_JOBS });
  return synthesize(stack, queue, { LedgerName: retries.ledger.tableName });
}

function newStack(outdir: string): { stack: Stack; cluster: BatchCluster } {
  const stack = new Stack(new App({ outdir }), 'Engines');
  const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 });
  return { stack, cluster: new BatchCluster(stack, 'Cluster', { vpc }) };
}

function synthesize(stack: Stack, queue: batch.IJobQueue, ledgers: Readonly<Record<string, string>>): string {
  // Fails when it is run for the first time.
  const own = new ContainerJobDefinition(stack, 'Own', {
    image: ContainerImage.fromRegistry('busybox'),
    command: ['sh', '-c', 'test "$FOREMAN_ATTEMPT" = 2'],
    vcpus: 1,
    memory: Size.gibibytes(2),
    queues: [queue],
  });
  const outputs = {
    QueueArn: queue.jobQueueArn,
    OwnJobArn: own.jobDefinitionArn,
    JobRoleArn: new Role(stack, 'JobRole', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }).roleArn,
    ...ledgers,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  return (stack.node.root as App).synth().directory;
}

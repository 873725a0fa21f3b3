/** A queue that an engine is given: instances from zero, and retries for the team's own jobs beside it. */
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BatchCluster, ContainerJobDefinition, JobRetries, RetryRule, RetryScope } from '../../lib';

/** @returns the directory of the cloud assembly */
export function synthesize(outdir: string): string {
  const app = new App({ outdir, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Engines');
  const cluster = new BatchCluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
  const capacity = cluster.addUnmanagedCapacity('Instances', {
    pools: [{ name: 'cpu', instanceTypes: [new ec2.InstanceType('m5.large')], maxInstances: 3 }],
  });
  const queue = cluster.addQueue('Queue', { capacity: [capacity] });
  // Fails when it is run for the first time.
  const own = new ContainerJobDefinition(stack, 'Own', {
    image: ContainerImage.fromRegistry('busybox'),
    command: ['sh', '-c', 'test "$FOREMAN_ATTEMPT" = 2'],
    vcpus: 1,
    memory: Size.gibibytes(2),
    queues: [queue],
  });
  const rules = [RetryRule.onFailure({ attempts: 3, delay: Duration.seconds(0) })];
  const retries = new JobRetries(stack, 'Retries', { queues: [queue], rules });
  // Of another team that knows the queue by its ARN only, and has made the widest of scopes of it.
  const imported = batch.JobQueue.fromJobQueueArn(stack, 'Imported', queue.jobQueueArn);
  const theirs = new JobRetries(stack, 'Theirs', { queues: [imported], rules, scope: RetryScope.ALL_JOBS });
  const outputs = {
    QueueArn: queue.jobQueueArn,
    OwnJobArn: own.jobDefinitionArn,
    JobRoleArn: new Role(stack, 'JobRole', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }).roleArn,
    LedgerName: retries.ledger.tableName,
    ImportedLedgerName: theirs.ledger.tableName,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  return app.synth().directory;
}

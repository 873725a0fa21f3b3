/** One deployment in several versions, of all that keeps something or runs something. */
import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { ConcurrencyPolicy } from '../../lib';
import {
  BatchCluster,
  CapacityReport,
  ContainerJobDefinition,
  EfsVolume,
  type InstancePoolProps,
  JobLedger,
  JobRetries,
  JobTimeouts,
  JobWorkflow,
  RateLimit,
  RetryRule,
  ScheduledJob,
} from '../../lib';
import * as fixture from '../lib/fixture';

export const SMALL = { ...fixture.SMALL, cost: 0.2 };
export const LARGE = { ...fixture.LARGE, cost: 0.8 };
export const GPU = { ...fixture.GPU, cost: 1.2 };

export interface Version {
  readonly pools?: readonly InstancePoolProps[];
  readonly rootVolumeGiB?: number;
  readonly environmentVcpus?: number;
  readonly managedTypes?: readonly string[];
  readonly image?: string;
  readonly jobMemoryGiB?: number;
  readonly moreQueues?: readonly string[];
  readonly priority?: number;
  readonly queueName?: string;
  readonly weight?: number;
  readonly hour?: string;
  readonly suspended?: boolean;
  readonly policy?: ConcurrencyPolicy;
  readonly moreSchedules?: boolean;
  readonly rules?: RetryRule[];
  readonly runnableHours?: number;
  readonly starts?: number;
  readonly retentionDays?: number;
}

export type Resources = Readonly<Record<string, { Type: string; Properties?: object; UpdatePolicy?: object }>>;

export function deployment(version: Version = {}): { Resources: Resources } {
  const { environmentVcpus = 64, jobMemoryGiB = 4, hour = '3', pools = [SMALL, GPU], priority = 10 } = version;
  const stack = new Stack(new App(), 'Deployment');
  const cluster = new BatchCluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
  const fileSystem = cluster.addFileSystem('Files');
  const instances = cluster.addUnmanagedCapacity('Instances', {
    pools: [...pools],
    rootVolume: { size: Size.gibibytes(version.rootVolumeGiB ?? 50) },
  });
  const managed = cluster.addManagedCapacity('Managed', {
    maxvCpus: environmentVcpus,
    instanceTypes: (version.managedTypes ?? ['m5.xlarge']).map((type) => new ec2.InstanceType(type)),
  });
  const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: environmentVcpus });
  const queue = cluster.addQueue('Queue', { capacity: [instances], priority, jobQueueName: version.queueName });
  const shared = cluster.addQueue('Shared', {
    capacity: [managed],
    fairShare: { shares: [{ shareIdentifier: 'one', weight: version.weight ?? 1 }] },
  });
  const short = cluster.addQueue('Short', { capacity: [fargate] });
  for (const id of version.moreQueues ?? []) cluster.addQueue(id, { capacity: [instances], priority: 50 });
  const job = new ContainerJobDefinition(stack, 'Job', {
    image: ContainerImage.fromRegistry(version.image ?? 'example/job:1'),
    vcpus: 1,
    memory: Size.gibibytes(jobMemoryGiB),
    queues: [queue],
    mounts: [{ volume: new EfsVolume({ name: 'data', fileSystem }), containerPath: '/data' }],
  });
  const ledger = new JobLedger(stack, 'Ledger', { retention: Duration.days(version.retentionDays ?? 30) });
  new JobRetries(stack, 'Retries', { queues: [queue], ledger, rules: version.rules ?? [RetryRule.onFailure()] });
  const runnable = Duration.hours(version.runnableHours ?? 1);
  new JobTimeouts(stack, 'Timeouts', { queues: [queue, short], ledger, runnable });
  new CapacityReport(stack, 'Shortages', { queues: [queue, shared] });
  new RateLimit(stack, 'Rate', { starts: version.starts ?? 10, per: Duration.minutes(1) });
  const schedule = ScheduleExpression.cron({ hour, minute: '0' });
  const { suspended, policy: concurrencyPolicy } = version;
  new ScheduledJob(stack, 'Nightly', { job, queue, ledger, schedule, suspended, concurrencyPolicy });
  if (version.moreSchedules)
    new ScheduledJob(stack, 'Hourly', { job, queue, ledger, schedule: ScheduleExpression.rate(Duration.hours(1)) });
  new JobWorkflow(stack, 'Workflow', { queue, ledger }).addJob('First', { job });
  return Template.fromStack(stack).toJSON() as { Resources: Resources };
}

/** A life of schedules and a trigger, in which everything happens that their function needs a right for. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  BatchCluster,
  ConcurrencyPolicy,
  ContainerJobDefinition,
  JobTrigger,
  ScheduledJob,
  TriggerEvent,
} from '../../lib';
import type { LocalAws } from '../../local/local-aws';
import { LOCAL_JOB } from '../../workload/local-job';
import { registerFargateDefinition } from './fargate-definition';
import { encrypt } from './customer-key';
import type { Recording } from './recording';

const NAME = 'scheduled';

function synthesize(): string {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'iam-')) });
  const stack = new Stack(app, 'Schedules');
  encrypt(stack, stack);
  const cluster = new BatchCluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
  // Room for one job: the next has to wait.
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 1 })] });
  const job = ContainerJobDefinition.fromJobDefinitionName(stack, 'Job', NAME);
  const environment = { [LOCAL_JOB]: JSON.stringify({ attempts: [{ runSeconds: 3600 }] }) };
  const often = { job, queue, environment, schedule: ScheduleExpression.rate(Duration.minutes(10)) };
  new ScheduledJob(stack, 'Replaced', { ...often, concurrencyPolicy: ConcurrencyPolicy.REPLACE });
  new ScheduledJob(stack, 'Waiting', { ...often, concurrencyPolicy: ConcurrencyPolicy.REPLACE });
  new JobTrigger(stack, 'Trigger', { job, queue, event: TriggerEvent.jobEnded(job) });
  return app.synth().directory;
}

/** One job is terminated and one cancelled to make room, one is looked for, one cannot be started, and a sweep fails. */
export async function playSchedules(aws: LocalAws, recording: Recording): Promise<void> {
  await registerFargateDefinition(aws, NAME);
  const [stack] = await aws.deploy(synthesize());
  recording.noteGrants();
  const advance = (minutes: number): Promise<void> => aws.virtualClock!.advance(minutes * 60_000);
  await advance(25);
  aws.setFaults({ loseAnswer: { 'batch:SubmitJob': 1 } });
  await advance(10);
  aws.setFaults({ throttle: { 'batch:SubmitJob': 1 } });
  await advance(70);
  aws.setFaults({ fail: { 'dynamodb:*': 1 } });
  await advance(2);
  aws.setFaults({});
  await advance(10);
  await aws.destroy([stack!.name]);
}

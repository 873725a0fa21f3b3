/** A life of a workflow that a schedule and an event start, in which everything happens that its function needs a right for. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  BatchCluster,
  ConcurrencyPolicy,
  ContainerJobDefinition,
  JobTrigger,
  JobWorkflow,
  RunIf,
  ScheduledJob,
  TriggerEvent,
} from '../../lib';
import type { LocalAws } from '../../local/local-aws';
import { LOCAL_JOB } from '../../workload/local-job';
import { registerFargateDefinition } from './fargate-definition';
import { encrypt } from './customer-key';
import type { Recording } from './recording';

const NAME = 'step';

function synthesize(): string {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'iam-')) });
  const stack = new Stack(app, 'Workflows');
  encrypt(stack, stack);
  const cluster = new BatchCluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 16 })] });
  const job = ContainerJobDefinition.fromJobDefinitionName(stack, 'Job', NAME);
  const workflow = new JobWorkflow(stack, 'Workflow', { queue, workflowName: 'flow' });
  const step = (name: string, runSeconds: number, exitCode = 0) => {
    const environment = { [LOCAL_JOB]: JSON.stringify({ attempts: [{ runSeconds, exitCode }] }) };
    return workflow.addJob(name, { job, environment });
  };
  step('Train', 60, 1).then(step('CleanUp', 1200), RunIf.FAILURE);
  const schedule = ScheduleExpression.rate(Duration.minutes(10));
  // Each run takes the place of the one before.
  new ScheduledJob(stack, 'Schedule', { workflow, schedule, concurrencyPolicy: ConcurrencyPolicy.REPLACE });
  new JobTrigger(stack, 'Trigger', { workflow, event: TriggerEvent.matching({ source: ['acme'] }) });
  new CfnOutput(stack, 'Function', { value: workflow.function.functionName });
  return app.synth().directory;
}

/** Jobs fail and are followed by others, runs are replaced, a submission is looked for, and nothing can be read for a while. */
export async function playWorkflows(aws: LocalAws, recording: Recording): Promise<void> {
  await registerFargateDefinition(aws, NAME);
  const [stack] = await aws.deploy(synthesize());
  recording.noteGrants();
  const advance = (minutes: number): Promise<void> => aws.virtualClock!.advance(minutes * 60_000);
  aws.services.events.publish({ source: 'acme', detailType: 'Data Arrived', resources: [], detail: {} });
  await advance(25);
  aws.setFaults({ loseAnswer: { 'batch:SubmitJob': 1 } });
  await advance(10);
  aws.setFaults({});
  await advance(10);
  aws.setFaults({ fail: { 'dynamodb:*': 1 } });
  const start = { FunctionName: stack!.outputs['Function'], InvocationType: 'Event', Payload: '{"start":{}}' } as const;
  await aws.client(LambdaClient).send(new InvokeCommand(start));
  await advance(15);
  aws.setFaults({});
  await advance(10);
  await aws.destroy([stack!.name]);
}

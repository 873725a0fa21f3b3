import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { BatchCluster, JobRetries, RetryRule, RetryScope } from '../../lib';
import type { LocalAws } from '../../local/local-aws';
import { LOCAL_JOB } from '../../workload/local-job';
import { encrypt } from './customer-key';
import { FARGATE_CONTAINER } from './fargate-definition';
import type { Recording } from './recording';

class RetriesStack extends Stack {
  constructor(app: App, id: string) {
    super(app, id);
    encrypt(this, this);
    const vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 });
    const cluster = new BatchCluster(this, 'Cluster', { vpc });
    const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 16 })] });
    const job = new batch.CfnJobDefinition(this, 'Job', {
      type: 'container',
      platformCapabilities: ['FARGATE'],
      containerProperties: FARGATE_CONTAINER,
    });
    new JobRetries(this, 'Retries', {
      queues: [queue],
      scope: RetryScope.ALL_JOBS,
      rules: [RetryRule.onFailure({ delay: Duration.seconds(1) })],
    });
    new CfnOutput(this, 'QueueName', { value: queue.jobQueueName });
    new CfnOutput(this, 'JobArn', { value: job.ref });
  }
}

/** Jobs fail, with others behind them; one submission is uncertain; and once nothing can be read. */
export async function playRetries(aws: LocalAws, recording: Recording): Promise<void> {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'iam-')) });
  new RetriesStack(app, 'Retries');
  const [stack] = await aws.deploy(app.synth().directory);
  recording.noteGrants();
  const batch = aws.client(BatchClient);
  const submit = async (after: readonly string[] = []) => {
    const { jobId } = await batch.send(
      new SubmitJobCommand({
        jobName: 'job',
        jobQueue: stack!.outputs['QueueName'],
        jobDefinition: stack!.outputs['JobArn'],
        dependsOn: after.map((id) => ({ jobId: id })),
        containerOverrides: {
          environment: [{ name: LOCAL_JOB, value: JSON.stringify({ attempts: [{ runSeconds: 30, exitCode: 1 }] }) }],
        },
      }),
    );
    return jobId!;
  };
  await submit([await submit()]);
  await aws.virtualClock!.advance(600_000);
  await submit();
  aws.setFaults({ loseAnswer: { 'batch:SubmitJob': 1 } });
  await aws.virtualClock!.advance(120_000);
  aws.setFaults({});
  await aws.virtualClock!.advance(900_000);
  aws.setFaults({ fail: { 'dynamodb:*': 1 } });
  await aws.virtualClock!.advance(180_000);
  aws.setFaults({});
  await aws.destroy(['Retries']);
}

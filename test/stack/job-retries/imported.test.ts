/** Retries on queues that somebody else has made, where other programs look after their own jobs. */
import { CreateComputeEnvironmentCommand, BatchClient, CreateJobQueueCommand } from '@aws-sdk/client-batch';
import { Duration } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import { type JobRetriesProps, RetryRule, RetryScope } from '../../../lib';
import type { LocalAws } from '../../../local/local-aws';
import { FAILS, RetriesEnvironment, SUCCEEDS, synthesize } from './environment';

const ARN = 'arn:aws:batch:us-east-1:123456789012:job-queue/theirs';

async function makeTheirs(aws: LocalAws): Promise<void> {
  const client = aws.client(BatchClient);
  await client.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: 'theirs',
      type: 'MANAGED',
      computeResources: { type: 'FARGATE', maxvCpus: 100, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
    }),
  );
  await aws.virtualClock!.advance(10_000);
  const computeEnvironmentOrder = [{ computeEnvironment: 'theirs', order: 1 }];
  await client.send(new CreateJobQueueCommand({ jobQueueName: 'theirs', priority: 1, computeEnvironmentOrder }));
  await aws.virtualClock!.advance(10_000);
}

function deploy(props: Partial<JobRetriesProps> = {}): Promise<RetriesEnvironment> {
  const assembly = synthesize(({ stack }) => ({
    queues: [batch.JobQueue.fromJobQueueArn(stack, 'Theirs', ARN)],
    rules: [RetryRule.onFailure({ delay: Duration.seconds(0) })],
    ...props,
  }));
  return RetriesEnvironment.deploy(assembly, {}, makeTheirs);
}

test("a workflow engine's job is left alone", async () => {
  const environment = await deploy({ dryRun: false });
  const job = await environment.submit({ queue: ARN, definition: 'foreign', plays: [FAILS] });
  const after = await environment.submit({ queue: ARN, definition: 'foreign', after: [job] });
  await environment.untilOver(2);
  expect(environment.events()).toEqual([]);
  for (const id of [job, after]) expect(await environment.mark(id)).toMatchObject({ retry: 'FINAL' });
});

test('what would be done to a job of ours is told, and not done', async () => {
  const environment = await deploy();
  const job = await environment.submit({ queue: ARN, plays: [FAILS] });
  await environment.untilOver(1);
  const [event, ...others] = environment.events();
  expect(others).toEqual([]);
  expect(event).toMatchObject({ lineage: job, from: job, attempt: 2, cause: 'FAILURE', dryRun: true });
  expect(event).not.toHaveProperty('to');
  expect(await environment.mark(job)).toMatchObject({ retry: 'FINAL' });
});

test('with the dry run off, jobs of ours are retried', async () => {
  const environment = await deploy({ dryRun: false });
  await environment.submit({ queue: ARN, plays: [FAILS, SUCCEEDS] });
  await environment.untilOver(2);
  expect(environment.jobs().map(({ status }) => status)).toEqual(['FAILED', 'SUCCEEDED']);
});

test('where all jobs are in scope, those that Step Functions waits for, and those that are opted out, are not', async () => {
  const environment = await deploy({ dryRun: false, scope: RetryScope.ALL_JOBS });
  await environment.submit({ queue: ARN, definition: 'foreign', jobName: 'theirs', plays: [FAILS, SUCCEEDS] });
  await environment.submit({
    queue: ARN,
    definition: 'foreign',
    jobName: 'out',
    plays: [FAILS],
    tags: { 'batch-foreman:opt-out': 'true' },
  });
  await environment.submit({
    queue: ARN,
    definition: 'foreign',
    jobName: 'step-functions',
    plays: [FAILS],
    environment: [{ name: 'MANAGED_BY_AWS', value: 'STARTED_BY_STEP_FUNCTIONS' }],
  });
  await environment.untilOver(4);
  expect(environment.named('theirs').map(({ status }) => status)).toEqual(['FAILED', 'SUCCEEDED']);
});

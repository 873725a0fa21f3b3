/** The pipeline's smoke job, on the reference app in the local AWS. */
import { BatchClient, TerminateJobCommand } from '@aws-sdk/client-batch';
import { App } from 'aws-cdk-lib';
import { BatchStack } from '../../bin/batch-stack';
import { runSmokeJob, type SmokeJob } from '../../bin/smoke-job';
import type { FaultPlan } from '../../local/faults/fault-plan';
import { createLocalAws, type LocalAws } from '../../local/local-aws';

let assembly: string;
beforeAll(() => {
  const app = new App();
  new BatchStack(app, 'Batch');
  assembly = app.synth().directory;
});

async function deploy(faults: FaultPlan = {}): Promise<{ aws: LocalAws; smoke: SmokeJob }> {
  const aws = createLocalAws();
  const [stack] = await aws.deploy(assembly);
  aws.setFaults(faults);
  const { NormalQueueArn, CpuJobDefinitionName } = stack!.outputs;
  return { aws, smoke: { jobQueue: NormalQueueArn!, jobDefinition: CpuJobDefinitionName!, timeoutSeconds: 1800 } };
}

function run(aws: LocalAws, smoke: SmokeJob) {
  const clock = aws.virtualClock!;
  const sleep = (milliseconds: number) => new Promise<void>((resolve) => clock.after(milliseconds, resolve));
  return aws.finish(runSmokeJob(aws.client(BatchClient), { now: () => clock.now(), sleep }, smoke));
}

test('it succeeds where instances come and run it', async () => {
  const { aws, smoke } = await deploy();
  expect(await run(aws, smoke)).toMatchObject({ status: 'SUCCEEDED' });
});

test('it fails and leaves no job where no instance ever registers', async () => {
  const { aws, smoke } = await deploy({ neverRegister: ['*'] });
  await expect(run(aws, smoke)).rejects.toThrow('The smoke job has not ended within 1800 s: RUNNABLE');
  await aws.virtualClock!.advance(60_000);
  expect(aws.state().jobs.map(({ status }) => status)).toEqual(['FAILED']);
});

test('it fails with the reason of the job', async () => {
  const { aws, smoke } = await deploy();
  const reason = 'not today';
  aws.virtualClock!.after(20_000, async () => {
    await aws.client(BatchClient).send(new TerminateJobCommand({ jobId: aws.state().jobs[0]!.id, reason }));
  });
  await expect(run(aws, smoke)).rejects.toThrow(`The smoke job failed: ${reason}`);
});

/** The pipeline's test of a deployment: runs one job on it, with the rights of a role in its account. */
import { BatchClient } from '@aws-sdk/client-batch';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { runSmokeJob } from './smoke-job';

const MINUTES = 30;

const clock = {
  now: () => Date.now(),
  sleep: (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
};

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is missing`);
  return value;
}

async function batchOf(region: string, roleArn: string): Promise<BatchClient> {
  const role = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'smoke' });
  const { Credentials } = await new STSClient({ region }).send(role);
  return new BatchClient({
    region,
    credentials: {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken,
    },
  });
}

async function main(): Promise<void> {
  const jobQueue = variable('JOB_QUEUE');
  // arn:aws:batch:eu-west-1:123456789012:job-queue/name
  const region = jobQueue.split(':')[3]!;
  const { jobId } = await runSmokeJob(await batchOf(region, variable('SMOKE_ROLE')), clock, {
    jobQueue,
    jobDefinition: variable('JOB_DEFINITION'),
    timeoutSeconds: MINUTES * 60,
  });
  process.stdout.write(`Job ${jobId} succeeded\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

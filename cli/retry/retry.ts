import { BatchClient, DescribeJobDefinitionsCommand, type JobDetail } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { describeJobs, listAllJobs } from '../../lambda/batch/jobs';
import { submitOnce } from '../../lambda/batch/submit-once';
import { jobKey } from '../../lambda/job-ledger/item';
import { LedgerTable } from '../../lambda/job-ledger/table';
import { followingIn } from '../../lambda/job-retries/following';
import { client } from '../aws/connection';
import { findDeployed, ledgerTables } from '../aws/deployed';
import { CommandError } from '../command/errors';
import { requestFor, type Situation } from './decide';
import type { RetryOptions } from './options';

/** @throws CommandError when the job must not, or cannot, be submitted again */
export async function retry(options: RetryOptions): Promise<string> {
  const { jobId, dryRun, json } = options;
  const request = requestFor(await situationOf(options), options.withoutDependencies);
  if (dryRun) return json ? JSON.stringify({ request }, null, 2) : `Would submit\n${JSON.stringify(request, null, 2)}`;
  const submitted = await submitOnce(client(BatchClient, options, 1), request);
  switch (submitted.kind) {
    case 'submitted':
      return json
        ? JSON.stringify({ request, jobId: submitted.jobId }, null, 2)
        : `Job ${jobId} is submitted again as ${submitted.jobId}`;
    case 'throttled':
      throw new CommandError('AWS Batch has too much to do just now; nothing was submitted. Try again');
    case 'refused':
      throw new CommandError(submitted.message);
    case 'unknown': {
      const advice = `whether there is a job now, aws batch list-jobs --filters name=JOB_NAME,values=${request.jobName} tells`;
      throw new CommandError(`The answer to SubmitJob was lost (${String(submitted.error)}); ${advice}`);
    }
  }
}

async function situationOf(options: RetryOptions): Promise<Situation> {
  const { jobId, failedChildren } = options;
  const batch = client(BatchClient, options);
  const [job] = await describeJobs(batch, [jobId]);
  if (!job) {
    throw new CommandError(
      `AWS Batch knows no job ${jobId} here. It keeps those that have ended for about seven days.`,
    );
  }
  const [definitions, dependencies, retries, failed] = await Promise.all([
    batch.send(new DescribeJobDefinitionsCommand({ jobDefinitions: [job.jobDefinition!] })),
    describeJobs(
      batch,
      (job.dependsOn ?? []).flatMap(({ jobId: before }) => before ?? []),
    ),
    retriesOf(options),
    failedChildren ? failedChildrenOf(batch, job) : undefined,
  ]);
  return {
    job,
    definition: definitions.jobDefinitions?.[0],
    dependencies,
    retries,
    failedChildren: failed,
  };
}

async function failedChildrenOf(batch: BatchClient, { jobId, arrayProperties }: JobDetail): Promise<number[]> {
  if (arrayProperties?.size === undefined) return [];
  const children = await listAllJobs(batch, { arrayJobId: jobId! }, 'FAILED');
  return children.map((child) => child.arrayProperties!.index!);
}

/** Where there is no ledger, nobody retries by itself. */
async function retriesOf(options: RetryOptions): Promise<Situation['retries']> {
  const { jobId, ledger } = options;
  const dynamo = client(DynamoDBClient, options);
  const tables = ledger === undefined ? ledgerTables(await findDeployed(client(LambdaClient, options))) : [ledger];
  for (const table of tables) {
    const following = followingIn(await new LedgerTable(dynamo, table).get(jobKey(jobId)));
    if (following === 'undecided') return { kind: 'pending' };
    if (following !== undefined && following !== 'nothing') return { kind: 'resubmitted', as: following.successor };
  }
  return undefined;
}

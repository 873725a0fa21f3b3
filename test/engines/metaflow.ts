import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isolated, run } from '../processes';
import type { Account } from './account';

const FLOW = 'total_flow.py';
/** What takes longer has hung. */
const TIMEOUT_MILLISECONDS = 240_000;

/**
 * Runs the flow with Metaflow, whose decorated steps are jobs of AWS Batch.
 *
 * @returns what it has written
 * @throws Error when it fails
 */
export async function runMetaflow(account: Account): Promise<string> {
  const { directory, outputs } = account;
  const home = join(directory, 'metaflow');
  mkdirSync(home);
  copyFileSync(join(__dirname, FLOW), join(home, FLOW));
  await account.createBucket('flows');
  const { exitCode, output } = await run(
    'python',
    [FLOW, '--no-pylint', 'run'],
    {
      ...isolated(home),
      PATH: account.path,
      USERNAME: 'team',
      AWS_ENDPOINT_URL_BATCH: account.url,
      AWS_ACCESS_KEY_ID: 'metaflow',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_DEFAULT_REGION: 'us-east-1',
      METAFLOW_DEFAULT_DATASTORE: 's3',
      METAFLOW_DATASTORE_SYSROOT_S3: 's3://flows/metaflow',
      METAFLOW_S3_ENDPOINT_URL: account.s3Url,
      METAFLOW_DEFAULT_METADATA: 'local',
      METAFLOW_BATCH_JOB_QUEUE: outputs.QueueArn,
      METAFLOW_ECS_S3_ACCESS_IAM_ROLE: outputs.JobRoleArn,
      METAFLOW_BATCH_EMIT_TAGS: '1',
      METAFLOW_BATCH_DEFAULT_TAGS: '{"batch-foreman:opt-out": "true"}',
      // Its jobs install boto3 otherwise: from PyPI.
      METAFLOW_SKIP_INSTALL_DEPENDENCIES: '1',
    },
    home,
    TIMEOUT_MILLISECONDS,
  );
  if (exitCode !== 0) throw new Error(`Metaflow ended with ${exitCode}:\n${output}\n${account.logs}`);
  return output;
}

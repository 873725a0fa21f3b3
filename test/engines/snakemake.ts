import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isolated, run } from '../processes';
import type { Account } from './account';

/** What takes longer has hung. */
const TIMEOUT_MILLISECONDS = 240_000;

/**
 * Runs the pipeline with Snakemake's executor for AWS Batch.
 *
 * @param wheels the directory of what its jobs install
 * @throws Error when it fails
 */
export async function runSnakemake(account: Account, wheels: string): Promise<void> {
  const { directory, outputs } = account;
  const home = join(directory, 'snakemake');
  mkdirSync(home);
  copyFileSync(join(__dirname, 'Snakefile'), join(home, 'Snakefile'));
  // Every job installs its storage plugin: not from PyPI here, and what it needs is there.
  const pip = { PIP_NO_INDEX: '1', PIP_NO_DEPS: '1', PIP_FIND_LINKS: wheels };
  const { exitCode, output } = await run(
    'snakemake',
    [
      ...['--executor', 'aws-batch', '--jobs', '10', '--retries', '2'],
      ...['--aws-batch-region', 'us-east-1'],
      ...['--aws-batch-job-queue', outputs.QueueArn!],
      ...['--aws-batch-job-role', outputs.JobRoleArn!],
      // Five minutes by default; the clock is fast.
      ...['--aws-batch-task-timeout', '3600'],
      ...['--default-storage-provider', 's3', '--default-storage-prefix', 's3://pipeline'],
      ...['--envvars', ...Object.keys(pip)],
    ],
    {
      ...isolated(home),
      ...pip,
      PATH: account.path,
      AWS_ENDPOINT_URL: account.url,
      AWS_ACCESS_KEY_ID: 'snakemake',
      AWS_SECRET_ACCESS_KEY: 'any',
      SNAKEMAKE_STORAGE_S3_ENDPOINT_URL: account.s3Url,
      SNAKEMAKE_STORAGE_S3_ACCESS_KEY: 'any',
      SNAKEMAKE_STORAGE_S3_SECRET_KEY: 'any',
    },
    home,
    TIMEOUT_MILLISECONDS,
  );
  if (exitCode !== 0) throw new Error(`Snakemake ended with ${exitCode}:\n${output}\n${account.logs}`);
}

import type { Command } from 'commander';
import { type Connection, withConnection } from '../aws/connection';
import { jobId } from '../command/arguments';
import { UsageError } from '../command/errors';
import { verb } from '../command/verb';

export interface RetryOptions extends Connection {
  readonly jobId: string;
  readonly failedChildren?: boolean;
  readonly withoutDependencies?: boolean;
  readonly dryRun?: boolean;
  /** The table of the job ledger, where it is not to be looked for. */
  readonly ledger?: string;
  readonly json?: boolean;
}

export function retryCommand(act: (options: RetryOptions) => Promise<void>): Command {
  const command = verb(
    'retry',
    'submits a failed job again as it was',
    'Submits a job that has failed again, as it was: the same queue, definition revision, parameters and overrides. ' +
      'With --dry-run it only reads.',
  )
    .argument('<job>', 'its id or ARN', jobId)
    .option(
      '--failed-children',
      'of an array, only those children that failed; they find their index in FOREMAN_ARRAY_INDEX',
    )
    .option('--without-dependencies', 'even though a job that it depended on has failed')
    .option('--dry-run', 'print what would be submitted, and submit nothing')
    .option('--ledger <table>', "the job ledger's table; looked for by the functions of the Region otherwise");
  return withConnection(command)
    .option('--json', 'print the request and the new job as JSON')
    .action((job: string, options: Omit<RetryOptions, 'jobId'>) => {
      if (job.includes(':')) {
        const array = job.slice(0, job.indexOf(':'));
        throw new UsageError(`${job} is a child of an array: retry ${array}, with --failed-children`);
      }
      return act({ ...options, jobId: job });
    });
}

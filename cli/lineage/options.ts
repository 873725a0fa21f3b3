import type { Command } from 'commander';
import { type Connection, withConnection } from '../aws/connection';
import { jobId } from '../command/arguments';
import { verb } from '../command/verb';

export interface LineageOptions extends Connection {
  readonly jobId: string;
  /** The table of the job ledger, where it is not to be looked for. */
  readonly ledger?: string;
  readonly json?: boolean;
}

export function lineageCommand(act: (options: LineageOptions) => Promise<void>): Command {
  const command = verb(
    'lineage',
    'shows all that a job was submitted again as',
    'Shows a job and all that JobRetries has submitted it again as, from any of its ids. It only reads.',
  )
    .argument('<job>', 'the id or ARN of any submission, or of a child of an array', jobId)
    .option('--ledger <table>', "the job ledger's table; looked for by the functions of the Region otherwise");
  return withConnection(command)
    .option('--json', 'print what is kept, as JSON')
    .action((job: string, options: Omit<LineageOptions, 'jobId'>) => act({ ...options, jobId: job }));
}

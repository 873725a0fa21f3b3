import type { Command } from 'commander';
import { type Connection, withConnection } from '../aws/connection';
import { jobId } from '../command/arguments';
import { verb } from '../command/verb';

export interface WhyOptions extends Connection {
  readonly jobId: string;
  readonly json?: boolean;
}

export function whyCommand(act: (options: WhyOptions) => Promise<void>): Command {
  const command = verb(
    'why',
    'says what holds a job, and what to do next',
    'Says what holds a job of AWS Batch, what each environment of its queue has, and what to do next. It only reads.',
  ).argument('<job>', 'its id or ARN; of a child of an array with a colon and its index', jobId);
  return withConnection(command)
    .option('--json', 'print the explanation as JSON')
    .action((job: string, options: Omit<WhyOptions, 'jobId'>) => act({ ...options, jobId: job }));
}

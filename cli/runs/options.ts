import type { Command } from 'commander';
import { type Connection, withConnection } from '../aws/connection';
import { wholeNumber } from '../command/arguments';
import { verb } from '../command/verb';

export interface RunsOptions extends Connection {
  /** Of a schedule, a trigger or a workflow. */
  readonly name: string;
  readonly last: number;
  /** The function of the construct, where it is not to be looked for. */
  readonly function?: string;
  readonly json?: boolean;
}

const MOST_RUNS = 500;

export function runsCommand(act: (options: RunsOptions) => Promise<void>): Command {
  const command = verb(
    'runs',
    'lists what became of the runs of a schedule, trigger or workflow',
    'Lists the last runs of a ScheduledJob, JobTrigger or JobWorkflow and what became of them, the newest first. It only reads.',
  )
    .argument('<name>', 'of the schedule, the trigger or the workflow')
    .option('--last <count>', 'how many', wholeNumber(1, MOST_RUNS), 10)
    .option('--function <name>', "the construct's function; looked for among those of the Region otherwise");
  return withConnection(command)
    .option('--json', 'print the runs as JSON')
    .action((name: string, options: Omit<RunsOptions, 'name'>) => act({ ...options, name }));
}

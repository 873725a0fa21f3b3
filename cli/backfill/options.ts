import type { Command } from 'commander';
import { type Connection, withConnection } from '../aws/connection';
import { verb } from '../command/verb';

export interface BackfillOptions extends Connection {
  readonly schedule: string;
  /** As they were typed. */
  readonly from: string;
  readonly to: string;
  readonly dryRun?: boolean;
  /** The function of the schedules, where it is not to be looked for. */
  readonly function?: string;
  readonly json?: boolean;
}

export function backfillCommand(act: (options: BackfillOptions) => Promise<void>): Command {
  const command = verb(
    'backfill',
    'runs what a schedule has not run in a period',
    'Runs a ScheduledJob at those of its times in a period at which it has not run. With --dry-run it only reads.',
  )
    .argument('<schedule>', 'its name')
    .requiredOption('--from <time>', 'the first time: 2026-01-31, or 2026-01-31T09:00:00Z; UTC where no zone is given')
    .requiredOption('--to <time>', 'the last time, included; a day means its end. Not in the future')
    .option('--dry-run', 'tell what would run, and run nothing')
    .option('--function <name>', 'the function of the schedules; looked for among those of the Region otherwise');
  return withConnection(command)
    .option('--json', 'print the plan as JSON')
    .action((schedule: string, options: Omit<BackfillOptions, 'schedule'>) => act({ ...options, schedule }));
}

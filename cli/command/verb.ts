import { Command } from 'commander';

/** One thing that the command does: `batch-foreman <name>`. */
export function verb(name: string, summary: string, description = summary): Command {
  return new Command(name).summary(summary).description(description).allowExcessArguments(false);
}

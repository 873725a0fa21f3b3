import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

export interface DemoOptions {
  /** A trace to replay instead of a generated workload. */
  readonly trace?: { readonly file: string; readonly format: TraceFormat; readonly fromDay: number };
  readonly days: number;
  readonly seed: number;
  readonly json: boolean;
  readonly verbose: boolean;
  /** Where to write the report. */
  readonly report?: string;
}

export type TraceFormat = 'swf' | 'openb';

/** What the person who typed the command has to change, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError; `help` when help was asked for and printed */
export function parseOptions(argv: readonly string[]): DemoOptions | 'help' {
  const program = command();
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 'help';
    throw new UsageError(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
  }
  const { trace, format, fromDay, days = 1, seed = 1, json = false, verbose = false, report } = program.opts<Typed>();
  if (trace === undefined) {
    if (format !== undefined || fromDay !== undefined) throw new UsageError('--format and --from-day need --trace');
    return { days, seed, json, verbose, report };
  }
  if (format === undefined) throw new UsageError('--trace needs --format swf or --format openb');
  return { trace: { file: trace, format, fromDay: fromDay ?? 0 }, days, seed, json, verbose, report };
}

interface Typed {
  readonly trace?: string;
  readonly format?: TraceFormat;
  readonly fromDay?: number;
  readonly days?: number;
  readonly seed?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly report?: string;
}

function command(): Command {
  return new Command('demo')
    .description(
      'Deploys the reference app to a local AWS, submits a workload, runs it in virtual time and says what happened.',
    )
    .option('--trace <file>', 'replay this trace instead of a generated workload')
    .addOption(new Option('--format <format>', 'what the trace is written in').choices(['swf', 'openb']))
    .option('--from-day <day>', 'begin with this day of the trace; day 0 begins with its first job', atLeast(0))
    .option('--days <count>', 'how many days to submit (default: 1)', atLeast(1))
    .option('--seed <number>', 'what chance begins with (default: 1)', atLeast(0))
    .option('--json', 'print one line of JSON instead of the report')
    .option('--report <file>', 'write charts of what happened to this HTML file')
    .option('--verbose', 'print each scaling decision and its reason')
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
}

function atLeast(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum)
      throw new InvalidArgumentError(`It is no whole number from ${minimum} up.`);
    return value;
  };
}

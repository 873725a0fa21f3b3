import type { Command } from 'commander';
import { Option } from 'commander';
import { wholeNumber } from '../command/arguments';
import { UsageError } from '../command/errors';
import { verb } from '../command/verb';

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

export type TraceFormat = 'swf' | 'openb' | 'jsonl';

export function demoCommand(act: (options: DemoOptions) => Promise<void>): Command {
  return verb(
    'demo',
    'plays a day of the reference app on the local AWS',
    'Deploys the reference app to a local AWS, submits a workload, runs it in virtual time and says what happened.',
  )
    .option('--trace <file>', 'replay this trace instead of a generated workload')
    .addOption(new Option('--format <format>', 'what the trace is written in').choices(['swf', 'openb', 'jsonl']))
    .option('--from-day <day>', 'begin with this day of the trace; day 0 begins with its first job', wholeNumber(0))
    .option('--days <count>', 'how many days to submit (default: 1)', wholeNumber(1))
    .option('--seed <number>', 'what chance begins with (default: 1)', wholeNumber(0))
    .option('--json', 'print one line of JSON instead of the report')
    .option('--report <file>', 'write charts of what happened to this HTML file')
    .option('--verbose', 'print each scaling decision and its reason')
    .action((typed: Typed) => act(optionsOf(typed)));
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

/** @throws UsageError */
function optionsOf({ trace, format, fromDay, days = 1, seed = 1, json = false, verbose = false, report }: Typed) {
  if (trace === undefined) {
    if (format !== undefined || fromDay !== undefined) throw new UsageError('--format and --from-day need --trace');
    return { days, seed, json, verbose, report };
  }
  if (format === undefined) throw new UsageError('--trace needs --format swf, openb or jsonl');
  return { trace: { file: trace, format, fromDay: fromDay ?? 0 }, days, seed, json, verbose, report };
}

import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { PolicyName } from '../../bench/policies/policies';
import { POLICY_NAMES } from '../../bench/policies/policies';
import type { Pool } from '../../bench/simulation/pool';
import type { Scheduler } from '../../bench/simulation/simulate';
import { TICK_SECONDS } from '../../bench/simulation/simulate';
import { wholeNumber } from '../command/arguments';
import { verb } from '../command/verb';
import { parsePool } from './pool-option';

export const TRACE_FORMATS = ['swf', 'openb', 'jsonl'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

export interface SimulateOptions {
  readonly trace: string;
  readonly format: TraceFormat;
  readonly pool: readonly Pool[];
  readonly policy: readonly PolicyName[];
  readonly scheduler: Scheduler;
  readonly scaleInAfter: number;
  readonly phase: number;
  readonly json?: boolean;
  /** Where to write the report. */
  readonly report?: string;
}

export function simulateCommand(act: (options: SimulateOptions) => Promise<void>): Command {
  return verb(
    'simulate',
    'compares autoscaling policies on a trace',
    'Replays a trace of jobs under autoscaling policies, and says what each costs and how long jobs wait.',
  )
    .requiredOption('--trace <file>', 'the jobs')
    .addOption(
      new Option('--format <format>', 'what the trace is written in').choices(TRACE_FORMATS).makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--pool <shape>',
        'instances of one shape: name=cpu,vcpu=16,memory=63000,gpu=0,price=0.768,max=1000, with memory in MiB and the ' +
          'price in dollars an hour; may be repeated',
      )
        .argParser(parsePool)
        .makeOptionMandatory(),
    )
    .option('--policy <names>', `some of ${POLICY_NAMES.join(',')}`, parsePolicies, [...POLICY_NAMES])
    .addOption(
      new Option(
        '--scheduler <kind>',
        'whether jobs behind one that does not fit are placed (backfill) or not (strict)',
      )
        .choices(['backfill', 'strict'])
        .default('backfill'),
    )
    .option('--scale-in-after <seconds>', 'from idle to gone, for ffd and foreman', wholeNumber(0), 60)
    .option('--phase <seconds>', 'when the first tick is', wholeNumber(0, TICK_SECONDS - 1), 0)
    .option('--report <file>', 'write charts of the figures to this HTML file')
    .option('--json', 'print the figures as JSON')
    .action(act);
}

function parsePolicies(text: string): PolicyName[] {
  const names = text.split(',');
  const unknown = names.filter((name) => !(POLICY_NAMES as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`There is no policy ${unknown.join(', ')}; there are ${POLICY_NAMES.join(', ')}.`);
  }
  return [...new Set(names)] as PolicyName[];
}

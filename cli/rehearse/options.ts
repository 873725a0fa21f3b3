import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { collect, wholeNumber } from '../command/arguments';
import { UsageError } from '../command/errors';
import { verb } from '../command/verb';
import type { TraceFormat } from '../demo/options';
import { assemblyDirectory } from '../local/options';

export interface RehearseOptions {
  readonly assembly?: string;
  /** The command that runs a CDK app. */
  readonly app?: string;
  /** Jobs, one a line. */
  readonly submissions?: string;
  readonly trace?: { readonly file: string; readonly format: TraceFormat; readonly fromDay: number };
  /** Generated, a day. */
  readonly jobs: number;
  readonly days: number;
  readonly seed: number;
  readonly queue?: readonly string[];
  readonly job?: readonly string[];
  readonly inert?: readonly string[];
  /** Dollars an hour, by instance type; of Fargate by `fargate-vcpu`, `fargate-gb` and the same of `fargate-spot`. */
  readonly price?: ReadonlyMap<string, number>;
  readonly report?: string;
  readonly json?: boolean;
}

interface Typed extends Omit<RehearseOptions, 'trace' | 'jobs' | 'days' | 'seed'> {
  readonly trace?: string;
  readonly format?: TraceFormat;
  readonly fromDay?: number;
  readonly jobs?: number;
  readonly days?: number;
  readonly seed?: number;
}

const JOBS_A_DAY = 300;

export function rehearseCommand(act: (options: RehearseOptions) => Promise<void>): Command {
  return verb(
    'rehearse',
    'plays a workload on your own stack before you deploy it',
    'Deploys a synthesized CDK app to a local AWS, submits a workload to its queues, lets its schedules run, all in virtual ' +
      'time, and says what it costs, how long jobs wait, and what they lack. It needs no account.',
  )
    .option('--assembly <directory>', 'the synthesized app (cdk.out)', assemblyDirectory)
    .option('--app <command>', 'the app, to be synthesized first; without both, that of the cdk.json here')
    .option(
      '--submissions <file>',
      'the jobs, one a line as JSON: {"at": 0, "queue": "…", "job": "…", "run": 600}',
      file,
    )
    .option('--trace <file>', 'a trace to replay, with the sizes that its jobs have', file)
    .addOption(new Option('--format <format>', 'what the trace is written in').choices(['swf', 'openb', 'jsonl']))
    .option('--from-day <day>', 'begin with this day of the trace; day 0 begins with its first job', wholeNumber(0))
    .option(
      '--jobs <count>',
      `without both, so many jobs a day of the app's own definitions (default: ${JOBS_A_DAY})`,
      wholeNumber(0),
    )
    .option('--days <count>', 'for how many days (default: 1)', wholeNumber(1, 365))
    .option('--seed <number>', 'what chance begins with (default: 1)', wholeNumber(0))
    .option('--queue <name>', 'only this queue; may be repeated. A name, or the id of the construct', collect)
    .option('--job <name>', 'only this job definition; may be repeated. A name, or the id of the construct', collect)
    .option(
      '--price <type=dollars>',
      'what an instance type costs an hour, or fargate-vcpu and fargate-gb; may be repeated',
      prices,
    )
    .option('--inert <type>', 'a resource type that is to be accepted and do nothing; may be repeated', collect)
    .option('--report <file>', 'write charts of what happened to this HTML file')
    .option('--json', 'print what happened as JSON')
    .action((typed: Typed) => act(optionsOf(typed)));
}

/** @throws UsageError */
function optionsOf({ trace, format, fromDay, jobs, days = 1, seed = 1, ...rest }: Typed): RehearseOptions {
  if (rest.assembly !== undefined && rest.app !== undefined)
    throw new UsageError('--assembly and --app exclude each other');
  const workloads = [rest.submissions, trace, jobs].filter((one) => one !== undefined);
  if (workloads.length > 1) throw new UsageError('--submissions, --trace and --jobs exclude each other');
  if (trace === undefined) {
    if (format !== undefined || fromDay !== undefined) throw new UsageError('--format and --from-day need --trace');
    return { ...rest, jobs: jobs ?? JOBS_A_DAY, days, seed };
  }
  if (format === undefined) throw new UsageError('--trace needs --format swf, openb or jsonl');
  return { ...rest, trace: { file: trace, format, fromDay: fromDay ?? 0 }, jobs: 0, days, seed };
}

function file(name: string): string {
  if (existsSync(name) && statSync(name).isFile()) return name;
  throw new InvalidArgumentError('There is no such file.');
}

function prices(text: string, before: ReadonlyMap<string, number> = new Map()): ReadonlyMap<string, number> {
  const [, type, dollars] = /^([\w.-]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (type === undefined) throw new InvalidArgumentError('It is no price, such as m5.xlarge=0.192.');
  return new Map([...before, [type, Number(dollars)]]);
}

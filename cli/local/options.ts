import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { collect, wholeNumber } from '../command/arguments';
import { UsageError } from '../command/errors';
import { verb } from '../command/verb';

export interface LocalOptions {
  readonly assembly?: string;
  readonly port: number;
  readonly clock: 'real' | 'virtual';
  readonly speed?: number;
  readonly inert?: readonly string[];
  readonly execute?: boolean;
  readonly scratch?: boolean;
}

const DEFAULT_PORT = 4566;
/** A minute passes in 60 ms: what the functions do in one must still fit in. */
const FASTEST = 1000;

export function localCommand(act: (options: LocalOptions) => Promise<void>): Command {
  return verb(
    'local',
    'serves the local AWS to any AWS client',
    'A local AWS for the AWS CLI, boto3 and every other SDK, on 127.0.0.1.',
  )
    .option('--assembly <directory>', 'a synthesized CDK app (cdk.out) to deploy first', assemblyDirectory)
    .option('--port <number>', 'where to listen; 0 for any free port', wholeNumber(0, 65_535), DEFAULT_PORT)
    .addOption(
      new Option('--clock <kind>', 'real, or virtual: stands still until POST /_local/clock moves it')
        .choices(['real', 'virtual'])
        .default('real'),
    )
    .option('--speed <factor>', 'how many seconds pass in one (real clock only)', wholeNumber(1, FASTEST))
    .option('--inert <type>', 'a resource type that is to be accepted and do nothing; may be repeated', collect)
    .option('--execute', "run jobs' commands as child processes (real clock only)")
    .option('--scratch', 'with --execute: each in an empty directory of its own, not in this one')
    .action((options: LocalOptions) => {
      if (options.execute && options.clock === 'virtual') {
        throw new UsageError('--execute needs --clock real: a process takes the time that it takes');
      }
      if (options.speed !== undefined && options.clock === 'virtual') {
        throw new UsageError('--speed needs --clock real: POST /_local/clock moves a virtual one');
      }
      if (options.scratch && !options.execute) throw new UsageError('--scratch needs --execute');
      return act(options);
    });
}

export function assemblyDirectory(directory: string): string {
  if (existsSync(join(directory, 'manifest.json'))) return directory;
  throw new InvalidArgumentError(`${directory} is no cloud assembly: run "npx cdk synth" first`);
}

/** The command, run in this process as a shell would run it. */
import type { Command } from 'commander';
import type { Console } from '../../cli/command/console';
import { run } from '../../cli/command/program';

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly now?: number;
  readonly isTTY?: boolean;
  readonly env?: Console['env'];
}

export async function command(
  argv: readonly string[],
  { now = 0, isTTY = false, env = {} }: Surroundings = {},
): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    isTTY,
    columns: 100,
    write: (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    },
  });
  const exitCode = await run(argv, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env,
    now: () => new Date(now),
  });
  return { exitCode, ...written };
}

/** What a verb makes of its arguments. @throws what is wrong with them */
export function optionsOf<Options>(
  verb: (act: (options: Options) => Promise<void>) => Command,
  argv: readonly string[],
): Options {
  let taken: Options | undefined;
  const parser = verb((options) => {
    taken = options;
    return Promise.resolve();
  });
  parser.exitOverride().configureOutput({ writeErr: () => {} });
  parser.parse(argv, { from: 'user' });
  return taken!;
}

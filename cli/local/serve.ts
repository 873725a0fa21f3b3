import { setFlagsFromString } from 'node:v8';
import { HttpDoor } from '../../local/http/door';
import type { LocalAws } from '../../local/local-aws';
import { createLocalAws } from '../../local/local-aws';
import { type Console, print } from '../command/console';
import { CommandError } from '../command/errors';
import type { LocalOptions } from './options';

/**
 * The local AWS behind an HTTP door, until the process is told to end.
 *
 * @throws CommandError when the port is taken
 */
export async function serve(options: LocalOptions, console: Console): Promise<void> {
  // V8 would let garbage take as much room as what lives: a hundred thousand jobs are to fit into 500 MB.
  setFlagsFromString('--heap-growing-percent=30');
  const report = (error: unknown): void =>
    void console.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  const door = await open(options.port, report);
  const aws = createLocalAws({
    clock: options.clock,
    speed: options.speed,
    endpoint: door.url,
    execute: options.execute
      ? { directory: options.scratch ? undefined : process.cwd(), path: process.env.PATH ?? '' }
      : undefined,
    onError: report,
  });
  try {
    if (options.assembly !== undefined) await deploy(aws, options.assembly, options.inert ?? [], console);
  } catch (error) {
    await door.close();
    throw error;
  }
  door.serve(aws);
  const speed = options.speed === undefined ? '' : `, ${options.speed} times as fast`;
  print(console, `The local AWS listens on ${door.url} (${options.clock} clock${speed})`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      aws.close();
      void door.close().then(() => process.exit(0));
    });
  }
}

async function open(port: number, report: (error: unknown) => void): Promise<HttpDoor> {
  try {
    return await HttpDoor.open(port, report);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CommandError(`Port ${port} is in use: choose another with --port`);
  }
}

async function deploy(aws: LocalAws, assembly: string, inertTypes: readonly string[], console: Console): Promise<void> {
  for (const { name, outputs } of await aws.deploy(assembly, { inertTypes })) {
    print(console, `deployed ${name}`);
    for (const [key, value] of Object.entries(outputs)) print(console, `  ${key} = ${value}`);
  }
}

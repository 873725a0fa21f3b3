/** `npm run local`: the local AWS behind an HTTP door. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { LocalAws } from '../local/local-aws';

interface Options {
  assembly?: string;
  port: number;
  clock: 'real' | 'virtual';
  inert: string[];
  execute: boolean;
}

const DEFAULT_PORT = 4566;

const program = new Command('npm run local --')
  .description('A local AWS for the AWS CLI, boto3 and every other SDK, on 127.0.0.1.')
  .option('--assembly <directory>', 'a synthesized CDK app (cdk.out) to deploy first', assemblyDirectory)
  .option('--port <number>', 'where to listen; 0 for any free port', portNumber, DEFAULT_PORT)
  .addOption(
    new Option('--clock <kind>', 'real, or virtual: stands still until POST /_local/clock moves it')
      .choices(['real', 'virtual'])
      .default('real'),
  )
  .option('--inert <type>', 'a resource type that is to be accepted and do nothing; may be repeated', collect, [])
  .option('--execute', "run jobs' commands as child processes (real clock only)", false);

// V8 would let garbage take as much room as what lives: a hundred thousand jobs are to fit into 500 MB.
setFlagsFromString('--heap-growing-percent=30');
// The SDK would speak of Node.js versions for its next year.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

async function main(): Promise<void> {
  const options = program.parse().opts<Options>();
  if (options.execute && options.clock === 'virtual') {
    program.error('--execute needs --clock real: a process takes the time that it takes');
  }
  // Loading every service's SDK takes a while, which nobody should wait who only misspelt an argument.
  const { HttpDoor } = await import('../local/http/door.js');
  const door = await HttpDoor.open(options.port, report);
  const { createLocalAws } = await import('../local/local-aws.js');
  const aws = createLocalAws({
    clock: options.clock,
    endpoint: door.url,
    execute: options.execute ? { directory: process.cwd(), path: process.env.PATH ?? '' } : undefined,
    onError: report,
  });
  if (options.assembly !== undefined) await deploy(aws, options.assembly, options.inert);
  door.serve(aws);
  console.log(`The local AWS listens on ${door.url} (${options.clock} clock)`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void door.close().then(() => process.exit(0)));
  }
}

async function deploy(aws: LocalAws, assembly: string, inertTypes: string[]): Promise<void> {
  for (const { name, outputs } of await aws.deploy(assembly, { inertTypes })) {
    console.log(`deployed ${name}`);
    for (const [key, value] of Object.entries(outputs)) console.log(`  ${key} = ${value}`);
  }
}

function assemblyDirectory(directory: string): string {
  if (existsSync(join(directory, 'manifest.json'))) return directory;
  throw new InvalidArgumentError(`${directory} is no cloud assembly: run "npx cdk synth" first`);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a whole number from 0 to 65535');
}

function collect(type: string, types: string[]): string[] {
  return [...types, type];
}

function report(error: unknown): void {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
}

main().catch((error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE')
    program.error(`Port ${program.opts<Options>().port} is in use: choose another with --port`);
  // What the user can act on is in the message; where it was thrown is not of interest.
  program.error(error.message);
});

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 200;
const START_SECONDS = 60;

/** Waits until there is an answer other than undefined or false. */
export async function eventually<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined | false>,
  pauseMilliseconds = POLL_MILLISECONDS,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`After ${seconds} s still not: ${what}`);
    await sleep(pauseMilliseconds);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The environment of a program into which nothing of the user's AWS settings gets. @param directory its home */
export function isolated(directory: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: directory,
    TMPDIR: directory,
    PYTHONDONTWRITEBYTECODE: '1',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** A program that runs beside the tests, in a process group of its own, and writes to a log. */
export class Service {
  private constructor(
    private readonly process: ChildProcess,
    private readonly logFile: string,
  ) {}

  static start(command: string, args: readonly string[], env: NodeJS.ProcessEnv, logFile: string): Service {
    const log = openSync(logFile, 'w');
    return new Service(spawn(command, args, { env, stdio: ['ignore', log, log], detached: true }), logFile);
  }

  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  get ended(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Ends it and whatever it started. */
  async stop(): Promise<void> {
    if (this.ended) return;
    const ended = once(this.process, 'exit');
    process.kill(-this.process.pid!, 'SIGKILL');
    await ended;
  }
}

/** Waits until a service answers. @throws Error when it has ended, or takes too long */
export async function started<T>(
  name: string,
  service: Service,
  look: () => Promise<T | undefined | false>,
): Promise<T> {
  return eventually(`${name} answers`, START_SECONDS, () => {
    if (service.ended) throw new Error(`${name} ended at once:\n${service.log}`);
    return look();
  });
}

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a program to its end. @param timeout milliseconds after which it is killed */
export async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  timeout?: number,
): Promise<Outcome> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout, killSignal: 'SIGKILL' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode: exitCode ?? -1, output };
}

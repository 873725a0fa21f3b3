/** What a handler bundle is given and gives: `createHandler` is called on the very file that ships. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface HandlerRuntime {
  /** Settings that every SDK client of the handler takes. */
  readonly clients: object;
  readonly clock: { now(): Date; sleep(milliseconds: number): Promise<void> };
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes one line to the function's log. */
  readonly log: (line: string) => void;
  /** Sends a document to a presigned address. */
  readonly put: (url: string, body: string) => Promise<void>;
}

/** The context object of the Node.js runtime. */
export interface InvocationContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

export type Handler = (event: unknown, context: InvocationContext) => Promise<unknown>;

export type CreateHandler = (runtime: HandlerRuntime) => Handler;

/** Finds `createHandler` in a directory of code. */
export type CodeLoader = (directory: string, handler: string) => CreateHandler;

/** By what is in them: each synthesized app has its own copy of the same bundles, and compiling one takes its time. */
const loaded = new Map<string, CreateHandler>();

/**
 * The real loader. A bundle keeps no state at module level, so one copy of it serves all execution environments.
 * @param handler `<file>.<export>`, as the function is configured with
 */
export const loadBundle: CodeLoader = (directory, handler) => {
  const file = `${directory}/${handler.slice(0, handler.lastIndexOf('.'))}.js`;
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  const createHandler = loaded.get(digest) ?? createHandlerOf(file);
  loaded.set(digest, createHandler);
  return createHandler;
};

function createHandlerOf(file: string): CreateHandler {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path that is only known when the function runs
  const { createHandler } = require(file) as { createHandler?: CreateHandler };
  if (typeof createHandler === 'function') return createHandler;
  throw new Error(`${file} exports no createHandler: the local AWS runs no other Lambda code`);
}

/** What a handler is given: everything that is not a pure decision. */

/** Settings that every SDK client takes. Empty on AWS; in the local AWS they lead to its router. */
export interface ClientSettings {
  region?: string;
  requestHandler?: unknown;
  credentials?: unknown;
  endpoint?: string;
}

export interface Clock {
  now(): Date;
  /** Resolves after that many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** Sends a document to a presigned address, as a custom resource does with its answer. */
export type Put = (url: string, body: string) => Promise<void>;

export interface Runtime {
  clients: ClientSettings;
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  env: Readonly<Record<string, string | undefined>>;
  /** Writes one line to the function's log. */
  log: (line: string) => void;
  put: Put;
}

/** What AWS Lambda tells about an invocation, as far as the handlers use it. */
export interface InvocationContext {
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type Handler<E = unknown, R = unknown> = (event: E, context: InvocationContext) => Promise<R>;

/** Every handler bundle exports one of these as `createHandler`; the local AWS calls it on the bundle that ships. */
export type CreateHandler<E = unknown, R = unknown> = (runtime: Runtime) => Handler<E, R>;

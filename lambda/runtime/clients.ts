import type { RetryErrorType } from '@smithy/types';
import { ClockRetryStrategy } from './retry-strategy';
import type { ClientSettings, Runtime } from './runtime';

const ATTEMPTS = 5;

interface Settings extends ClientSettings {
  maxAttempts: number;
  retryStrategy: ClockRetryStrategy;
}

export interface ClientOptions {
  /** How often a call is made at most; 1 for calls that must not be made twice. */
  readonly attempts?: number;
  /** After which failures a call is made again: `THROTTLING` alone where a call may not be made twice. */
  readonly repeated?: readonly RetryErrorType[];
}

/** Makes an SDK client that retries on the runtime's clock: `client(BatchClient, runtime)`. */
export function client<C>(
  Client: new (settings: never) => C,
  { clients, clock, random }: Pick<Runtime, 'clients' | 'clock' | 'random'>,
  { attempts = ATTEMPTS, repeated }: ClientOptions = {},
): C {
  const settings: Settings = {
    ...clients,
    maxAttempts: attempts,
    retryStrategy: new ClockRetryStrategy(clock, random, attempts, repeated),
  };
  return new Client(settings as never);
}

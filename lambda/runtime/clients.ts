import { ClockRetryStrategy } from './retry-strategy';
import type { ClientSettings, Runtime } from './runtime';

const ATTEMPTS = 5;

interface Settings extends ClientSettings {
  maxAttempts: number;
  retryStrategy: ClockRetryStrategy;
}

/**
 * Makes an SDK client that retries on the runtime's clock: `client(BatchClient, runtime)`.
 *
 * @param options.attempts how often a call is made at most; 1 for calls that must not be made twice
 */
export function client<C>(
  Client: new (settings: never) => C,
  { clients, clock, random }: Pick<Runtime, 'clients' | 'clock' | 'random'>,
  { attempts = ATTEMPTS }: { readonly attempts?: number } = {},
): C {
  const settings: Settings = {
    ...clients,
    maxAttempts: attempts,
    retryStrategy: new ClockRetryStrategy(clock, random, attempts),
  };
  return new Client(settings as never);
}

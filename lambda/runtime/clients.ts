import { ClockRetryStrategy } from './retry-strategy';
import type { ClientSettings, Runtime } from './runtime';

const ATTEMPTS = 5;

interface Settings extends ClientSettings {
  maxAttempts: number;
  retryStrategy: ClockRetryStrategy;
}

/** Makes an SDK client that retries on the runtime's clock: `client(BatchClient, runtime)`. */
export function client<C>(
  Client: new (settings: never) => C,
  { clients, clock, random }: Pick<Runtime, 'clients' | 'clock' | 'random'>,
): C {
  const settings: Settings = {
    ...clients,
    maxAttempts: ATTEMPTS,
    retryStrategy: new ClockRetryStrategy(clock, random, ATTEMPTS),
  };
  return new Client(settings as never);
}

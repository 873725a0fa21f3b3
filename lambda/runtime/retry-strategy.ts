import type { RetryErrorInfo, RetryErrorType, RetryStrategyV2, RetryToken, StandardRetryToken } from '@smithy/types';
import type { Clock } from './runtime';

const BASE_MILLISECONDS = { THROTTLING: 500, other: 100 };
const CAP_MILLISECONDS = 20_000;

/**
 * Exponential backoff with full jitter that sleeps on the injected clock. The SDK's own strategies sleep on
 * `setTimeout`, which no virtual clock can advance.
 */
export class ClockRetryStrategy implements RetryStrategyV2 {
  readonly mode = 'standard';

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly attempts: number,
    private readonly repeated: readonly RetryErrorType[] = ['THROTTLING', 'TRANSIENT', 'SERVER_ERROR'],
  ) {}

  async maxAttempts(): Promise<number> {
    return this.attempts;
  }

  async acquireInitialRetryToken(): Promise<RetryToken> {
    return tokenAfter(0);
  }

  async refreshRetryTokenForRetry(token: RetryToken, error: RetryErrorInfo): Promise<RetryToken> {
    const retries = token.getRetryCount();
    if (!this.repeated.includes(error.errorType) || retries + 1 >= this.attempts) {
      throw new Error('No retry token available');
    }
    const base = error.errorType === 'THROTTLING' ? BASE_MILLISECONDS.THROTTLING : BASE_MILLISECONDS.other;
    await this.clock.sleep(this.random() * Math.min(CAP_MILLISECONDS, base * 2 ** retries));
    return tokenAfter(retries + 1);
  }

  recordSuccess(): void {
    // No token bucket: an invocation is short and its attempts are few.
  }
}

/** The delay is slept before the token is handed out, so the middleware is told to wait no longer. */
function tokenAfter(retries: number): StandardRetryToken {
  return {
    getRetryCount: () => retries,
    getRetryDelay: () => 0,
    getRetryCost: () => undefined,
  } as unknown as StandardRetryToken;
}

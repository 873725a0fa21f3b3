import type { RuleConfig } from '../../lib/retries/config';

/**
 * Exponential backoff with full jitter: anything up to a limit that doubles with each failure, so that jobs which failed
 * together do not come back together.
 *
 * @param failures how often the job has failed so, this time included
 * @param random a number in [0, 1)
 * @returns milliseconds
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function backoff(
  { delaySeconds, maxDelaySeconds }: Pick<RuleConfig, 'delaySeconds' | 'maxDelaySeconds'>,
  failures: number,
  random: number,
): number {
  return Math.round(random * 1000 * Math.min(maxDelaySeconds, delaySeconds * 2 ** (failures - 1)));
}

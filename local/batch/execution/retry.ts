import type { EvaluateOnExit, RetryStrategy } from '@aws-sdk/client-batch';

/** How an attempt failed. */
export interface AttemptFailure {
  readonly statusReason?: string;
  /** The container's. */
  readonly reason?: string;
  readonly exitCode?: number;
}

/**
 * Whether Batch retries a failed attempt by itself: as long as attempts are left, unless the first rule that matches
 * says EXIT. Jobs that were cancelled, terminated or timed out are not asked about.
 *
 * @param made attempts that have ended, this one among them
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 */
export function retries({ attempts = 1, evaluateOnExit = [] }: RetryStrategy, made: number, failure: AttemptFailure) {
  if (made >= attempts) return false;
  const rule = evaluateOnExit.find((candidate) => applies(candidate, failure));
  return rule?.action?.toUpperCase() !== 'EXIT';
}

function applies(rule: EvaluateOnExit, { statusReason, reason, exitCode }: AttemptFailure): boolean {
  return (
    matches(rule.onStatusReason, statusReason) &&
    matches(rule.onReason, reason) &&
    matches(rule.onExitCode, exitCode === undefined ? undefined : String(exitCode))
  );
}

/** Exact, or the beginning when the pattern ends with an asterisk; a lone asterisk matches what is absent too. */
function matches(pattern: string | undefined, value = ''): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

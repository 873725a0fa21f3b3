import type { RuleCondition, RuleConfig } from '../../lib/retries/config';
import type { Failure } from './cause';

/** @returns the first rule that is for such a failure */
export function ruleFor(rules: readonly RuleConfig[], failure: Failure): RuleConfig | undefined {
  return rules.find(({ on }) => holds(on, failure));
}

function holds({ causes, exitCodes, reason }: RuleCondition, failure: Failure): boolean {
  return (
    (causes?.includes(failure.cause) ?? true) &&
    (exitCodes === undefined || (failure.exitCode !== undefined && exitCodes.includes(failure.exitCode))) &&
    (reason === undefined || [failure.reason, failure.statusReason].some((text) => matches(reason, text)))
  );
}

/** As AWS Batch itself matches: exactly, or the beginning when the pattern ends with an asterisk. */
function matches(pattern: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

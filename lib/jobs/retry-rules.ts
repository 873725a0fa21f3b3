import { Token } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import type { IConstruct } from 'constructs';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

const { Action, Reason, RetryStrategy } = batch;

/**
 * Which failed attempts AWS Batch repeats by itself: the job keeps its id and goes straight back to RUNNABLE, and what
 * depends on it waits. For `retryStrategies` of a job.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 */
export class NativeRetries {
  /**
   * What the infrastructure did to the job: its instance went away, a Spot Instance taken back among them, its Fargate
   * Spot task was, or its image could not be pulled, for whichever reason. Every other failure ends the job at once, and
   * is for `JobRetries`.
   */
  static readonly INFRASTRUCTURE: batch.RetryStrategy[] = [
    RetryStrategy.of(Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
    RetryStrategy.of(Action.RETRY, Reason.custom({ onStatusReason: 'Your Spot Task was interrupted*' })),
    // CannotPullContainerError, CannotPullImageManifestError, CannotPullECRContainerError.
    RetryStrategy.of(Action.RETRY, Reason.custom({ onReason: 'CannotPull*' })),
    // What matches no rule is retried: this one matches all that is left.
    RetryStrategy.of(Action.EXIT, Reason.custom({ onReason: '*' })),
  ];

  private constructor() {}
}

const MOST_ATTEMPTS = 10;
const MOST_RULES = 5;
const LONGEST_PATTERN = 512;

/** What a pattern may be made of, by condition: https://docs.aws.amazon.com/batch/latest/APIReference/API_EvaluateOnExit.html */
const PATTERNS: Readonly<Record<string, { readonly form: RegExp; readonly allowed: string }>> = {
  onExitCode: { form: /^\d*\*?$/, allowed: 'digits, with an asterisk at most as the last character' },
  onReason: { form: /^[^*]*\*?$/, allowed: 'text with an asterisk at most as its last character' },
  onStatusReason: { form: /^[^*]*\*?$/, allowed: 'text with an asterisk at most as its last character' },
};

/** @throws ValidationError for what the API refuses */
export function checkRetries(
  scope: IConstruct,
  attempts: number | undefined,
  strategies: readonly batch.RetryStrategy[],
): void {
  checkWholeNumber(scope, 'retryAttempts', attempts, { min: 1, max: MOST_ATTEMPTS });
  if (strategies.length > 0 && attempts === undefined) {
    const allowed = `a whole number from 1 to ${MOST_ATTEMPTS} where there are retryStrategies`;
    throw new ValidationError(scope, { property: 'retryAttempts', value: undefined, allowed });
  }
  if (strategies.length > MOST_RULES) {
    const value = `a list of ${strategies.length}`;
    throw new ValidationError(scope, {
      property: 'retryStrategies',
      value,
      allowed: `a list of at most ${MOST_RULES}`,
    });
  }
  strategies.forEach((strategy, index) => checkConditions(scope, `retryStrategies[${index}]`, conditionsOf(strategy)));
}

function checkConditions(scope: IConstruct, property: string, conditions: batch.CustomReason): void {
  const given = Object.entries(conditions).filter(([, pattern]) => pattern !== undefined) as [string, string][];
  if (given.length === 0) {
    const allowed = 'at least one of onExitCode, onReason and onStatusReason';
    throw new ValidationError(scope, { property: `${property}.on`, value: 'empty', allowed });
  }
  for (const [condition, pattern] of given) {
    if (Token.isUnresolved(pattern)) continue;
    const { form, allowed } = PATTERNS[condition]!;
    if (pattern.length <= LONGEST_PATTERN && form.test(pattern)) continue;
    throw new ValidationError(scope, {
      property: `${property}.on.${condition}`,
      value: JSON.stringify(pattern),
      allowed: `${allowed}, of at most ${LONGEST_PATTERN} characters`,
    });
  }
}

export function retryStrategy(
  attempts: number | undefined,
  strategies: readonly batch.RetryStrategy[],
): batch.CfnJobDefinition.RetryStrategyProperty | undefined {
  if (attempts === undefined) return undefined;
  const evaluateOnExit = strategies.map((strategy) => ({ action: strategy.action, ...conditionsOf(strategy) }));
  return { attempts, evaluateOnExit: evaluateOnExit.length > 0 ? evaluateOnExit : undefined };
}

/** aws-cdk-lib keeps the conditions in an object that its types do not show; it spreads it in the same way. */
function conditionsOf({ on }: batch.RetryStrategy): batch.CustomReason {
  return on as batch.CustomReason;
}

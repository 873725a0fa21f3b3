import type { Duration } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** What is wrong with one property, in the words of an error message. */
export interface Misconfiguration {
  /** As the user wrote it: `pools[0].maxInstances`. */
  readonly property: string;
  /** A number, or words for what is there; nothing for what is missing. */
  readonly value: number | string | undefined;
  /** What it may be, after "it must be": `a whole number of at least 1`. */
  readonly allowed: string;
  /** What to change, when that does not follow from what is allowed. */
  readonly advice?: string;
}

/** Thrown at synth for a configuration that AWS would refuse, or accept and never run. */
export class ValidationError extends Error {
  readonly constructPath: string;

  constructor(scope: IConstruct, misconfiguration: Misconfiguration) {
    super(`[${scope.node.path}] ${sentence(misconfiguration)}`);
    this.name = 'ValidationError';
    this.constructPath = scope.node.path;
  }
}

/** `gpus is 0.5; it must be a whole number. Ask for one GPU.` */
export function sentence({ property, value, allowed, advice }: Misconfiguration): string {
  return `${property} is ${value ?? 'missing'}; it must be ${allowed}.${advice === undefined ? '' : ` ${advice}`}`;
}

export interface WholeNumberRange {
  readonly min: number;
  /** @default - no limit */
  readonly max?: number;
}

/** Refuses anything but a whole number in the range. A token is let through: its value is known at deployment only. */
export function checkWholeNumber(
  scope: IConstruct,
  property: string,
  value: number | undefined,
  range: WholeNumberRange,
): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  const { min } = range;
  const max = Token.isUnresolved(range.max) ? undefined : range.max;
  if (Number.isInteger(value) && value >= min && (max === undefined || value <= max)) return;
  const allowed = max === undefined ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  throw new ValidationError(scope, { property, value, allowed });
}

/** Refuses a duration that is not a whole number of seconds in the range. */
export function checkSeconds(
  scope: IConstruct,
  property: string,
  value: Duration | undefined,
  { min, max }: WholeNumberRange,
): void {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toSeconds({ integral: false });
  if (Number.isInteger(seconds) && seconds >= min && (max === undefined || seconds <= max)) return;
  const allowed = `a whole number of seconds ${max === undefined ? `of at least ${min}` : `from ${min} to ${max}`}`;
  throw new ValidationError(scope, { property, value: `${seconds} s`, allowed });
}

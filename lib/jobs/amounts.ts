import type { Size } from 'aws-cdk-lib';
import { SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { checkWholeNumber } from '../validation/validation-error';

/** @throws ValidationError for a part of a MiB, which AWS has no place for, and for less than the least */
export function mebibytes(scope: IConstruct, property: string, size: Size, min: number): number {
  // Of what is known at deployment only no fraction can be seen.
  if (size.isUnresolved()) return size.toMebibytes();
  const amount = size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) / 1024;
  checkWholeNumber(scope, `${property} in MiB`, amount, { min });
  return amount;
}

/** @returns what is not known, as soon as one of the amounts is known at deployment only */
export function sum(amounts: readonly number[]): number {
  return amounts.find((amount) => Token.isUnresolved(amount)) ?? amounts.reduce((total, amount) => total + amount, 0);
}

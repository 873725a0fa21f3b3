import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ValidationError } from './validation-error';

const NAME = /^[A-Za-z0-9][\w-]{0,127}$/;

/** Refuses what AWS Batch takes as no name of a definition, an environment or a queue. */
export function checkBatchName(scope: IConstruct, property: string, name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name) || NAME.test(name)) return;
  const allowed = '1 to 128 letters, digits, hyphens and underscores, the first a letter or digit';
  throw new ValidationError(scope, { property, value: JSON.stringify(name), allowed });
}

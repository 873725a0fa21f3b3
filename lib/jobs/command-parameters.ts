import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

/** What Batch replaces in a command: https://docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html */
const REFERENCE = /Ref::([\w.-]+)/g;

/** Refuses a `Ref::name` without a default: Batch would hand the text itself to the container. */
export function checkReferences(
  scope: Construct,
  command: readonly string[],
  parameters: Readonly<Record<string, string>>,
): void {
  if (Token.isUnresolved(command)) return;
  command.forEach((argument, index) => {
    for (const [value, name] of argument.matchAll(REFERENCE)) {
      if (Object.hasOwn(parameters, name)) continue;
      const declared = Object.keys(parameters).map((parameter) => `Ref::${parameter}`);
      throw new ValidationError(scope, {
        property: `command[${index}]`,
        value,
        allowed: declared.length > 0 ? `a reference to a declared parameter: ${declared.join(', ')}` : 'plain text',
        advice: `Give ${JSON.stringify(name)} a default in \`parameters\`.`,
      });
    }
  });
}

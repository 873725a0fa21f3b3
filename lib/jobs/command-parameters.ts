import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

/** What Batch replaces in a command: https://docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html */
const REFERENCE = /Ref::([\w.-]+)/g;

export interface DeclaredParameters {
  /** With their defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Without a default: each job says it. */
  readonly required: readonly string[];
}

/** A command, and how the user's properties lead to it. */
export interface Command {
  readonly property: string;
  readonly words: readonly string[];
}

/**
 * Refuses a `Ref::name` that nothing declares: Batch would hand the text itself to the container. And the other way
 * round a required parameter that no command refers to.
 */
export function checkParameters(scope: Construct, commands: readonly Command[], declared: DeclaredParameters): void {
  const { parameters, required } = declared;
  const both = required.find((name) => Object.hasOwn(parameters, name));
  if (both !== undefined) {
    const allowed = 'a parameter that has no default in `parameters`';
    throw new ValidationError(scope, { property: 'requiredParameters', value: both, allowed });
  }
  const referred = new Set(commands.flatMap((command) => checkReferences(scope, command, declared)));
  const unknown = commands.some(
    ({ words }) => Token.isUnresolved(words) || words.some((word) => Token.isUnresolved(word)),
  );
  const unused = required.find((name) => !referred.has(name));
  if (unused === undefined || unknown) return;
  const allowed = `a parameter that a command refers to as Ref::${unused}`;
  throw new ValidationError(scope, { property: 'requiredParameters', value: unused, allowed });
}

/** @returns the names that the command refers to */
function checkReferences(
  scope: Construct,
  { property, words }: Command,
  { parameters, required }: DeclaredParameters,
): string[] {
  if (Token.isUnresolved(words)) return [];
  return words.flatMap((word, index) =>
    [...word.matchAll(REFERENCE)].map(([value, name]) => {
      if (Object.hasOwn(parameters, name!) || required.includes(name!)) return name!;
      const declared = [...Object.keys(parameters), ...required].map((parameter) => `Ref::${parameter}`);
      throw new ValidationError(scope, {
        property: `${property}[${index}]`,
        value,
        allowed: declared.length > 0 ? `a reference to a declared parameter: ${declared.join(', ')}` : 'plain text',
        advice: `Give ${JSON.stringify(name)} a default in \`parameters\`, or list it in \`requiredParameters\`.`,
      });
    }),
  );
}

import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { sentence } from '../validation/validation-error';

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_BYTES = 4096;
/** `arn:aws:autoscaling:ap-southeast-2:123456789012:…` */
const ARN_PREFIX = 60;
/** What CloudFormation puts between the name of a stack, the logical id and the random part that it ends with. */
const NAME_SUFFIX = 16;
/** A stack's name that is not known yet. */
const STACK_NAME = 40;

/** @returns what is wrong with the size of a function's environment, in which names and ARNs are reckoned by their usual length */
export function checkEnvironmentSize(scope: IConstruct, variables: Readonly<Record<string, string>>): string[] {
  const stack = Stack.of(scope);
  const stackName = Token.isUnresolved(stack.stackName) ? STACK_NAME : stack.stackName.length;
  const bytes = lengthOf(stack.resolve(variables), stackName);
  if (bytes <= MOST_BYTES) return [];
  return [
    sentence({
      property: 'environment',
      value: `about ${bytes} bytes`,
      allowed: `at most ${MOST_BYTES} bytes, which AWS Lambda gives all variables of a function together`,
      advice: 'Spread pools, queues or rules over several constructs, or give them and the stack shorter names.',
    }),
  ];
}

/** How long a resolved value is, in bytes, where names and ARNs are reckoned by their usual length. */
export function lengthOf(value: unknown, stackName: number): number {
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(String(value ?? ''));
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + lengthOf(one, stackName), 0);
  const entries = Object.entries(value);
  const [key, inner] = entries[0] ?? ['', ''];
  if (key === 'Fn::Join') return lengthOf((inner as [string, unknown[]])[1], stackName);
  if (key === 'Ref' && String(inner).startsWith('AWS::')) return 14;
  if (key === 'Ref') return stackName + String(inner).length + NAME_SUFFIX;
  if (key === 'Fn::GetAtt') return ARN_PREFIX + String((inner as string[])[0]).length + NAME_SUFFIX;
  if (key.startsWith('Fn::')) return ARN_PREFIX + stackName;
  return entries.reduce((sum, [name, one]) => sum + name.length + lengthOf(one, stackName), 0);
}

import type { IConstruct } from 'constructs';

/**
 * What `-c NAME=true` or `-c NAME=false` says; false without it.
 *
 * @throws Error for any other value
 */
export function contextFlag({ node }: IConstruct, name: string): boolean {
  const value = String(node.tryGetContext(name) ?? false);
  if (value !== 'true' && value !== 'false')
    throw new Error(`The context value ${name} is ${value}; it must be true or false`);
  return value === 'true';
}

import { dependencyOrder } from './dependencies';
import type { DeclaredResource, ProviderContext } from './provider';
import type { ProviderOf } from './registry';
import type { StackResource } from './stack-resource';

/** A resource that is to be deleted. */
export interface Leaving {
  readonly resource: StackResource;
  /** What takes its place, when it is replaced rather than removed. */
  readonly successor?: DeclaredResource;
}

/**
 * Deletes resources, dependents first. One that cannot be deleted holds what it depends on.
 *
 * @returns the logical ids of all that are no longer the stack's, and in words what could not be deleted.
 */
export async function deleteResources(
  leaving: readonly Leaving[],
  providerOf: ProviderOf,
  context: ProviderContext,
): Promise<{ left: string[]; failures: string[] }> {
  const byId = new Map(leaving.map((one) => [one.resource.logicalId, one]));
  const dependencies = new Map([...byId].map(([logicalId, { resource }]) => [logicalId, resource.dependencies]));
  const held = new Set<string>();
  const left: string[] = [];
  const failures: string[] = [];
  for (const logicalId of dependencyOrder(dependencies).reverse()) {
    const one = byId.get(logicalId)!;
    const { path, type, dependencies: kept } = one.resource;
    const failure = held.has(logicalId) ? undefined : await deleteOne(one, providerOf, context);
    if (failure !== undefined) failures.push(`${path} (${type}): ${failure.message}`);
    if (failure === undefined && !held.has(logicalId)) left.push(logicalId);
    else kept.forEach((dependency) => held.add(dependency));
  }
  return { left, failures };
}

/** @returns why it could not be deleted, when it could not */
async function deleteOne(
  { resource, successor }: Leaving,
  providerOf: ProviderOf,
  context: ProviderContext,
): Promise<Error | undefined> {
  const policy = successor === undefined ? resource.deletionPolicy : resource.updateReplacePolicy;
  if (policy?.startsWith('Retain')) return undefined;
  try {
    await providerOf(resource.type, resource.path).delete(resource, context, successor);
    return undefined;
  } catch (error) {
    return isGone(error) ? undefined : (error as Error);
  }
}

/** Whether a deletion was refused only because there is nothing to delete, which is what was wanted. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  return /NotFound|NonExist|NoSuch|DoesNotExist/.test(error.name) || /does not exist|not found/i.test(error.message);
}

import { isDeepStrictEqual } from 'node:util';
import type { DeclaredResource, ExistingResource, ProviderContext, ResourceProvider, ResourceState } from './provider';
import { ResourceFailure } from './provider';
import type { ProviderOf } from './registry';
import type { Leaving } from './deletion';
import { deleteResources, isGone } from './deletion';
import { dependencyOrder } from './dependencies';
import type { StackResource, StackResources } from './stack-resource';
import type { Scope } from './intrinsics';
import { references, resolve } from './intrinsics';
import type { Properties, ResourceDeclaration, Template } from './template';
import { constructPath, TemplateError } from './template';

/** A resource of a stack, with what is needed to order its deletion. */
/** Why a stack could not be created, updated or deleted. What could be undone has been. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

export interface Target {
  readonly stackName: string;
  readonly stackId: string;
  readonly template: Template;
  scopeOf(resources: StackResources): Scope;
}

/** Brings a stack's resources from what they are to what a template declares, or leaves them as they were. */
export class StackTransition {
  private readonly resources = new Map<string, StackResource>();
  private readonly undo: (() => Promise<unknown>)[] = [];
  private readonly replaced: Leaving[] = [];

  constructor(
    private readonly target: Target,
    private readonly former: StackResources,
    private readonly providerOf: ProviderOf,
    private readonly context: ProviderContext,
  ) {}

  /**
   * @param finish makes what the caller needs of the resources; when it fails, the stack has failed.
   * @throws DeploymentError once everything done so far has been undone.
   */
  async run<T>(finish: (resources: StackResources) => T): Promise<T> {
    const scope = this.target.scopeOf(this.resources);
    const declared = declaredResources(this.target.template, scope);
    const dependencies = resourceDependencies(declared, scope);
    // Before anything is made: an unknown type leaves nothing to undo.
    for (const [logicalId, resource] of declared) this.providerOf(resource.Type, constructPath(logicalId, resource));

    for (const logicalId of dependencyOrder(dependencies)) {
      const resource = declared.get(logicalId)!;
      try {
        const made = await this.apply(this.declaredResource(logicalId, resource, scope));
        this.resources.set(logicalId, {
          ...made,
          dependencies: [...dependencies.get(logicalId)!],
          deletionPolicy: resource.DeletionPolicy,
          updateReplacePolicy: resource.UpdateReplacePolicy,
        });
      } catch (error) {
        throw await this.rollBack(failure(logicalId, resource, error));
      }
    }
    try {
      return finish(this.resources);
    } catch (error) {
      throw await this.rollBack(new DeploymentError((error as Error).message, { cause: error }));
    }
  }

  /** Deletes what the new template no longer has or has replaced: last, when nothing refers to it any more. */
  async cleanUp(): Promise<void> {
    const removed = [...this.former.values()].filter(({ logicalId }) => !this.resources.has(logicalId));
    const leaving = [...this.replaced, ...removed.map((resource) => ({ resource }))];
    const { failures } = await deleteResources(leaving, this.providerOf, this.context);
    if (failures.length > 0) throw new DeploymentError(`could not delete ${failures.join('; ')}`);
  }

  private declaredResource(logicalId: string, resource: ResourceDeclaration, scope: Scope): DeclaredResource {
    return {
      logicalId,
      stackName: this.target.stackName,
      stackId: this.target.stackId,
      type: resource.Type,
      path: constructPath(logicalId, resource),
      properties: resolve(resource.Properties ?? {}, scope) as Properties,
    };
  }

  private async apply(declared: DeclaredResource): Promise<ExistingResource> {
    const provider = this.providerOf(declared.type, declared.path);
    const existing = this.former.get(declared.logicalId);
    if (existing === undefined) return this.create(provider, declared);
    if (existing.type !== declared.type) throw new TemplateError(`its type cannot change from ${existing.type}`);
    if (isDeepStrictEqual(existing.properties, declared.properties)) return existing;
    if (provider.update !== undefined && !provider.replaces?.(existing.properties, declared.properties)) {
      return this.update(provider, existing, declared);
    }
    const created = await this.create(provider, declared);
    this.replaced.push({ resource: existing, successor: created });
    return created;
  }

  private async create(provider: ResourceProvider, declared: DeclaredResource): Promise<ExistingResource> {
    const undo = (state: ResourceState): void =>
      void this.undo.push(() => provider.delete({ ...declared, ...state }, this.context));
    try {
      const state = await provider.create(declared, this.context);
      undo(state);
      return { ...declared, ...state };
    } catch (error) {
      if (error instanceof ResourceFailure) undo(error.state);
      throw error;
    }
  }

  private async update(
    provider: ResourceProvider,
    existing: StackResource,
    declared: DeclaredResource,
  ): Promise<ExistingResource> {
    const restore = (): Promise<unknown> =>
      provider.update!({ ...existing, properties: declared.properties }, existing, this.context);
    let state: ResourceState;
    try {
      state = await provider.update!(existing, declared, this.context);
    } catch (error) {
      // A failed update may have changed something already.
      this.undo.push(restore);
      throw error;
    }
    const updated = { ...declared, ...state };
    if (state.physicalId === existing.physicalId) {
      this.undo.push(restore);
    } else {
      this.undo.push(() => provider.delete(updated, this.context));
      this.replaced.push({ resource: existing, successor: updated });
    }
    return updated;
  }

  private async rollBack(cause: DeploymentError): Promise<DeploymentError> {
    const failures: string[] = [];
    for (const step of this.undo.reverse()) {
      await step().catch((error: unknown) => {
        if (!isGone(error)) failures.push((error as Error).message);
      });
    }
    if (failures.length === 0) return cause;
    return new DeploymentError(`${cause.message}; and the rollback failed: ${failures.join('; ')}`, { cause });
  }
}

function declaredResources(template: Template, scope: Scope): Map<string, ResourceDeclaration> {
  const resources = Object.entries(template.Resources ?? {});
  return new Map(resources.filter(([, { Condition }]) => Condition === undefined || scope.condition(Condition)));
}

function resourceDependencies(
  declared: ReadonlyMap<string, ResourceDeclaration>,
  scope: Scope,
): Map<string, Set<string>> {
  return new Map(
    [...declared].map(([logicalId, { Properties, DependsOn }]) => {
      const named = [DependsOn ?? []].flat();
      const referred = references(Properties, (name) => scope.condition(name));
      return [logicalId, new Set([...named, ...referred].filter((id) => declared.has(id)))];
    }),
  );
}

function failure(logicalId: string, resource: ResourceDeclaration, error: unknown): DeploymentError {
  const { name, message } = error as Error;
  const reason = name.endsWith('Error') || name === 'ResourceFailure' ? message : `${name}: ${message}`;
  return new DeploymentError(`${constructPath(logicalId, resource)} (${resource.Type}): ${reason}`, { cause: error });
}

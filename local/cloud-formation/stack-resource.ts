import type { ExistingResource } from './provider';

/** A resource as the stack that owns it keeps it. */
export interface StackResource extends ExistingResource {
  readonly dependencies: readonly string[];
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
}

export type StackResources = ReadonlyMap<string, StackResource>;

/**
 * What AWS does not document, or lets vary, each as a setting with a default and its reason. Whatever is claimed about
 * the library must hold under every value.
 */
export interface Settings {
  /** Seconds from launching an instance until its ECS agent registers. Measured values vary from 60 to 180. */
  readonly registrationSeconds: number;
  /** Whether Batch places jobs behind one that does not fit (`backfill`) or waits for it (`strict`). Not documented. */
  readonly dispatch: 'backfill' | 'strict';
  /** Whether Batch stops placing on a container instance the moment it is set to DRAINING. Not documented. */
  readonly placementHonoursDraining: boolean;
  /** Whether a queue-level list of RUNNABLE jobs also returns array children. Not documented. */
  readonly listReturnsArrayChildren: boolean;
  /** Whether array children publish state change events. Not documented. */
  readonly arrayChildrenPublishEvents: boolean;
  /** Whether `remainingResources` of a container instance shows the GPUs in use. Not documented. */
  readonly remainingResourcesShowGpus: boolean;
  /** Whether a job that waits for a consumable resource holds back those behind it. Not documented. */
  readonly consumableWaitBlocksQueue: boolean;
  /** Whether a consumable resource is released between native attempts. Not documented. */
  readonly consumableReleasedBetweenAttempts: boolean;
  /** Seconds after which a job that no environment of higher order can take now is tried on the next. Not documented. */
  readonly spillAfterSeconds: number;
  /** Seconds by which lists may lag behind the truth. */
  readonly listLagSeconds: number;
}

export const DEFAULT_SETTINGS: Settings = {
  registrationSeconds: 90,
  dispatch: 'backfill',
  placementHonoursDraining: true,
  listReturnsArrayChildren: false,
  arrayChildrenPublishEvents: true,
  remainingResourcesShowGpus: true,
  consumableWaitBlocksQueue: false,
  consumableReleasedBetweenAttempts: true,
  spillAfterSeconds: 0,
  listLagSeconds: 0,
};

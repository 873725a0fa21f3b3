import type { AttemptInput } from '../../../workload/local-job';
import type { FaultPlan } from '../../../local/faults/fault-plan';
import type { Settings } from '../../../local/settings';

/** All that happens to an environment, as plain data. Times are seconds from its deployment. */
export interface History {
  readonly pools: readonly PoolPlan[];
  readonly scaleInAfterSeconds: number;
  readonly provisionTimeoutSeconds: number;
  /** What AWS does not document, one way or the other. */
  readonly settings: Partial<Settings>;
  /** The one consumable resource that there is. */
  readonly licences: Licences;
  readonly jobs: readonly JobPlan[];
  readonly incidents: readonly Incident[];
  /** What the calls, events and launches suffer, one phase after the other; after the last, nothing. */
  readonly storm: readonly Phase[];
}

export interface PoolPlan {
  readonly instanceType: string;
  readonly spot: boolean;
  readonly cost: number;
  readonly maxInstances: number;
  readonly spareInstances: number;
  readonly opensForCpuJobs: boolean;
}

export interface Licences {
  readonly type: 'REPLENISHABLE' | 'NON_REPLENISHABLE';
  readonly quantity: number;
}

export interface JobPlan {
  readonly at: number;
  readonly urgent: boolean;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly licence: boolean;
  readonly arraySize?: number;
  /** Waits for the job of that place in the list, if that was submitted before it. */
  readonly after?: number;
  /** How many native attempts it has. */
  readonly attempts: number;
  readonly plays: readonly AttemptInput[];
}

/** Something that people, EC2 or an agent do. `which` picks among those that there are. */
export type Incident =
  | { readonly at: number; readonly kind: 'cancel' | 'terminate'; readonly which: number }
  | { readonly at: number; readonly kind: 'reclaim'; readonly which: number }
  | { readonly at: number; readonly kind: 'disconnect'; readonly which: number; readonly seconds: number }
  | { readonly at: number; readonly kind: 'invoke'; readonly times: number }
  | { readonly at: number; readonly kind: 'new template'; readonly which: number };

export interface Phase {
  readonly seconds: number;
  /** Pools are named by their place in the list, `0`, or `*`; `crashes` are numbers of calls of the autoscaler. */
  readonly faults: Omit<FaultPlan, 'crash' | 'reclaim'> & { readonly crashes?: readonly number[] };
}

/** From when on nothing goes wrong any more. */
export function calmAt({ storm, incidents, jobs }: History): number {
  const phases = storm.reduce((sum, { seconds }) => sum + seconds, 0);
  return Math.max(phases, ...incidents.map(({ at }) => at), ...jobs.map(({ at }) => at));
}

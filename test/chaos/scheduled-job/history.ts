import type { FaultPlan } from '../../../local/faults/fault-plan';
import type { Settings } from '../../../local/settings';

/** All that happens to the schedules of a stack, as plain data. Times are seconds from its deployment. */
export interface History {
  /** Which of the prepared stacks. */
  readonly variant: number;
  /** What AWS does not document, one way or the other. */
  readonly settings: Partial<Settings>;
  readonly incidents: readonly Incident[];
  /** What the calls and events suffer, one phase after the other; after the last, nothing. */
  readonly storm: readonly Phase[];
}

/** Something that people do. `which` picks among the schedules or jobs that there are. */
export type Incident =
  | { readonly at: number; readonly kind: 'suspend'; readonly which: number; readonly seconds: number }
  | { readonly at: number; readonly kind: 'terminate'; readonly which: number }
  | { readonly at: number; readonly kind: 'backfill'; readonly which: number }
  | { readonly at: number; readonly kind: 'invoke again'; readonly which: number; readonly ago: number }
  | { readonly at: number; readonly kind: 'sweep'; readonly times: number };

export interface Phase {
  readonly seconds: number;
  /** `crashes` are numbers of calls of the function. */
  readonly faults: Omit<FaultPlan, 'crash'> & { readonly crashes?: readonly number[] };
}

/** Schedules are due every ten minutes, for the last time here. */
export const LAST_DUE = 3000;
export const PERIOD = 600;
/** From here on nothing goes wrong any more. */
export const CALM = 2400;

import type { FaultPlan } from '../../../local/faults/fault-plan';
import type { Settings } from '../../../local/settings';
import type { AttemptInput } from '../../../workload/local-job';
import type { Limits } from '../../../lib/timeouts/config';

/** All that happens to the jobs of a queue, as plain data. Times are seconds from the deployment. */
export interface History {
  /** Which of the limits below. */
  readonly limits: number;
  /** What AWS does not document, one way or the other. */
  readonly settings: Partial<Settings>;
  readonly jobs: readonly JobPlan[];
  readonly incidents: readonly Incident[];
  /** What the calls and events suffer, one phase after the other; after the last, nothing. */
  readonly storm: readonly Phase[];
}

/** A stack for each: they are synthesized once. In each of them every job ends at last. */
export const LIMITS: readonly Limits[] = [
  { RUNNABLE: 120, TOTAL: 900 },
  { SUBMITTED: 60, PENDING: 120, RUNNABLE: 180, STARTING: 90, RUNNING: 240, TOTAL: 900 },
  { STARTING: 60, RUNNING: 150, TOTAL: 900 },
  { PENDING: 90, RUNNABLE: 90, RUNNING: 300, TOTAL: 900 },
];

export interface JobPlan {
  readonly at: number;
  readonly vcpus: 1 | 4;
  readonly arraySize?: number;
  /** Waits for the job of that place in the list, if that was submitted before it. */
  readonly after?: number;
  /** How many native attempts it has. */
  readonly attempts: number;
  readonly plays: readonly AttemptInput[];
  /** A limit of its own: what it says, of what. */
  readonly tag?: { readonly limit: keyof Limits; readonly value: string; readonly seconds?: number };
}

/** Something that people do. `which` picks among the jobs that there are. */
export type Incident =
  | { readonly at: number; readonly kind: 'cancel' | 'terminate'; readonly which: number }
  | { readonly at: number; readonly kind: 'invoke'; readonly times: number };

export interface Phase {
  readonly seconds: number;
  /** `crashes` are numbers of calls, of the ledger's function or of that which ends jobs. */
  readonly faults: Omit<FaultPlan, 'crash' | 'reclaim' | 'launch' | 'neverRegister'> & {
    readonly crashes?: readonly { readonly of: 'Ledger' | 'Timeouts'; readonly call: number }[];
  };
}

/** From when on nothing goes wrong any more. */
export function calmAt({ storm, incidents, jobs }: History): number {
  const phases = storm.reduce((sum, { seconds }) => sum + seconds, 0);
  return Math.max(phases, ...incidents.map(({ at }) => at), ...jobs.map(({ at }) => at));
}

/** The limits of a job, its tag included: tags only tighten here. */
export function limitsOfJob({ limits }: History, { tag }: JobPlan): Limits {
  const own = LIMITS[limits]!;
  if (tag?.seconds === undefined) return own;
  return { ...own, [tag.limit]: Math.min(tag.seconds, own[tag.limit] ?? Infinity) };
}

/** The job that one waits for: one that was submitted before it. */
export function dependency({ after }: JobPlan, index: number): number | undefined {
  return after !== undefined && after < index ? after : undefined;
}

import type { FaultPlan } from '../../../local/faults/fault-plan';
import type { Settings } from '../../../local/settings';

/** All that happens to a graph of jobs, as plain data. Times are seconds from the deployment. */
export interface History {
  readonly rules: Rules;
  /** What AWS does not document, one way or the other. */
  readonly settings: Partial<Settings>;
  readonly jobs: readonly JobPlan[];
  readonly incidents: readonly Incident[];
  /** What the calls, events and clocks suffer, one phase after the other; after the last, nothing. */
  readonly storm: readonly Phase[];
}

/** Few, so that histories can share what is synthesized. */
export interface Rules {
  readonly failureAttempts: 2 | 4;
  readonly maxSubmissions: 3 | 6;
}

/** How an attempt ends. Exit code 7 is for no rule. */
export type End = 'succeeds' | 'fails' | 'is interrupted' | 'exits with 7';

export interface JobPlan {
  readonly at: number;
  readonly runSeconds: number;
  /** Waits for the jobs of those places in the list, if they are before it. */
  readonly after: readonly number[];
  /** Whether it waits child for child, where both are arrays of one size. */
  readonly childForChild: boolean;
  /** Whether its children wait for each other. */
  readonly sequential: boolean;
  readonly arraySize?: number;
  /** Of each attempt in turn, and then it succeeds; of an array one list for each child. */
  readonly ends: readonly (readonly End[])[];
  readonly nativeAttempts: number;
  /** Whether it is one of this library's, of somebody else, or opted out. */
  readonly owner: 'ours' | 'theirs' | 'opted out';
}

/** Something that a person does. `which` picks among the jobs that there are. */
export interface Incident {
  readonly at: number;
  readonly kind: 'cancel' | 'terminate' | 'opt out' | 'invoke' | 'clone';
  readonly which: number;
}

export interface Phase {
  readonly seconds: number;
  /** Functions are named by their part: `ledger` or `retries`. */
  readonly faults: Omit<FaultPlan, 'crash' | 'clock'> & {
    readonly crashes?: readonly (readonly [Part, number])[];
    /** By how many seconds a function's clock is off. */
    readonly clocks?: Partial<Readonly<Record<Part, number>>>;
  };
}

export type Part = 'ledger' | 'retries';

/** From when on nothing goes wrong any more. */
export function calmAt({ storm, incidents, jobs }: History): number {
  const phases = storm.reduce((sum, { seconds }) => sum + seconds, 0);
  return Math.max(phases, ...incidents.map(({ at }) => at), ...jobs.map(({ at }) => at));
}

/** The jobs that one depends on, as they are submitted: those before it in the list. */
export function dependenciesOf(job: JobPlan, index: number): number[] {
  return [...new Set(job.after.filter((other) => other < index))];
}

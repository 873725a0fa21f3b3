import type { FaultPlan } from '../../../local/faults/fault-plan';
import type { Settings } from '../../../local/settings';
import type { AttemptInput } from '../../../workload/local-job';
import type { EdgeCondition } from '../../../lib/workflow/config';

/** All that happens to a workflow, as plain data. Times are seconds from its deployment. */
export interface History {
  readonly nodes: readonly NodePlan[];
  /** What AWS does not document, one way or the other. */
  readonly settings: Partial<Settings>;
  readonly runs: readonly RunPlan[];
  readonly incidents: readonly Incident[];
  /** What the calls and events suffer, one phase after the other; after the last, nothing. */
  readonly storm: readonly Phase[];
}

export interface NodePlan {
  /** What it comes after, by the place in the list. */
  readonly after: readonly { readonly node: number; readonly on: EdgeCondition; readonly each: boolean }[];
  readonly arraySize?: number;
  /** How many native attempts it has. */
  readonly attempts: number;
  readonly plays: readonly AttemptInput[];
}

export interface RunPlan {
  readonly at: number;
  /** How often it is asked for. */
  readonly times: number;
  readonly cancelAt?: number;
}

/** A person ends a job. `which` picks among those that there are. */
export interface Incident {
  readonly at: number;
  readonly which: number;
}

export interface Phase {
  readonly seconds: number;
  /** `crashes` are numbers of calls of the workflow's function, `ledgerCrashes` of the ledger's. */
  readonly faults: Omit<FaultPlan, 'crash' | 'reclaim' | 'launch' | 'neverRegister'> & {
    readonly crashes?: readonly number[];
    readonly ledgerCrashes?: readonly number[];
  };
}

/** From when on nothing goes wrong any more. */
export function calmAt({ storm, incidents, runs }: History): number {
  const phases = storm.reduce((sum, { seconds }) => sum + seconds, 0);
  return Math.max(
    phases,
    ...incidents.map(({ at }) => at),
    ...runs.map(({ at, cancelAt = 0 }) => Math.max(at, cancelAt)),
  );
}

export function nodeName(index: number): string {
  return `n${index}`;
}

export function runKey(index: number): string {
  return `run-${index}`;
}

export function runIdOf(index: number): string {
  return `flow-${runKey(index)}`;
}

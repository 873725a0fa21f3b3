import type { Terminal } from './terminal';
import { duration } from './units';

/** What the autoscaler writes of what it does, as far as it is shown. */
interface DecisionLine {
  readonly message: string;
  readonly pool?: string;
  readonly reason?: string;
  readonly count?: number;
  readonly desired?: number;
  readonly instanceId?: string;
  readonly jobs?: number;
}

const SHOWN = ['launch', 'reset', 'drain', 'undrain', 'terminate', 'misfit', 'unplaced', 'protected'];

/**
 * One line of the autoscaler's log for a person, if it tells of a decision.
 *
 * @param seconds since the workload began
 */
export function decisionLine(line: string, seconds: number, { dim, bold }: Terminal): string | undefined {
  const decision = parse(line);
  if (decision === undefined || !SHOWN.includes(decision.message)) return undefined;
  const { message, pool = '', reason = '', count, desired, instanceId, jobs } = decision;
  const what = instanceId ?? count ?? (jobs === undefined ? desired : `${jobs} jobs`) ?? '';
  return `${dim(duration(seconds).padStart(12))}  ${bold(message.padEnd(9))} ${pool.padEnd(6)} ${what}  ${dim(reason)}`;
}

function parse(line: string): DecisionLine | undefined {
  if (!line.startsWith('{')) return undefined;
  const value = JSON.parse(line) as Partial<DecisionLine>;
  return typeof value.message === 'string' ? (value as DecisionLine) : undefined;
}

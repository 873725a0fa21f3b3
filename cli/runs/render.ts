import { duration } from '../demo/units';
import { printableLine } from '../terminal/printable';
import type { ShownRun, ShownRuns } from './model';

const TITLES = { schedule: 'Schedule', trigger: 'Trigger', workflow: 'Workflow' } as const;

/** The runs as a table for people. */
export function render({ kind, name, runs, next, suspended }: ShownRuns): string {
  const due = suspended ? ', suspended' : next === undefined ? '' : `, next due ${next}`;
  const title = `${TITLES[kind]} ${name}${due}`;
  if (runs.length === 0) return `${title}\n\nIt has had no runs.`;
  const rows = [['time', 'status', 'took', 'id', ''], ...runs.map(cells)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [title, '', ...lines].map(printableLine).join('\n');
}

function cells({ time, status, id = '', startedAt, endedAt, reason = '' }: ShownRun): string[] {
  const took =
    startedAt === undefined || endedAt === undefined
      ? ''
      : duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  return [time, status, took, id, reason];
}

import type { Comparison } from '../../bench/compare';

const HEADINGS = [
  'policy',
  'cost $',
  '/ work',
  '/ zero wait',
  'p50 s',
  'p95 s',
  'p99 s',
  'slowdown',
  'launches',
  'empty',
  'kills',
];

/** The figures for a person, one policy a line. */
export function table({ bounds, policies }: Comparison): string {
  const rows = Object.entries(policies).map(([name, figures]) => [
    name,
    whole(figures.cost),
    figures.costOverWork.toFixed(3),
    figures.costOverZeroWait.toFixed(3),
    whole(figures.wait.p50),
    whole(figures.wait.p95),
    whole(figures.wait.p99),
    figures.boundedSlowdown.toFixed(2),
    whole(figures.launches),
    whole(figures.emptyLaunches),
    whole(figures.kills),
  ]);
  const all = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
  return [`bounds: work $${whole(bounds.work)}, zero wait $${whole(bounds.zeroWait)}`, '', ...lines].join('\n');
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

import type { Comparison } from '../compare';
import type { Phases } from './phases';
import { differ } from './phases';
import type { Scenario } from './traces';

export interface Row {
  readonly name: string;
  /** One for each trace. */
  readonly phases: readonly Phases[];
}

export function citations(scenarios: readonly Scenario[]): string {
  return scenarios.map(({ name, file, citation }) => `- **${name}** (\`${file}\`): ${citation}.`).join('\n');
}

/** Policies on one shape: dollars, and the 95th and 99th percentile of the wait in seconds. */
export function baselineTable(scenarios: readonly Scenario[], comparisons: readonly Comparison[]): string {
  const names = Object.keys(comparisons[0]!.policies) as (keyof Comparison['policies'])[];
  return table(
    ['policy', ...scenarios.map(({ name, jobs }) => `${name} (${whole(jobs.length)} jobs)`)],
    [
      [
        'bounds: work / zero wait',
        ...comparisons.map(({ bounds }) => `${whole(bounds.work)} / ${whole(bounds.zeroWait)}`),
      ],
      ...names.map((name) => [
        name,
        ...comparisons.map(({ policies }) => {
          const { cost, wait } = policies[name]!;
          return `${whole(cost)}, ${whole(wait.p95)} / ${whole(wait.p99)}`;
        }),
      ]),
    ],
  );
}

/** Cost relative to the reference, its range over the phases, and waits. */
export function goalTable(scenarios: readonly Scenario[], reference: Row, rows: readonly Row[]): string {
  return table(
    ['', ...scenarios.map(({ name }) => name)],
    [reference, ...rows].map(({ name, phases }) => [
      name,
      ...phases.map((own, index) => {
        const base = reference.phases[index]!.cost;
        const range = `${(own.least / base).toFixed(3)}–${(own.most / base).toFixed(3)}`;
        return `**${(own.cost / base).toFixed(3)}** (${range}), ${whole(own.p95)} / ${whole(own.p99)}, mean ${whole(own.meanWait)}`;
      }),
    ]),
  );
}

/** What each ablation costs more than the whole, in percent. */
export function ablationTable(scenarios: readonly Scenario[], all: Row, rows: readonly Row[]): string {
  return table(
    ['without', ...scenarios.map(({ name }) => name)],
    rows.map(({ name, phases }) => [
      name,
      ...phases.map((own, index) => {
        const whole_ = all.phases[index]!;
        const change = 100 * (own.cost / whole_.cost - 1);
        const cost = differ(own, whole_) ? `**${signed(change)} %**` : `tie (${signed(change)} %)`;
        const wait = `${whole(own.p95)} / ${whole(own.p99)}, mean ${whole(own.meanWait)}`;
        return `${cost}, ${wait}, ${whole(own.launches)} launches`;
      }),
    ]),
  );
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

function signed(percent: number): string {
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(2)}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

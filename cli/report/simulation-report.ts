import type { Comparison } from '../../bench/compare';
import { amount, duration } from '../demo/units';
import type { ReportContent } from './model';

/** The report of policies that were compared on a trace. */
export function simulationReport(title: string, { bounds, policies }: Comparison): ReportContent {
  const all = Object.entries(policies);
  return {
    title: 'What policies cost, and how long jobs wait',
    subtitle: title,
    facts: all.map(([name, { costOverZeroWait, wait, kills }]) => ({
      name,
      value: `${costOverZeroWait.toFixed(2)} × the bound, p99 ${duration(wait.p99)}${kills > 0 ? `, ${amount(kills)} killed` : ''}`,
      bad: kills > 0,
    })),
    costs: { unit: 'dollars', bounds, costs: all.map(([name, { cost }]) => ({ name, cost, own: name === 'foreman' })) },
    waitPercentiles: all.map(([name, { wait }]) => ({ name, ...wait })),
  };
}

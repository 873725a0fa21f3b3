import { axis, type Chart, NAMED_ROWS } from './chart';
import { type CostComparison, type CostUnit, costInWords } from './model';
import { colour } from './palette';

const UNITS: Record<CostUnit, string> = {
  dollars: 'dollars',
  cost: "the unit of the pools' cost",
  'vCPU hours': 'hours of vCPUs',
};

/** What other policies do, in a word. */
const POLICIES: Readonly<Record<string, string>> = {
  foreman: 'is the autoscaler of this library',
  ffd: 'packs jobs by first fit decreasing',
  count: 'follows the number of jobs',
  vcpu: 'follows the sum of their vCPUs',
  cas: 'scales as the managed scaling of ECS capacity providers',
  jobwatcher: 'scales as the jobwatcher of ParallelCluster 2',
  static: 'keeps the peak from the first job to the last',
};

export function costBars({ unit, bounds, costs }: CostComparison): Chart {
  const rows = [
    { name: 'bound: work', cost: bounds.work, kind: 'grey' as const },
    ...(bounds.zeroWait === undefined
      ? []
      : [{ name: 'bound: no wait', cost: bounds.zeroWait, kind: 'grey' as const }]),
    ...costs.map(({ name, cost, own }) => ({ name, cost, kind: own ? ('blue' as const) : ('orange' as const) })),
  ].reverse();
  const others = costs.flatMap(({ name }) => (name in POLICIES ? [`${name} ${POLICIES[name]}`] : []));
  const glossary = others.length === 0 ? '' : ` ${others.join('; ')}.`;
  return {
    title: 'Cost',
    caption: `Instance time for the same jobs, in ${UNITS[unit]}, beside what no schedule can cost less than.${glossary}`,
    height: 40 + 30 * rows.length,
    option: {
      grid: { ...NAMED_ROWS, right: 70 },
      xAxis: axis({
        type: 'value',
        axisLabel: {
          formatter: (value: number) => costInWords(value, unit === 'dollars' ? unit : 'cost'),
          hideOverlap: true,
        },
      }),
      yAxis: axis({ type: 'category', data: rows.map(({ name }) => name), splitLine: { show: false } }),
      series: [
        {
          type: 'bar',
          data: rows.map(({ cost, kind }) => ({ value: cost, itemStyle: { color: colour(kind) } })),
          label: {
            show: true,
            position: 'right',
            color: colour('text'),
            formatter: ({ value }: { value: number }) => costInWords(value, unit === 'dollars' ? unit : 'cost'),
          },
        },
      ],
    },
  };
}

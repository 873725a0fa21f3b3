import { duration } from '../demo/units';
import type { Amounts } from '../../workload/job';
import { axis, type Chart, LEGEND } from './chart';
import {
  ACTIVE_STATES,
  type CostComparison,
  type CostUnit,
  costInWords,
  type JobTimeline,
  type ReportContent,
  type Sample,
  type WaitPercentiles,
} from './model';
import { type Colour, colour, SERIES_COLOURS } from './palette';

const RESOURCES = [
  { key: 'vcpus', name: 'vCPUs' },
  { key: 'memoryMiB', name: 'Memory, GiB' },
  { key: 'gpus', name: 'GPUs' },
] as const satisfies readonly { key: keyof Amounts; name: string }[];

const HEIGHT = 280;

/** The charts of what there is to show, in the order of the page. */
export function charts({ samples = [], waits = [], waitPercentiles = [], costs, timeline }: ReportContent): Chart[] {
  return [
    ...(samples.length > 0 ? [jobsByState(samples), instancesByPool(samples), ...packing(samples)] : []),
    ...(samples.length > 0 ? [shortage(samples)] : []),
    ...(waits.some(({ seconds }) => seconds.length > 0) ? [waitDistribution(waits)] : []),
    ...(waitPercentiles.length > 0 ? [percentileBars(waitPercentiles)] : []),
    ...(costs ? [costBars(costs)] : []),
    ...(timeline ? [jobTimeline(timeline)] : []),
  ];
}

function jobsByState(samples: readonly Sample[]): Chart {
  const colours: readonly Colour[] = ['grey', 'purple', 'orange', 'yellow', 'blue'];
  const states = ACTIVE_STATES.map((state, index) => ({ state, colour: colours[index]! })).filter(({ state }) =>
    samples.some(({ jobs }) => jobs[state] > 0),
  );
  return {
    title: 'Jobs by state',
    caption: 'Jobs that had not ended, stacked.',
    height: HEIGHT,
    option: {
      ...overTime(samples),
      series: states.map(({ state, colour: own }) => area(state, own, samples, ({ jobs }) => jobs[state])),
    },
  };
}

function instancesByPool(samples: readonly Sample[]): Chart {
  return {
    title: 'Instances by pool',
    caption: 'Launched and not yet terminated, stacked; those that boot are paid, too.',
    height: HEIGHT,
    option: {
      ...overTime(samples),
      series: poolNames(samples).map((pool, index) =>
        area(pool, SERIES_COLOURS[index % SERIES_COLOURS.length]!, samples, ({ instances }) => instances[pool] ?? 0),
      ),
    },
  };
}

/** What instances offer and what jobs have of it, for each resource that there was. */
function packing(samples: readonly Sample[]): Chart[] {
  return RESOURCES.filter(({ key }) => samples.some(({ offered }) => offered[key] > 0)).map(({ key, name }) => ({
    title: `${name} in use`,
    caption: 'What registered instances offer to jobs, and what jobs have of it.',
    height: HEIGHT,
    option: {
      ...overTime(samples),
      series: [
        line('offered', 'grey', samples, ({ offered }) => inUnit(key, offered[key])),
        { ...line('in use', 'blue', samples, ({ used }) => inUnit(key, used[key])), areaStyle: { opacity: 0.25 } },
      ],
    },
  }));
}

function shortage(samples: readonly Sample[]): Chart {
  const short = RESOURCES.filter(({ key }) => samples.some((sample) => sample.short[key] > 0));
  return {
    title: 'Short by',
    caption: 'What waiting jobs asked for beyond what was free. A short peak is what instances boot for.',
    height: HEIGHT,
    option: {
      ...overTime(samples),
      series: (short.length > 0 ? short : [RESOURCES[0]]).map(({ key, name }, index) =>
        line(name, SERIES_COLOURS[index]!, samples, (sample) => inUnit(key, sample.short[key])),
      ),
    },
  };
}

/** How many of the jobs had started after how long. */
function waitDistribution(waits: NonNullable<ReportContent['waits']>): Chart {
  const curves = waits
    .filter(({ seconds }) => seconds.length > 0)
    .map(({ name, seconds }) => ({ name, sorted: [...seconds].sort((a, b) => a - b) }));
  return {
    title: 'Waits',
    caption: 'Share of jobs that had started within a time after their submission.',
    height: HEIGHT,
    option: {
      grid: { left: 12, right: 44, top: 44, bottom: 12, containLabel: true },
      xAxis: axis({ type: 'log', min: 1, axisLabel: { formatter: (value: number) => duration(value) } }),
      yAxis: axis({ type: 'value', min: 0, max: 100, axisLabel: { formatter: '{value} %' } }),
      series: curves.map(({ name, sorted }, index) => ({
        ...LINE,
        name,
        color: colour(SERIES_COLOURS[index % SERIES_COLOURS.length]!),
        data: cumulative(sorted),
      })),
    },
  };
}

const MOST_POINTS = 300;

/** @param sorted seconds. @returns seconds, of at least one, and percent, at no more points than can be seen */
export function cumulative(sorted: readonly number[]): [number, number][] {
  const step = Math.max(1, Math.floor(sorted.length / MOST_POINTS));
  const points = sorted
    .map((seconds, index): [number, number] => [Math.max(1, seconds), ((index + 1) * 100) / sorted.length])
    .filter((_, index) => index % step === 0 || index === sorted.length - 1);
  return [[1, sorted.filter((seconds) => seconds < 1).length * (100 / sorted.length)], ...points];
}

function percentileBars(policies: readonly WaitPercentiles[]): Chart {
  const rows = [...policies].reverse();
  const parts = ['p50', 'p95', 'p99'] as const;
  return {
    title: 'Waits',
    caption:
      'From submission to the last start: half of the jobs waited no longer than p50, all but one in a hundred no longer than p99.',
    height: 70 + 54 * rows.length,
    option: {
      grid: { left: 12, right: 80, top: 44, bottom: 12, containLabel: true },
      xAxis: axis({ type: 'value', axisLabel: { formatter: (value: number) => duration(value), hideOverlap: true } }),
      yAxis: axis({ type: 'category', data: rows.map(({ name }) => name), splitLine: { show: false } }),
      series: [...parts].reverse().map((part, index) => ({
        name: part,
        type: 'bar',
        color: colour((['orange', 'yellow', 'blue'] as const)[index]!),
        data: rows.map((row) => row[part]),
        label: {
          show: true,
          position: 'right',
          color: colour('text'),
          formatter: ({ value }: { value: number }) => duration(value),
        },
      })),
    },
  };
}

const UNITS: Record<CostUnit, string> = {
  dollars: 'dollars',
  cost: "the unit of the pools' cost",
  'vCPU hours': 'hours of vCPUs',
};

function costBars({ unit, bounds, costs }: CostComparison): Chart {
  const rows = [
    { name: 'bound: work', cost: bounds.work, kind: 'grey' as const },
    ...(bounds.zeroWait === undefined
      ? []
      : [{ name: 'bound: no wait', cost: bounds.zeroWait, kind: 'grey' as const }]),
    ...costs.map(({ name, cost, own }) => ({ name, cost, kind: own ? ('blue' as const) : ('orange' as const) })),
  ].reverse();
  return {
    title: 'Cost',
    caption: `Instance time, in ${UNITS[unit]}: what no schedule can cost less than, this one, and others on the same jobs.`,
    height: 60 + 34 * rows.length,
    option: {
      legend: { show: false },
      grid: { left: 12, right: 70, top: 12, bottom: 12, containLabel: true },
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

const SPAN_COLOURS: Record<JobTimeline['spans'][number]['state'], Colour> = {
  waiting: 'orange',
  running: 'blue',
  failed: 'bad',
  succeeded: 'green',
};

function jobTimeline({ title, spans }: JobTimeline): Chart {
  const rows = [...new Set(spans.map(({ row }) => row))].reverse();
  const from = Math.min(...spans.map((span) => span.from));
  const used = [...new Set(spans.map(({ state }) => state))];
  return {
    title: 'One job',
    caption: title,
    height: 90 + 40 * rows.length,
    option: {
      grid: { left: 12, right: 44, top: 44, bottom: 12, containLabel: true },
      xAxis: axis({ type: 'value', min: 0, axisLabel: { formatter: sinceStart, hideOverlap: true } }),
      yAxis: axis({ type: 'category', data: rows, splitLine: { show: false } }),
      legend: { ...LEGEND, data: used },
      series: used.map((state) => ({
        name: state,
        type: 'custom',
        color: colour(SPAN_COLOURS[state]),
        renderItem: bar,
        encode: { x: [1, 2], y: 0 },
        data: spans
          .filter((span) => span.state === state)
          .map((span) => [rows.indexOf(span.row), (span.from - from) / 1000, (span.to - from) / 1000]),
      })),
    },
  };
}

interface RenderApi {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
  size(span: [number, number]): [number, number];
  visual(name: 'color'): string;
}

function bar(_params: unknown, api: RenderApi): object {
  const row = api.value(0);
  const [x, y] = api.coord([api.value(1), row]);
  const [end] = api.coord([api.value(2), row]);
  const height = api.size([0, 1])[1] * 0.6;
  return {
    type: 'rect',
    shape: { x, y: y - height / 2, width: Math.max(1, end - x), height },
    style: { fill: api.visual('color') },
  };
}

const LINE = { type: 'line', showSymbol: false, lineStyle: { width: 2 } };

function line(name: string, own: Colour, samples: readonly Sample[], value: (sample: Sample) => number): object {
  const [first] = samples;
  return {
    ...LINE,
    name,
    step: 'end',
    color: colour(own),
    data: samples.map((sample) => [(sample.time - first!.time) / 1000, value(sample)]),
  };
}

function area(name: string, own: Colour, samples: readonly Sample[], value: (sample: Sample) => number): object {
  return { ...line(name, own, samples, value), stack: 'all', lineStyle: { width: 0 }, areaStyle: { opacity: 0.85 } };
}

function overTime(samples: readonly Sample[]): object {
  const seconds = (samples.at(-1)!.time - samples[0]!.time) / 1000;
  return {
    xAxis: axis({
      type: 'value',
      min: 0,
      max: seconds,
      interval: roundInterval(seconds),
      axisLabel: { formatter: sinceStart, hideOverlap: true, showMaxLabel: false },
    }),
    yAxis: axis({ type: 'value', min: 0, minInterval: 1 }),
  };
}

const INTERVALS = [60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Between the labels of a time axis: some five of them, at times that people say. */
export function roundInterval(seconds: number): number {
  const days = Math.ceil(seconds / 5 / 86_400) * 86_400;
  return INTERVALS.find((interval) => seconds / interval <= 6) ?? days;
}

function sinceStart(seconds: number): string {
  return seconds === 0 ? '0' : duration(seconds);
}

function inUnit(key: keyof Amounts, value: number): number {
  return key === 'memoryMiB' ? Math.round(value / 102.4) / 10 : value;
}

function poolNames(samples: readonly Sample[]): string[] {
  return [...new Set(samples.flatMap(({ instances }) => Object.keys(instances)))];
}

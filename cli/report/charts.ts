import type { Amounts } from '../../workload/job';
import { axis, type Chart, HEIGHT, LINE } from './chart';
import { costBars } from './cost-chart';
import { jobTimeline } from './job-chart';
import { ACTIVE_STATES, type ReportContent, type Sample } from './model';
import { type Colour, colour, seriesColour } from './palette';
import { timeAxis } from './time-axis';
import { percentileBars, waitDistribution } from './wait-charts';

const RESOURCES = [
  { key: 'vcpus', name: 'vCPUs' },
  { key: 'memoryMiB', name: 'Memory, GiB' },
  { key: 'gpus', name: 'GPUs' },
] as const satisfies readonly { key: keyof Amounts; name: string }[];

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
    legend: states.map(({ state, colour: own }) => ({ name: state, colour: own })),
    option: {
      ...overTime(samples),
      series: states.map(({ state, colour: own }) => area(state, own, samples, ({ jobs }) => jobs[state])),
    },
  };
}

function instancesByPool(samples: readonly Sample[]): Chart {
  const pools = poolNames(samples).map((name, index) => ({ name, colour: seriesColour(index) }));
  return {
    title: 'Instances by pool',
    caption: 'Launched and not yet terminated, stacked; those that boot are paid, too.',
    height: HEIGHT,
    legend: pools,
    option: {
      ...overTime(samples),
      series: pools.map(({ name, colour: own }) => area(name, own, samples, ({ instances }) => instances[name] ?? 0)),
    },
  };
}

/** What instances offer and what jobs have of it, for each resource that there was. */
function packing(samples: readonly Sample[]): Chart[] {
  return RESOURCES.filter(({ key }) => samples.some(({ offered }) => offered[key] > 0)).map(({ key, name }) => ({
    title: `${name} in use`,
    caption: 'What registered instances offer to jobs, and what jobs have of it.',
    height: HEIGHT,
    legend: [
      { name: 'offered', colour: 'grey' },
      { name: 'in use', colour: 'blue' },
    ],
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
  const found = RESOURCES.filter(({ key }) => samples.some((sample) => sample.short[key] > 0));
  const short = (found.length > 0 ? found : [RESOURCES[0]]).map((one, index) => ({
    ...one,
    colour: seriesColour(index),
  }));
  return {
    title: 'Short by',
    caption: 'What waiting jobs asked for beyond what was free. A short peak is what instances boot for.',
    height: HEIGHT,
    legend: short,
    option: {
      ...overTime(samples),
      series: short.map(({ key, name, colour: own }) =>
        line(name, own, samples, (sample) => inUnit(key, sample.short[key])),
      ),
    },
  };
}

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
  return {
    xAxis: timeAxis((samples.at(-1)!.time - samples[0]!.time) / 1000),
    yAxis: axis({ type: 'value', min: 0, minInterval: 1, splitNumber: 4 }),
  };
}

function inUnit(key: keyof Amounts, value: number): number {
  return key === 'memoryMiB' ? Math.round(value / 102.4) / 10 : value;
}

function poolNames(samples: readonly Sample[]): string[] {
  return [...new Set(samples.flatMap(({ instances }) => Object.keys(instances)))];
}

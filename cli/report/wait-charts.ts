import { duration } from '../demo/units';
import { axis, type Chart, HEIGHT, LINE, NAMED_ROWS } from './chart';
import type { ReportContent, WaitPercentiles } from './model';
import { colour, seriesColour } from './palette';

/** How many of the jobs had started after how long. */
export function waitDistribution(waits: NonNullable<ReportContent['waits']>): Chart {
  const curves = waits
    .filter(({ seconds }) => seconds.length > 0)
    .map(({ name, seconds }, index) => ({
      name,
      sorted: [...seconds].sort((a, b) => a - b),
      colour: seriesColour(index),
    }));
  const marks = logMarks(Math.max(...curves.map(({ sorted }) => sorted.at(-1)!)));
  return {
    title: 'Waits',
    caption: 'Share of jobs that had started within a time after their submission.',
    height: HEIGHT,
    legend: curves,
    option: {
      xAxis: axis({
        type: 'log',
        min: 1,
        max: marks.at(-1),
        axisTick: { customValues: marks },
        axisLabel: { customValues: marks, formatter: (value: number) => duration(value), alignMaxLabel: 'right' },
      }),
      yAxis: axis({ type: 'value', min: 0, max: 100, axisLabel: { formatter: '{value} %' } }),
      series: curves.map(({ name, sorted, colour: own }) => ({
        ...LINE,
        name,
        step: 'end',
        color: colour(own),
        data: cumulative(sorted),
      })),
    },
  };
}

/** A second, ten, a minute, …: waits as people say them, some ten times one another. */
const WAITS = [1, 10, 60, 600, 3600, 6 * 3600, 86_400, 10 * 86_400];

/** @param most seconds. @returns those up to the first that is no less */
function logMarks(most: number): number[] {
  const last = WAITS.findIndex((seconds) => seconds >= Math.max(most, 10));
  return WAITS.slice(0, last < 0 ? undefined : last + 1);
}

const MOST_POINTS = 300;

/** @param sorted seconds. @returns seconds, of at least one, and percent, at no more points than can be seen */
function cumulative(sorted: readonly number[]): [number, number][] {
  const step = Math.max(1, Math.floor(sorted.length / MOST_POINTS));
  const points = sorted
    .map((seconds, index): [number, number] => [Math.max(1, seconds), ((index + 1) * 100) / sorted.length])
    .filter((_, index) => index % step === 0 || index === sorted.length - 1);
  return [[1, sorted.filter((seconds) => seconds < 1).length * (100 / sorted.length)], ...points];
}

export function percentileBars(policies: readonly WaitPercentiles[]): Chart {
  const rows = [...policies].reverse();
  const parts = [
    { name: 'p50', colour: 'blue' },
    { name: 'p95', colour: 'yellow' },
    { name: 'p99', colour: 'orange' },
  ] as const;
  return {
    title: 'Waits',
    caption:
      'From submission to the last start: half of the jobs waited no longer than p50, all but one in a hundred no longer than p99.',
    height: 40 + 54 * rows.length,
    legend: parts,
    option: {
      grid: { ...NAMED_ROWS, right: 80 },
      xAxis: axis({ type: 'value', axisLabel: { formatter: (value: number) => duration(value), hideOverlap: true } }),
      yAxis: axis({ type: 'category', data: rows.map(({ name }) => name), splitLine: { show: false } }),
      series: [...parts].reverse().map(({ name, colour: own }) => ({
        name,
        type: 'bar',
        color: colour(own),
        data: rows.map((row) => row[name]),
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

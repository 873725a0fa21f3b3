import { axis, type Chart, NAMED_ROWS } from './chart';
import type { JobTimeline } from './model';
import { type Colour, colour } from './palette';
import { timeAxis } from './time-axis';

const SPAN_COLOURS: Record<JobTimeline['spans'][number]['state'], Colour> = {
  waiting: 'orange',
  running: 'blue',
  failed: 'bad',
  succeeded: 'green',
};

export function jobTimeline({ title, spans }: JobTimeline): Chart {
  const rows = [...new Set(spans.map(({ row }) => row))].reverse();
  const from = Math.min(...spans.map((span) => span.from));
  const seconds = (Math.max(...spans.map((span) => span.to)) - from) / 1000;
  const used = [...new Set(spans.map(({ state }) => state))];
  return {
    title: 'One job',
    caption: title,
    height: 50 + 40 * rows.length,
    legend: used.map((state) => ({ name: state, colour: SPAN_COLOURS[state] })),
    option: {
      grid: NAMED_ROWS,
      xAxis: timeAxis(seconds),
      yAxis: axis({ type: 'category', data: rows, splitLine: { show: false } }),
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

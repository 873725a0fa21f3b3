import { init } from 'echarts';
import type { EChartsCoreOption } from 'echarts';

import { type Colour, colour } from './palette';

/** About as wide as it is shown: labels keep their size on a phone as well as beside other charts. */
const WIDTH = 400;
const WIDEST = 480;

export interface Chart {
  readonly title: string;
  /** What is seen, for those who do not see it, and under the chart. */
  readonly caption: string;
  readonly height: number;
  /** Outside of the drawing, for it to be read and to wrap as text does. @default none */
  readonly legend?: readonly LegendEntry[];
  readonly option: EChartsCoreOption;
}

/** What the colours of a chart stand for. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: Colour;
}

export const HEIGHT = 220;
/** Where names stand beside the axis: a browser's letters are wider than those that the drawing reckons with. */
export const NAMED_ROWS = { left: 24, right: 16, top: 10, bottom: 8, containLabel: true };
export const LINE = { type: 'line', showSymbol: false, lineStyle: { width: 2 } };

const AXIS = {
  axisLine: { lineStyle: { color: colour('line') } },
  axisTick: { lineStyle: { color: colour('line') } },
  axisLabel: { color: colour('muted'), fontSize: 12 },
  splitLine: { lineStyle: { color: colour('line') } },
};

/** An axis in the colours of the page. */
export function axis(own: object): object {
  return { ...AXIS, ...own, axisLabel: { ...AXIS.axisLabel, ...(own as { axisLabel?: object }).axisLabel } };
}

/** The drawing, as SVG that scales with the page and takes its colours from it. */
export function drawing({ height, option }: Chart): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'system-ui, sans-serif', color: colour('text') },
      grid: { left: 8, right: 16, top: 10, bottom: 8, containLabel: true },
      ...(harmless(option) as EChartsCoreOption),
    });
    return scaled(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/**
 * ECharts keeps the widths of texts in a plain object, by the texts. One that is called as what every object has,
 * `__proto__`, would have it write into all objects of the process. A word joiner behind it is not seen.
 */
function harmless(option: unknown): unknown {
  if (typeof option === 'string') return option in Object.prototype ? `${option}\u2060` : option;
  if (Array.isArray(option)) return option.map(harmless);
  if (option === null || typeof option !== 'object') return option;
  return Object.fromEntries(Object.entries(option).map(([name, value]) => [name, harmless(value)]));
}

/** As wide as there is room, and little wider than it was drawn. */
function scaled(svg: string): string {
  return svg.replace(/<svg width="(\d+)" height="(\d+)"/, `<svg style="width:100%;max-width:${WIDEST}px;height:auto"`);
}

import { init } from 'echarts';
import type { EChartsCoreOption } from 'echarts';

import { colour } from './palette';

/** Wide enough for a phone held upright to read it, once it is as wide as the screen. */
const WIDTH = 640;

export interface Chart {
  readonly title: string;
  /** What is seen, for those who do not see it, and under the chart. */
  readonly caption: string;
  readonly height: number;
  readonly option: EChartsCoreOption;
}

export const LEGEND = {
  top: 4,
  left: 4,
  icon: 'roundRect',
  itemWidth: 12,
  itemHeight: 12,
  itemGap: 16,
  textStyle: { color: colour('text'), fontSize: 13 },
};

const AXIS = {
  axisLine: { lineStyle: { color: colour('line') } },
  axisTick: { lineStyle: { color: colour('line') } },
  axisLabel: { color: colour('muted'), fontSize: 13 },
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
      grid: { left: 12, right: 20, top: 44, bottom: 12, containLabel: true },
      legend: LEGEND,
      ...option,
    });
    return scaled(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** As wide as there is room, and no wider than it was drawn. */
function scaled(svg: string): string {
  return svg.replace(/<svg width="(\d+)" height="(\d+)"/, `<svg style="width:100%;max-width:${WIDTH}px;height:auto"`);
}

import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** Columns of a dashboard. */
const WHOLE_WIDTH = 24;
const HEIGHT = 6;

/** Those that CloudWatch takes by itself, but for red. */
const COLOURS = [
  cloudwatch.Color.BLUE,
  cloudwatch.Color.ORANGE,
  cloudwatch.Color.GREEN,
  cloudwatch.Color.PURPLE,
  cloudwatch.Color.BROWN,
  '#17becf',
  '#bcbd22',
  cloudwatch.Color.PINK,
  cloudwatch.Color.GREY,
];
const REDS = [cloudwatch.Color.RED, '#ff9896', '#8c1c1c', '#f4a582', '#b2182b', '#fddbc7'];

/** What is bad is red, each of several in a shade of its own. @param index from 0 */
export function red(index: number): string {
  return REDS[index % REDS.length]!;
}

/** Unit of counts: how long a period is depends on the time that the dashboard shows. */
export const PER_PERIOD = 'in each period';

/** A row of graphs under a heading; nothing where there is no graph. */
export function section(heading: string, ...graphs: (Graph | undefined)[]): cloudwatch.IWidget[] {
  const drawn = graphs.filter((graph) => graph !== undefined && graph.metrics.length > 0) as Graph[];
  if (drawn.length === 0) return [];
  return [
    new cloudwatch.TextWidget({
      markdown: `## ${heading}`,
      width: WHOLE_WIDTH,
      height: 1,
      background: cloudwatch.TextWidgetBackground.TRANSPARENT,
    }),
    ...drawn.map((graph) => graphWidget(graph, WHOLE_WIDTH / drawn.length)),
  ];
}

export interface Graph {
  readonly title: string;
  readonly metrics: readonly cloudwatch.Metric[];
  readonly stacked?: boolean;
  /** Of the left axis. */
  readonly unit?: string;
}

function graphWidget({ title, metrics, stacked, unit }: Graph, width: number): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({
    title,
    left: coloured(metrics),
    stacked,
    leftYAxis: { min: 0, label: unit, showUnits: false },
    width,
    height: HEIGHT,
  });
}

/** Gives each line a colour that means nothing, unless it has one that does. */
function coloured(metrics: readonly cloudwatch.Metric[]): cloudwatch.Metric[] {
  let index = 0;
  return metrics.map((metric) => (metric.color ? metric : metric.with({ color: COLOURS[index++ % COLOURS.length] })));
}

export function alarmStatus(alarms: readonly cloudwatch.IAlarm[]): cloudwatch.IWidget {
  return new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WHOLE_WIDTH });
}

/** What the values of one period come to. */
export interface Statistics {
  sum: number;
  count: number;
  minimum: number;
  maximum: number;
  /** How often each value came; what was put as a set of statistics is not in it. */
  readonly values: Map<number, number>;
}

export function noStatistics(): Statistics {
  return { sum: 0, count: 0, minimum: Infinity, maximum: -Infinity, values: new Map() };
}

export function addValue(statistics: Statistics, value: number, count: number): void {
  merge(statistics, { sum: value * count, count, minimum: value, maximum: value, values: new Map([[value, count]]) });
}

export function merge(into: Statistics, other: Statistics): void {
  into.sum += other.sum;
  into.count += other.count;
  into.minimum = Math.min(into.minimum, other.minimum);
  into.maximum = Math.max(into.maximum, other.maximum);
  for (const [value, count] of other.values) into.values.set(value, (into.values.get(value) ?? 0) + count);
}

/** Whether it is a statistic that CloudWatch knows and the local AWS computes. */
export function isStatistic(name: string): boolean {
  return /^(SampleCount|Average|Sum|Minimum|Maximum|p(100|\d{1,2}(\.\d+)?))$/.test(name);
}

export function statisticOf(statistics: Statistics, name: string): number {
  switch (name) {
    case 'SampleCount':
      return statistics.count;
    case 'Average':
      return statistics.sum / statistics.count;
    case 'Sum':
      return statistics.sum;
    case 'Minimum':
      return statistics.minimum;
    case 'Maximum':
      return statistics.maximum;
    default:
      return percentile(statistics.values, Number(name.slice(1)));
  }
}

/** The smallest value that so many percent of the samples do not exceed. */
function percentile(values: ReadonlyMap<number, number>, percent: number): number {
  const sorted = [...values].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen * 100 >= total * percent) return value;
  }
  return NaN;
}

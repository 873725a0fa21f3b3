/** From when until when, in seconds; the end does not belong to it. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export function lengthOf({ from, to }: Interval): number {
  return to - from;
}

/** What is left of intervals without others. */
export function without(intervals: readonly Interval[], others: readonly Interval[]): Interval[] {
  let left = [...intervals];
  for (const other of others) {
    left = left.flatMap(({ from, to }) => [
      { from, to: Math.min(to, other.from) },
      { from: Math.max(from, other.to), to },
    ]);
    left = left.filter((interval) => lengthOf(interval) > 0);
  }
  return left;
}

export function longest(intervals: readonly Interval[]): number {
  return Math.max(0, ...intervals.map(lengthOf));
}

export function overlaps(a: Interval, b: Interval): boolean {
  return a.from < b.to && b.from < a.to;
}

/** When at least so many of the intervals hold at once. */
export function whenAtLeast(count: number, intervals: readonly Interval[]): Interval[] {
  const steps = intervals.flatMap(({ from, to }) => [
    { at: from, change: 1 },
    { at: to, change: -1 },
  ]);
  steps.sort((a, b) => a.at - b.at || a.change - b.change);
  const found: Interval[] = [];
  let open = 0;
  let since: number | undefined;
  for (const { at, change } of steps) {
    open += change;
    if (open >= count) since ??= at;
    else if (since !== undefined) {
      if (at > since) found.push({ from: since, to: at });
      since = undefined;
    }
  }
  return found;
}

/** Percentiles and means of what was measured. */
export interface WaitStatistics {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** @param waits in seconds, in any order */
export function waitStatistics(waits: ArrayLike<number>): WaitStatistics {
  const sorted = Float64Array.from(waits).sort();
  return {
    mean: mean(sorted),
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
  };
}

/** Linear between the two nearest ranks. @param sorted in ascending order */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  if (sorted.length === 0) return 0;
  const rank = (sorted.length - 1) * part;
  const below = sorted[Math.floor(rank)]!;
  const above = sorted[Math.ceil(rank)]!;
  return below + (above - below) * (rank - Math.floor(rank));
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return values.length === 0 ? 0 : sum / values.length;
}

/** Response time over run time, where runs under a minute count as one: Feitelson's bounded slowdown. */
export function boundedSlowdown(waits: ArrayLike<number>, runs: ArrayLike<number>): number {
  return mean(Float64Array.from(runs, (run, index) => Math.max(1, (waits[index]! + run) / Math.max(run, 60))));
}

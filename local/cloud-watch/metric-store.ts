import type { SimulationClock } from '../simulation/clock';
import { GaugeSeries, RecordedSeries, SAMPLE_MILLISECONDS } from './metric-series';
import type { MetricIdentity, MetricSeries } from './metric-series';

/** All metrics, and who watches them. */
export class MetricStore {
  private readonly series = new Map<string, MetricSeries>();
  private readonly watchers = new Map<string, Set<() => void>>();

  constructor(private readonly clock: SimulationClock) {}

  /** The series that values are recorded in, for a writer that then calls `changed`. */
  recorded(identity: MetricIdentity, unit: string | undefined): RecordedSeries {
    const key = keyOf(identity);
    const known = this.series.get(key);
    if (known instanceof RecordedSeries) return known;
    const series = new RecordedSeries(identity, unit);
    this.series.set(key, series);
    return series;
  }

  record(identity: MetricIdentity, unit: string | undefined, time: number, values: readonly number[]): void {
    const series = this.recorded(identity, unit);
    for (const value of values) series.recordValue(time, value);
    this.changed(identity);
  }

  /** @returns to be called whenever one of the quantities may have changed; a sample is taken when the minute is over. */
  gauges(
    namespace: string,
    dimensions: Readonly<Record<string, string>>,
    readers: Readonly<Record<string, () => number>>,
  ): () => void {
    const gauges = Object.entries(readers).map(([metric, read]) => {
      const gauge = new GaugeSeries({ namespace, metric, dimensions }, read, () => this.clock.now());
      this.series.set(keyOf(gauge.identity), gauge);
      return gauge;
    });
    let due = false;
    return () => {
      if (due) return;
      due = true;
      this.clock.at(nextMinute(this.clock.now()), () => {
        due = false;
        for (const gauge of gauges) if (gauge.sample()) this.changed(gauge.identity);
      });
    };
  }

  get(identity: MetricIdentity): MetricSeries | undefined {
    return this.series.get(keyOf(identity));
  }

  all(): MetricSeries[] {
    return [...this.series.values()].filter((series) => series.lastTime() !== undefined);
  }

  /** Told after each change of the metric, also of one that does not exist yet. @returns how to stop. */
  watch(identity: MetricIdentity, watcher: () => void): () => void {
    const key = keyOf(identity);
    const watchers = this.watchers.get(key) ?? new Set();
    this.watchers.set(key, watchers.add(watcher));
    return () => watchers.delete(watcher);
  }

  changed(identity: MetricIdentity): void {
    for (const watcher of this.watchers.get(keyOf(identity)) ?? []) watcher();
  }
}

function nextMinute(time: number): number {
  return (Math.floor(time / SAMPLE_MILLISECONDS) + 1) * SAMPLE_MILLISECONDS;
}

function keyOf({ namespace, metric, dimensions }: MetricIdentity): string {
  const names = Object.keys(dimensions);
  if (names.length > 1) names.sort();
  // Nothing that is part of a metric's name may hold the separator.
  return names.reduce((key, name) => `${key}\0${name}\0${dimensions[name]}`, `${namespace}\0${metric}`);
}

import { addValue, merge, noStatistics } from './statistics';
import type { Statistics } from './statistics';

export interface MetricIdentity {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** The values of one metric over time. */
export interface MetricSeries {
  readonly identity: MetricIdentity;
  readonly unit: string | undefined;
  /** Whether the last value holds until another is known. */
  readonly holds: boolean;
  /** Of the values in [from, to), undefined when there are none. Milliseconds since the epoch. */
  statistics(from: number, to: number): Statistics | undefined;
  /** The time of the newest value. */
  lastTime(): number | undefined;
}

export const SAMPLE_MILLISECONDS = 60_000;
const SECOND = 1000;
/** How long CloudWatch keeps one-minute values. */
const RETENTION_MILLISECONDS = 15 * 86_400_000;
/** Old points are looked for once in so many new ones. */
const FORGET_EVERY = 1000;

/** Values that were put, kept by the second. */
export class RecordedSeries implements MetricSeries {
  readonly holds = false;
  /** Ordered by time. */
  private readonly points: { time: number; statistics: Statistics }[] = [];

  constructor(
    readonly identity: MetricIdentity,
    readonly unit: string | undefined,
  ) {}

  record(time: number, statistics: Statistics): void {
    const second = Math.floor(time / SECOND) * SECOND;
    const index = this.indexFrom(second);
    const point = this.points[index];
    if (point?.time === second) {
      merge(point.statistics, statistics);
    } else {
      const own = noStatistics();
      merge(own, statistics);
      this.points.splice(index, 0, { time: second, statistics: own });
    }
    if (this.points.length % FORGET_EVERY === 0) {
      this.points.splice(0, this.indexFrom(second - RETENTION_MILLISECONDS));
    }
  }

  recordValue(time: number, value: number, count = 1): void {
    const statistics = noStatistics();
    addValue(statistics, value, count);
    this.record(time, statistics);
  }

  statistics(from: number, to: number): Statistics | undefined {
    const total = noStatistics();
    for (let i = this.indexFrom(from); i < this.points.length && this.points[i]!.time < to; i++) {
      merge(total, this.points[i]!.statistics);
    }
    return total.count > 0 ? total : undefined;
  }

  lastTime(): number | undefined {
    return this.points.at(-1)?.time;
  }

  /** The index of the first point at or after the time. */
  private indexFrom(time: number): number {
    let high = this.points.length;
    if (high === 0 || this.points[high - 1]!.time < time) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.points[middle]!.time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A quantity of which a sample is taken each minute; only changes are kept. */
export class GaugeSeries implements MetricSeries {
  readonly holds = true;
  readonly unit = 'Count';
  private readonly changes: { time: number; value: number }[] = [];

  /** @param now until when samples have been taken. */
  constructor(
    readonly identity: MetricIdentity,
    private readonly read: () => number,
    private readonly now: () => number,
  ) {}

  /** @returns whether the value has changed. */
  sample(): boolean {
    const value = this.read();
    if (this.changes.at(-1)?.value === value) return false;
    const time = Math.floor(this.now() / SAMPLE_MILLISECONDS) * SAMPLE_MILLISECONDS;
    this.changes.push({ time, value });
    const oldest = time - RETENTION_MILLISECONDS;
    // The newest of the old changes still says what held at the beginning of what is kept.
    while (this.changes.length > 1 && this.changes[1]!.time < oldest) this.changes.shift();
    return true;
  }

  statistics(from: number, to: number): Statistics | undefined {
    const total = noStatistics();
    const end = Math.min(to, this.now() + 1);
    this.changes.forEach(({ time, value }, index) => {
      const first = Math.max(time, Math.ceil(from / SAMPLE_MILLISECONDS) * SAMPLE_MILLISECONDS);
      const last = Math.min(this.changes[index + 1]?.time ?? Infinity, end);
      const samples = Math.ceil((last - first) / SAMPLE_MILLISECONDS);
      if (samples > 0) addValue(total, value, samples);
    });
    return total.count > 0 ? total : undefined;
  }

  lastTime(): number | undefined {
    return this.changes.at(-1)?.time;
  }
}

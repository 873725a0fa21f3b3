/** One line of a log. */
export interface LogEvent {
  /** Grows with every event of the group. */
  readonly sequence: number;
  readonly stream: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly ingestedAt: number;
  readonly message: string;
}

export interface LogStream {
  readonly name: string;
  readonly createdAt: number;
  firstEventAt?: number;
  lastEventAt?: number;
  lastIngestedAt?: number;
}

/** How many events a group keeps: a long simulation must not fill the memory. */
const MAXIMUM_EVENTS = 20_000;
const DAY = 86_400_000;

/** The events of one log group, in the order they arrived. */
export class LogGroup {
  retentionDays: number | undefined;
  readonly tags: Record<string, string>;
  readonly streams = new Map<string, LogStream>();
  private events: LogEvent[] = [];
  private sequence = 0;

  constructor(
    readonly name: string,
    readonly arn: string,
    readonly createdAt: number,
    tags: Readonly<Record<string, string>> = {},
  ) {
    this.tags = { ...tags };
  }

  stream(name: string, now: number): LogStream {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = { name, createdAt: now };
      this.streams.set(name, stream);
    }
    return stream;
  }

  append(stream: LogStream, timestamp: number, now: number, message: string): void {
    this.events.push({ sequence: ++this.sequence, stream: stream.name, timestamp, ingestedAt: now, message });
    stream.firstEventAt = Math.min(stream.firstEventAt ?? timestamp, timestamp);
    stream.lastEventAt = Math.max(stream.lastEventAt ?? timestamp, timestamp);
    stream.lastIngestedAt = now;
    if (this.events.length > MAXIMUM_EVENTS * 1.1) this.events = this.events.slice(-MAXIMUM_EVENTS);
  }

  deleteStream(name: string): boolean {
    this.events = this.events.filter((event) => event.stream !== name);
    return this.streams.delete(name);
  }

  /** What the retention has left, ordered by time. */
  read(now: number): readonly LogEvent[] {
    const oldest = this.retentionDays === undefined ? -Infinity : now - this.retentionDays * DAY;
    if ((this.events[0]?.timestamp ?? Infinity) < oldest) {
      this.events = this.events.filter(({ timestamp }) => timestamp >= oldest);
    }
    return [...this.events].sort((a, b) => a.timestamp - b.timestamp || a.sequence - b.sequence);
  }

  storedBytes(): number {
    return this.events.reduce((sum, { message }) => sum + message.length + 26, 0);
  }
}

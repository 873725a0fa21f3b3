/** One API call, as IAM would have to judge it and a test wants to see it. */
export interface CallRecord {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The service as its credential scopes name it. */
  readonly service: string;
  readonly operation: string;
  readonly principalArn: string;
  readonly functionName?: string;
  readonly input: unknown;
  /** `ok`, or the error's name, or what a fault made of it. */
  readonly outcome: string;
}

/** Counts every call; keeps them whole only where somebody asked, since a virtual week makes many. */
export class CallLog {
  private readonly counters = new Map<string, Map<string, number>>();
  private readonly listeners: ((record: CallRecord) => void)[] = [];
  private kept?: CallRecord[];

  /** From now on whole records are kept. */
  keepRecords(): void {
    this.kept ??= [];
  }

  records(): readonly CallRecord[] {
    return this.kept ?? [];
  }

  /** Tells of each call as it is made, and of what AWS itself does with a role's rights. */
  onCall(listener: (record: CallRecord) => void): void {
    this.listeners.push(listener);
  }

  /** Calls by service and operation. */
  counts(): Record<string, Record<string, number>> {
    const sorted = (entries: Iterable<[string, number]>): Record<string, number> =>
      Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
    return Object.fromEntries([...this.counters].sort().map(([service, operations]) => [service, sorted(operations)]));
  }

  add(record: CallRecord): void {
    const { service, operation } = record;
    let operations = this.counters.get(service);
    if (!operations) this.counters.set(service, (operations = new Map()));
    operations.set(operation, (operations.get(operation) ?? 0) + 1);
    this.kept?.push(record);
    this.tell(record);
  }

  /** A call that AWS made with somebody's role: it uses up nobody's requests, so it is not counted. */
  addDelegated(record: CallRecord): void {
    this.tell(record);
  }

  private tell(record: CallRecord): void {
    for (const listener of this.listeners) listener(record);
  }
}

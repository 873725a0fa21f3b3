import { EXPIRY } from '../../lib/ledger/config';
import { numeric, text } from '../job-ledger/item';
import type { LedgerTable } from '../job-ledger/table';
import type { Cause, ScheduleState, SkipReason } from './model';
import { isoTime } from './run-names';

/** A state, and the count of writes to it: what was decided on it is written only if nobody has written since. */
export interface StoredState {
  readonly state: ScheduleState;
  readonly version: number;
}

/** What has become of a time: kept for whoever asks whether it has run. */
export interface RunRecord {
  readonly status: 'STARTED' | 'SKIPPED' | 'FAILED';
  readonly cause?: Cause;
  /** The job, or the workflow's run. */
  readonly id?: string;
  readonly reason?: SkipReason;
  readonly error?: string;
  readonly at: number;
}

/** The feature's name in the index of what is due. */
export const DUE_FOR_SCHEDULES = 'schedules';
const SCHEDULE = 'schedule#';
const RUN = 'run#';
const DAY_SECONDS = 86_400;

/** The schedules of one group, and what has become of their times, in the ledger's table. */
export class ScheduleStore {
  private readonly prefix: string;
  /** Of the group, in the index of what is due. */
  private readonly dueFor: string;

  constructor(
    private readonly table: LedgerTable,
    private readonly groupName: string,
    private readonly retentionDays: number,
  ) {
    this.prefix = `${SCHEDULE}${groupName}/`;
    this.dueFor = `${DUE_FOR_SCHEDULES}#${groupName}`;
  }

  async read(name: string): Promise<StoredState | undefined> {
    return (await this.readMany([name])).get(name);
  }

  async readMany(names: readonly string[]): Promise<Map<string, StoredState>> {
    const items = await this.table.getMany(names.map((name) => this.prefix + name));
    return new Map(
      [...items].map(([id, item]) => [
        id.slice(this.prefix.length),
        { state: JSON.parse(item['state']!.S!) as ScheduleState, version: Number(item['version']!.N) },
      ]),
    );
  }

  /**
   * @param dueAt when it is to be looked at again
   * @param expires whether the schedule is gone
   * @returns false when somebody has written since it was read
   */
  write(
    name: string,
    before: StoredState | undefined,
    state: ScheduleState,
    { now, dueAt, expires = false }: { now: number; dueAt?: number; expires?: boolean },
  ): Promise<boolean> {
    return this.table.update(this.prefix + name, {
      set: {
        state: text(JSON.stringify(state)),
        version: numeric((before?.version ?? 0) + 1),
        dueFor: dueAt === undefined ? undefined : text(this.dueFor),
        dueAt: dueAt === undefined ? undefined : numeric(dueAt),
        [EXPIRY]: expires ? this.expiry(now) : undefined,
      },
      expect: { version: before && numeric(before.version) },
    });
  }

  /** The names of the schedules that are to be looked at by now. */
  async *due(now: number): AsyncGenerator<string> {
    for await (const page of this.table.due(this.dueFor, now)) {
      for (const { id } of page) yield id!.S!.slice(this.prefix.length);
    }
  }

  /** What has become of times, as far as it is kept. */
  async records(name: string, times: readonly number[]): Promise<Map<number, RunRecord>> {
    if (times.length === 0) return new Map();
    const keys = new Map(times.map((time) => [this.runKey(name, time), time]));
    const items = await this.table.getMany([...keys.keys()]);
    return new Map([...items].map(([id, item]) => [keys.get(id)!, JSON.parse(item['record']!.S!) as RunRecord]));
  }

  async record(name: string, time: number, record: RunRecord): Promise<void> {
    const set = { record: text(JSON.stringify(record)), [EXPIRY]: this.expiry(record.at) };
    await this.table.update(this.runKey(name, time), { set });
  }

  private runKey(name: string, time: number): string {
    return `${RUN}${this.groupName}/${name}#${isoTime(time)}`;
  }

  private expiry(now: number) {
    return numeric(Math.ceil(now / 1000) + this.retentionDays * DAY_SECONDS);
  }
}

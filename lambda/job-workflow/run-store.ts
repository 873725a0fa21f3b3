import { EXPIRY } from '../../lib/ledger/config';
import { dueFor, endedRunsOf } from '../../lib/workflow/config';
import { numeric, text } from '../job-ledger/item';
import type { LedgerTable } from '../job-ledger/table';
import { dueAt } from './decide';
import type { Run } from './model';

/** A run as it was read: what was decided on it is written only if nobody has written since. */
export interface StoredRun {
  readonly run: Run;
  readonly version: number;
}

const PREFIX = 'workflow-run#';
const DAY_SECONDS = 86_400;

/** Of a run, in the ledger's table. */
export function runKey(runId: string): string {
  return PREFIX + runId;
}

/** The runs of one workflow, in the ledger's table. */
export class RunStore {
  constructor(
    private readonly table: LedgerTable,
    private readonly workflow: string,
    private readonly retentionDays: number,
    private readonly now: () => number,
  ) {}

  /** @returns undefined when there is none, or it is another workflow's */
  async read(runId: string): Promise<StoredRun | undefined> {
    const item = await this.table.get(runKey(runId));
    if (item?.['run']?.S === undefined) return undefined;
    const run = JSON.parse(item['run'].S) as Run;
    return run.workflow === this.workflow ? { run, version: Number(item['version']!.N) } : undefined;
  }

  /** @returns the run as it is now; undefined when somebody has written since it was read */
  async write(before: StoredRun | undefined, run: Run): Promise<StoredRun | undefined> {
    const due = dueAt(run, this.now());
    const version = (before?.version ?? 0) + 1;
    const written = await this.table.update(runKey(run.id), {
      set: {
        run: text(JSON.stringify(run)),
        version: numeric(version),
        dueFor: text(due === undefined ? endedRunsOf(this.workflow) : dueFor(this.workflow)),
        dueAt: numeric(due ?? run.startedAt),
        [EXPIRY]:
          run.endedAt === undefined
            ? undefined
            : numeric(Math.ceil(run.endedAt / 1000) + this.retentionDays * DAY_SECONDS),
      },
      expect: { version: before && numeric(before.version) },
    });
    return written ? { run, version } : undefined;
  }

  /** The ids of the runs that are to be looked at by now. */
  async *due(): AsyncGenerator<string> {
    for await (const page of this.table.due(dueFor(this.workflow), this.now())) {
      for (const { id } of page) yield id!.S!.slice(PREFIX.length);
    }
  }
}

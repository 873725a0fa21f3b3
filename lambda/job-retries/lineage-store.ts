import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DUE, EXPIRY } from '../../lib/ledger/config';
import type { LedgerTable } from '../job-ledger/table';
import { dueAt, hasEnded, type Lineage } from './lineage';

/** A lineage as it was read, or written. */
export interface Kept {
  readonly lineage: Lineage;
  /** Counts the writes. What was decided on a reading is written only if nobody was faster. */
  readonly version: number;
}

/** How long an ended lineage is kept. */
const RETENTION_SECONDS = 30 * 86_400;
const PREFIX = 'lineage#';

export function lineageKey(root: string): string {
  return `${PREFIX}${root}`;
}

/** The lineages in the ledger's table, one item each. */
export class LineageStore {
  private readonly feature: string;

  constructor(
    private readonly table: LedgerTable,
    retriesId: string,
    private readonly now: () => number,
  ) {
    this.feature = `retries#${retriesId}`;
  }

  async read(root: string): Promise<Kept | undefined> {
    const item = await this.table.get(lineageKey(root));
    const text = item?.['state']?.S;
    return text === undefined
      ? undefined
      : { lineage: JSON.parse(text) as Lineage, version: Number(item!['version']!.N) };
  }

  /** @returns undefined when somebody has written since it was read */
  async write(before: Kept | undefined, lineage: Lineage): Promise<Kept | undefined> {
    const now = this.now();
    const version = (before?.version ?? 0) + 1;
    const due = dueAt(lineage, now);
    const written = await this.table.update(lineageKey(lineage.root), {
      set: {
        state: { S: JSON.stringify(lineage) },
        version: numeric(version),
        [DUE.partition]: due === undefined ? undefined : { S: this.feature },
        [DUE.sort]: due === undefined ? undefined : numeric(due),
        [EXPIRY]: hasEnded(lineage) ? numeric(Math.ceil(now / 1000) + RETENTION_SECONDS) : undefined,
      },
      expect: { version: before && numeric(before.version) },
    });
    return written ? { lineage, version } : undefined;
  }

  /** The roots of what has to be seen to by now, the longest due first. */
  async *due(): AsyncGenerator<string[]> {
    for await (const keys of this.table.due(this.feature, this.now())) {
      yield keys.map(({ id }) => id!.S!.slice(PREFIX.length));
    }
  }
}

function numeric(value: number): AttributeValue {
  return { N: String(value) };
}

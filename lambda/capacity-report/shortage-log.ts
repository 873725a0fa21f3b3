import { LAUNCH_PATIENCE } from './report';
import type { Shortage } from './model';

/** Which shortages last, from look to look. Times are milliseconds since the epoch. */
export interface ShortageLog {
  readonly open: Readonly<Record<string, OpenShortage>>;
  /** What the last look wanted to be told. It has been once the lease of that look was given back. */
  readonly outbox: readonly Announcement[];
}

export interface OpenShortage {
  /** The first look that saw it. */
  readonly since: number;
  /** As it was when it was announced; absent while it is not believed yet. */
  readonly announced?: Shortage;
  /** The first look of those in a row that do not see it any more. */
  readonly missedSince?: number;
}

/** That a shortage has lasted, or has ended. */
export interface Announcement {
  /** The same for the beginning and the end of one shortage, and for every repetition of either. */
  readonly id: string;
  readonly state: 'BEGAN' | 'ENDED';
  readonly since: number;
  readonly endedAt?: number;
  /** As it was when it was announced. */
  readonly shortage: Shortage;
}

export const EMPTY_LOG: ShortageLog = { open: {}, outbox: [] };

/** How long a shortage of a kind must have been seen before it is believed; two looks at least. */
const BELIEVED_AFTER: Readonly<Partial<Record<Shortage['kind'], number>>> = { launch: LAUNCH_PATIENCE };

/**
 * Takes down what a look has seen. A shortage is announced when two looks in a row have seen it, and its end when two in
 * a row have not: lists lag, and what lasts less is of no interest.
 *
 * @param complete whether all that waits was read: else nothing has ended for not having been seen
 */
export function advance(
  before: ShortageLog,
  shortages: readonly Shortage[],
  complete: boolean,
  now: number,
): ShortageLog {
  const open: Record<string, OpenShortage> = {};
  const outbox: Announcement[] = [];
  const seen = new Map(shortages.map((shortage) => [keyOf(shortage), shortage]));
  for (const [key, shortage] of seen) {
    const known = before.open[key];
    if (!known) {
      open[key] = { since: now };
    } else if (known.announced) {
      open[key] = { since: known.since, announced: known.announced };
    } else {
      const believed = now - known.since >= (BELIEVED_AFTER[shortage.kind] ?? 0);
      open[key] = believed ? { since: known.since, announced: shortage } : known;
      if (believed) outbox.push({ id: idOf(key, known.since), state: 'BEGAN', since: known.since, shortage });
    }
  }
  for (const [key, known] of Object.entries(before.open)) {
    const { since, announced, missedSince } = known;
    if (seen.has(key) || !announced) continue;
    if (!complete) open[key] = { since, announced };
    else if (missedSince === undefined) open[key] = { ...known, missedSince: now };
    else outbox.push({ id: idOf(key, since), state: 'ENDED', since, endedAt: missedSince, shortage: announced });
  }
  return { open, outbox };
}

/** Of the shortages seen, those that have been announced and have not ended. */
export function lasting({ open }: ShortageLog, shortages: readonly Shortage[]): Shortage[] {
  return shortages.filter((shortage) => open[keyOf(shortage)]?.announced !== undefined);
}

function keyOf({ queueArn, kind, lacks }: Shortage): string {
  return [queueArn, kind, ...(kind === 'consumable' ? lacks.map(({ resource }) => resource) : [])].join('|');
}

function idOf(key: string, since: number): string {
  return `${key}|${new Date(since).toISOString()}`;
}

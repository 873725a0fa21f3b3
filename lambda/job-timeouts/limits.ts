import {
  type Limit,
  LIMITS,
  type Limits,
  limitTag,
  SHORTEST_SECONDS,
  type TimeoutsConfig,
} from '../../lib/timeouts/config';
import type { LedgerJob } from '../job-ledger/item';

/** A tag that says no time. */
export interface MalformedTag {
  readonly tag: string;
  readonly value: string;
  readonly problem: string;
}

/** What holds of one job, by its tags and by the construct. */
export interface JobLimits {
  readonly limits: Limits;
  readonly malformed: readonly MalformedTag[];
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** A tag tightens a limit, also where there is none; it loosens one as far as the construct's ceiling. */
export function limitsOf(
  { limits, ceilings }: Pick<TimeoutsConfig, 'limits' | 'ceilings'>,
  tags: LedgerJob['tags'],
): JobLimits {
  const own: Partial<Record<Limit, number>> = {};
  const malformed: MalformedTag[] = [];
  for (const limit of LIMITS) {
    const base = limits[limit];
    if (base !== undefined) own[limit] = base;
    const tag = limitTag(limit);
    const value = tags[tag];
    if (value === undefined) continue;
    const seconds = secondsOf(value);
    if (typeof seconds === 'string') malformed.push({ tag, value, problem: seconds });
    else own[limit] = Math.min(seconds, Math.max(base ?? Infinity, ceilings[limit] ?? 0));
  }
  return { limits: own, malformed };
}

/** @returns what is wrong with it, where something is */
function secondsOf(value: string): number | string {
  const [, amount, unit] = /^(\d{1,9})\s*([smhd]?)$/.exec(value.trim()) ?? [];
  if (amount === undefined) return 'it must be a whole number of seconds, or one with a unit: 90s, 30m, 12h, 2d';
  const seconds = Number(amount) * UNITS[unit!]!;
  return seconds < SHORTEST_SECONDS ? `it must be at least ${SHORTEST_SECONDS} s` : seconds;
}

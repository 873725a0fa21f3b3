import { checkBackfill } from '../../lambda/scheduled-job/backfill';
import { isoTime } from '../../lambda/scheduled-job/run-names';
import { UsageError } from '../command/errors';

/** ISO 8601, both included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * The period that somebody has typed. A day without a time means its first moment, or its last; today's last is now.
 *
 * @throws UsageError
 */
export function periodOf({ from, to }: Period, now: number): Period {
  try {
    const until = DAY.test(to) ? endOfDay(to, now) : to;
    const checked = checkBackfill({ schedule: 'any', from, to: until }, now);
    return { from: isoTime(checked.from), to: isoTime(checked.to) };
  } catch (error) {
    throw new UsageError((error as Error).message.replaceAll('backfill.', '--'));
  }
}

function endOfDay(day: string, now: number): string {
  const end = `${day}T23:59:59Z`;
  return Date.parse(end) > now && Date.parse(day) <= now ? isoTime(now) : end;
}

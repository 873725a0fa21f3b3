import type { Passed } from './decide';
import { signed } from '../job-ledger/stops';

/**
 * Why a job is ended, as AWS Batch is told: `RUNNABLE for 31 min, limit 30 min`. Jobs that have spent about the same
 * time share a reason, and so a call.
 */
export function reasonOf({ limit, limitSeconds, spentSeconds }: Passed, by: string): string {
  const what = limit === 'TOTAL' ? 'Not over' : limit;
  const over = limit === 'RUNNING' ? ' over all attempts' : limit === 'TOTAL' ? ' after submission' : '';
  const spent = limit === 'TOTAL' ? inWords(rounded(spentSeconds)) : `for ${inWords(rounded(spentSeconds))}`;
  return signed(`Timed out: ${what} ${spent}${over}, limit ${inWords(limitSeconds)}`, by);
}

/** To whole minutes, of long times. */
function rounded(seconds: number): number {
  return seconds < 600 ? seconds : seconds - (seconds % 60);
}

/** `1 h 30 min`, `90 s`. */
export function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

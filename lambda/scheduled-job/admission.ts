import type { ScheduleConfig } from '../../lib/schedule/config';
import type { ActiveRun, Cause, Run, Skip, StartingRun, WaitingRun } from './model';
import { untried } from './submission';

/** Runs that are started at one look; the rest at the next. */
export const MOST_STARTS = 50;
/** How long a run that was told to stop is left to end before it is told again. */
const STOP_PATIENCE = 60_000;

export interface Admission {
  readonly runs: readonly Run[];
  readonly stop: readonly ActiveRun[];
  readonly skipped: readonly Skip[];
}

/**
 * Lets runs start as far as the policy has room for them. What Scheduler asks for comes first; what was missed or is
 * filled in waits for room under every policy.
 *
 * @param runs those that are not over, and those that have come up, waiting
 * @param fresh the times of those that have come up
 */
export function admit(
  runs: readonly Run[],
  fresh: ReadonlySet<number>,
  { concurrencyPolicy, maxActiveRuns }: ScheduleConfig,
  now: number,
): Admission {
  const limit = maxActiveRuns ?? (concurrencyPolicy === 'ALLOW' ? Infinity : 1);
  const waiting = runs.filter((run): run is WaitingRun => run.stage === 'waiting').sort(inTurn);
  const busy = runs.filter((run): run is StartingRun | ActiveRun => run.stage !== 'waiting');
  if (concurrencyPolicy === 'REPLACE') return replace(waiting, busy, limit, now);
  const skipped: Skip[] = [];
  let starts = 0;
  const admitted: Run[] = waiting.flatMap((run): Run[] => {
    const room = busy.length + starts < limit;
    if (room && starts < MOST_STARTS) {
      starts++;
      return [starting(run, now)];
    }
    if (room || concurrencyPolicy === 'ALLOW' || !isOnTime(run) || !fresh.has(run.time)) return [run];
    skipped.push({ time: run.time, reason: 'ACTIVE_RUNS' });
    return [];
  });
  return { runs: [...busy, ...admitted], stop: [], skipped };
}

/** The latest runs stay: what is older makes room, and starts only where there is room to spare. */
function replace(
  waiting: readonly WaitingRun[],
  busy: readonly (StartingRun | ActiveRun)[],
  limit: number,
  now: number,
): Admission {
  const onTime = [...busy, ...waiting].filter(isOnTime);
  const isSuperseded = (run: Run): boolean => onTime.filter(({ time }) => time > run.time).length >= limit;
  const superseded = waiting.filter((run) => isOnTime(run) && isSuperseded(run));
  const skipped: Skip[] = superseded.map(({ time }) => ({ time, reason: 'REPLACED' }));
  const left = waiting.filter((run) => !skipped.some(({ time }) => time === run.time));
  // What has surely not been submitted need not be stopped.
  const unsubmitted = busy.filter((run): run is StartingRun => run.stage === 'starting' && run.next === 'submit');
  let excess = busy.length + left.filter(isOnTime).length - limit;
  const dropped = [...unsubmitted].sort(byTime).slice(0, Math.max(0, excess));
  skipped.push(...dropped.map(({ time }): Skip => ({ time, reason: 'REPLACED' })));
  const kept = busy.filter((run) => !dropped.includes(run as StartingRun));
  excess -= dropped.length;
  const leaving = kept
    .filter((run): run is ActiveRun => run.stage === 'active')
    .sort((a, b) => Number(b.stopAskedAt !== undefined) - Number(a.stopAskedAt !== undefined) || byTime(a, b))
    .slice(0, Math.max(0, excess));
  const stop = leaving.filter(({ stopAskedAt = -Infinity }) => now - stopAskedAt >= STOP_PATIENCE);
  let room = Math.min(limit - kept.length, MOST_STARTS);
  const admitted = left.map((run): Run => (room-- > 0 ? starting(run, now) : run));
  const remaining = kept.map((run): Run =>
    stop.includes(run as ActiveRun) ? { ...(run as ActiveRun), stopAskedAt: now } : run,
  );
  return { runs: [...remaining, ...admitted], stop, skipped };
}

function starting({ time, cause }: WaitingRun, now: number): StartingRun {
  return { stage: 'starting', time, cause, ...untried(now) };
}

const TURN: Readonly<Record<Cause, number>> = { SCHEDULE: 0, RETRY: 1, MISSED: 2, BACKFILL: 3 };

function inTurn(a: WaitingRun, b: WaitingRun): number {
  return TURN[a.cause] - TURN[b.cause] || byTime(a, b);
}

function byTime(a: { readonly time: number }, b: { readonly time: number }): number {
  return a.time - b.time;
}

function isOnTime({ cause }: Run): boolean {
  return cause === 'SCHEDULE';
}

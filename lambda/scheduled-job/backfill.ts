import { timesOf } from './due-times';
import type { ScheduleState } from './model';
import { isoTime } from './run-names';
import type { RunRecord } from './schedule-store';

/** What somebody asks the function for. Times are ISO 8601, with the zone or in UTC. */
export interface BackfillRequest {
  /** The schedule's name. */
  readonly schedule: string;
  readonly from: string;
  /** Included; not in the future. */
  readonly to: string;
  /** Tells what would run, and runs nothing. */
  readonly dryRun?: boolean;
}

export interface BackfillPlan {
  readonly schedule: string;
  readonly dryRun: boolean;
  /** Times that run now; ISO 8601. */
  readonly runs: readonly string[];
  /** Times that have run already, or are about to. */
  readonly done: readonly string[];
}

/** The most times of one backfill. */
export const MOST_BACKFILLED = 500;

/** @throws Error that says what is wrong with the request */
export function checkBackfill(request: BackfillRequest, now: number): { from: number; to: number } {
  const { schedule } = request;
  if (typeof schedule !== 'string' || schedule === '')
    throw new Error('backfill.schedule is missing: the name of a schedule');
  const [from, to] = [timeIn(request, 'from'), timeIn(request, 'to')];
  if (from > to)
    throw new Error(`backfill.from is ${request.from}; it must be no later than backfill.to, ${request.to}`);
  if (to > now)
    throw new Error(`backfill.to is ${request.to}; it must not be in the future, whose times come by themselves`);
  return { from, to };
}

/**
 * Whatever the schedule's start and end: somebody asks for the period.
 *
 * @throws Error when there are too many times
 */
export function backfilledTimes(
  { schedule, anchor }: ScheduleState,
  { from, to }: { readonly from: number; readonly to: number },
): number[] {
  const times = timesOf(
    { ...schedule, startAt: undefined, endAt: undefined },
    anchor ?? schedule.startAt,
    from - 1,
    to,
  );
  if (times.length <= MOST_BACKFILLED) return times;
  const period = `from ${isoTime(from)} to ${isoTime(to)}`;
  throw new Error(`There are more than ${MOST_BACKFILLED} times ${period}; ask for a shorter period`);
}

/** Times that have run, or are about to, do not run again. */
export function planBackfill(
  { schedule, runs }: ScheduleState,
  times: readonly number[],
  records: ReadonlyMap<number, RunRecord>,
  dryRun: boolean,
): BackfillPlan {
  const open = new Set(runs.map(({ time }) => time));
  const isDone = (time: number): boolean => open.has(time) || records.get(time)?.status === 'STARTED';
  return {
    schedule: schedule.name,
    dryRun,
    runs: times.filter((time) => !isDone(time)).map(isoTime),
    done: times.filter(isDone).map(isoTime),
  };
}

function timeIn(request: BackfillRequest, member: 'from' | 'to'): number {
  const text = request[member];
  const time = typeof text === 'string' ? Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`) : NaN;
  if (Number.isNaN(time))
    throw new Error(`backfill.${member} is ${JSON.stringify(text)}; it must be a time in ISO 8601`);
  return time;
}

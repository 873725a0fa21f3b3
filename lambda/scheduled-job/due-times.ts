import { scheduleTimes, type ScheduleTimes } from '../../lib/schedule/schedule-times';
import type { Schedule, ScheduleState, Situation } from './model';

/** How long after the end of its window an invocation is waited for before it is taken to be lost. */
export const GRACE = 150_000;
/** A time without an invocation that is no older than this is late; one that is older was missed. */
const LATE = 600_000;
/** How many times of a gap are looked at: the last so many. */
const MOST_TIMES = 1000;

/** Times that are to be decided now, and how far all are decided then. */
export interface DueTimes {
  /** Scheduler has invoked, or should have a little while ago. */
  readonly due: readonly number[];
  /** Nobody was there to start a run. */
  readonly missed: readonly number[];
  readonly decidedUpTo: number;
  readonly anchor?: number;
}

export function dueTimes(state: ScheduleState, { now, schedule, invoked }: Situation): DueTimes {
  const before = state.schedule;
  const changed = schedule.modifiedAt > before.modifiedAt;
  let { decidedUpTo } = state;
  const known = new Set([...state.decided, ...state.runs.map(({ time }) => time)]);
  const told = invoked.filter((time) => !known.has(time) && !passedOver(state, time));
  const due = new Set(told);
  const missed: number[] = [];
  const without = (times: readonly number[]) => times.filter((time) => !known.has(time) && !due.has(time));
  if (changed) {
    // What the schedule was until now is settled as it was then; what was due while it was suspended was missed.
    for (const time of without(timesOf(before, state.anchor, decidedUpTo, Math.min(schedule.modifiedAt, now)))) {
      if (before.enabled && !isOld(before, time, now)) due.add(time);
      else missed.push(time);
    }
    decidedUpTo = Math.max(decidedUpTo, schedule.modifiedAt);
  }
  const anchor = anchorOf(state, schedule, invoked, changed);
  if (schedule.enabled) {
    const until = now - schedule.windowSeconds * 1000 - GRACE;
    for (const time of without(timesOf(schedule, anchor, decidedUpTo, until))) {
      if (isOld(schedule, time, now)) missed.push(time);
      else due.add(time);
    }
    decidedUpTo = Math.max(decidedUpTo, until);
  }
  return { due: [...due].sort(ascending), missed, decidedUpTo, anchor };
}

/** When an invocation of a time that is not decided would be taken to be lost. */
export function nextCheck({ schedule, decidedUpTo, decided, anchor }: ScheduleState): number | undefined {
  if (!schedule.enabled) return undefined;
  const times = timesFor(schedule, anchor);
  let time = times.after(decidedUpTo);
  while (time !== undefined && decided.includes(time)) time = times.after(time);
  if (time === undefined || time > (schedule.endAt ?? Infinity)) return undefined;
  return time + schedule.windowSeconds * 1000 + GRACE + 1;
}

/** The last times of a schedule within a period, the oldest first. */
export function timesOf(schedule: Schedule, anchor: number | undefined, from: number, until: number): number[] {
  const { startAt = -Infinity, endAt = Infinity } = schedule;
  const first = Math.max(from, startAt - 1);
  const last = Math.min(until, endAt);
  return last <= first ? [] : timesFor(schedule, anchor).between(first, last, MOST_TIMES);
}

/** A time that a look has gone past: it was one of a gap that was too long ago. */
function passedOver({ schedule, anchor, decidedUpTo }: ScheduleState, time: number): boolean {
  return time <= decidedUpTo && timesOf(schedule, anchor, time - 1, time).length > 0;
}

function anchorOf(
  { anchor }: ScheduleState,
  schedule: Schedule,
  invoked: readonly number[],
  changed: boolean,
): number | undefined {
  if (!schedule.expression.startsWith('rate(')) return undefined;
  if (schedule.startAt !== undefined) return schedule.startAt;
  // Whether a change lets a rate count anew is not documented: what was before it tells nothing.
  const since = invoked.filter((time) => time >= schedule.modifiedAt);
  return since.length > 0 ? Math.max(...since) : changed ? undefined : anchor;
}

function timesFor({ expression, timeZone }: Schedule, anchor: number | undefined): ScheduleTimes {
  return scheduleTimes(expression, timeZone, anchor);
}

function isOld({ windowSeconds }: Schedule, time: number, now: number): boolean {
  return now - time > windowSeconds * 1000 + LATE;
}

function ascending(a: number, b: number): number {
  return a - b;
}

import { admit } from './admission';
import { dueTimes, nextCheck } from './due-times';
import type { Decision, Run, Schedule, ScheduleState, Situation, Skip, StartingRun, WaitingRun } from './model';

/** How soon a run that waits for room, or for another to end, is looked at again. */
const POLL = 30_000;

/** What is remembered of a schedule that was never looked at. */
export function initialState(schedule: Schedule): ScheduleState {
  return { schedule, decidedUpTo: schedule.createdAt, decided: [], runs: [] };
}

/** Which runs there are to be, and what is to be done about them now. */
export function decide(known: ScheduleState, situation: Situation): Decision {
  const { now, schedule, asked } = situation;
  const isAnother = schedule.createdAt > known.schedule.createdAt;
  const before = isAnother ? { ...known, ...initialState(schedule), runs: known.runs } : known;
  const { due, missed, decidedUpTo, anchor } = dueTimes(before, situation);
  const { missedRuns, startingDeadlineSeconds } = schedule.config;
  const madeUpFor = missedRuns === 0 ? [] : missed.slice(-missedRuns);
  const skipped = missed.filter((time) => !madeUpFor.includes(time)).map((time): Skip => ({ time, reason: 'MISSED' }));
  const left = before.runs.flatMap((run) => followed(run, situation));
  const taken = new Set([...left.map(({ time }) => time), ...due, ...madeUpFor]);
  const fresh: WaitingRun[] = [
    ...due.map((time): WaitingRun => ({ stage: 'waiting', time, cause: 'SCHEDULE' })),
    ...madeUpFor.map((time): WaitingRun => ({ stage: 'waiting', time, cause: 'MISSED' })),
    ...asked
      .filter(({ time }) => !taken.has(time))
      .map(({ time, cause }): WaitingRun => ({ stage: 'waiting', time, cause })),
  ];
  const inTime: Run[] = [];
  for (const run of [...left, ...fresh]) {
    if (isTooLate(run, startingDeadlineSeconds, now)) skipped.push({ time: run.time, reason: 'DEADLINE' });
    else inTime.push(run);
  }
  const admission = admit(inTime, new Set(due), schedule.config, now);
  const all = new Set([...before.decided, ...due, ...asked.map(({ time }) => time)]);
  const decided = [...all].filter((time) => time > decidedUpTo).sort((a, b) => a - b);
  const state: ScheduleState = { schedule, decidedUpTo, decided, anchor, runs: admission.runs };
  const toDo = admission.runs.filter((run): run is StartingRun => run.stage === 'starting' && run.at <= now);
  return {
    state,
    submit: toDo.filter(({ next }) => next === 'submit'),
    lookUp: toDo.filter(({ next }) => next === 'look up'),
    stop: admission.stop,
    skipped: [...skipped, ...admission.skipped],
    dueAt: dueAt(state, now),
  };
}

/** When a schedule is to be looked at again, whatever happens until then. */
export function dueAt(state: ScheduleState, now: number): number | undefined {
  const times = state.runs.flatMap((run) => {
    if (run.stage === 'starting') return run.at;
    return run.stage === 'waiting' ? now + POLL : [];
  });
  const check = nextCheck(state);
  if (check !== undefined) times.push(check);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** An active run as it has been observed; gone when it is over. */
function followed(run: Run, { observed }: Situation): Run[] {
  if (run.stage !== 'active') return [run];
  const seen = observed.get(run.id);
  if (seen === 'over') return [];
  return seen === undefined ? [run] : [{ ...run, id: seen.successor, stopAskedAt: undefined }];
}

/** What may have been submitted is found out first; what somebody asks for has no deadline. */
function isTooLate(run: Run, seconds: number | undefined, now: number): boolean {
  if (seconds === undefined || run.stage === 'active' || run.cause === 'BACKFILL' || run.cause === 'RETRY')
    return false;
  if (run.stage === 'starting' && run.next === 'look up') return false;
  return now - run.time > seconds * 1000;
}

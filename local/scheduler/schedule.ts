import type * as scheduler from '@aws-sdk/client-scheduler';
import { ServiceError } from '../wire/service';
import { InvalidScheduleExpression, isTimeZone, occurrences, parseScheduleExpression } from './schedule-expression';
import type { Occurrences, ScheduleExpression } from './schedule-expression';
import { validateTarget } from './target-call';

/** What `CreateSchedule` and `UpdateSchedule` say, checked. */
export interface ScheduleDefinition {
  readonly input: scheduler.CreateScheduleInput;
  readonly expression: string;
  readonly timezone: string;
  readonly kind: ScheduleExpression['kind'];
  readonly target: scheduler.Target;
  readonly enabled: boolean;
  /** 0 when the window is off. */
  readonly flexibleMinutes: number;
  /** Milliseconds since the epoch; nothing is invoked before and after. */
  readonly startAt: number;
  readonly endAt: number;
  readonly deleteAfterCompletion: boolean;
  readonly occurrences: Occurrences;
}

/**
 * @param now rates without a start date count from here, and occur here for the first time
 * @throws ServiceError as Scheduler refuses.
 */
export function defineSchedule(input: scheduler.CreateScheduleInput, now: number): ScheduleDefinition {
  const { ScheduleExpression: expression = '', ScheduleExpressionTimezone: timezone = 'UTC' } = input;
  const target = input.Target!;
  const { Mode, MaximumWindowInMinutes } = input.FlexibleTimeWindow!;
  if ((Mode === 'FLEXIBLE') !== (MaximumWindowInMinutes !== undefined)) {
    throw invalid('MaximumWindowInMinutes must be provided if, and only if, the mode of the window is FLEXIBLE.');
  }
  if (!isTimeZone(timezone)) throw invalid(`Invalid ScheduleExpressionTimezone ${timezone}.`);
  const startAt = input.StartDate?.getTime() ?? -Infinity;
  const endAt = input.EndDate?.getTime() ?? Infinity;
  if (endAt <= startAt) throw invalid('The EndDate you specify must come after the StartDate.');
  validateTarget(target);
  const parsed = parse(expression);
  const firstAt = input.StartDate === undefined ? now : startAt;
  const countsFrom = parsed.kind === 'rate' ? firstAt - parsed.milliseconds : firstAt;
  return {
    input,
    expression,
    timezone,
    kind: parsed.kind,
    target,
    enabled: input.State !== 'DISABLED',
    flexibleMinutes: MaximumWindowInMinutes ?? 0,
    startAt,
    endAt,
    deleteAfterCompletion: input.ActionAfterCompletion === 'DELETE',
    occurrences: occurrences(parsed, timezone, countsFrom),
  };
}

/** From when on a schedule is due that is made or changed now: the minute that has begun is over for cron. */
export function dueFrom({ kind }: ScheduleDefinition, now: number): number {
  return kind === 'cron' ? now + 1 : now;
}

/** The first time at or after `time` at which the schedule is due. */
export function nextDue({ occurrences: times, startAt, endAt }: ScheduleDefinition, time: number): number | undefined {
  const due = times.after(Math.max(time, startAt) - 1);
  return due === undefined || due > endAt ? undefined : due;
}

function parse(expression: string): ScheduleExpression {
  try {
    return parseScheduleExpression(expression);
  } catch (error) {
    if (!(error instanceof InvalidScheduleExpression)) throw error;
    throw invalid(`Invalid Schedule Expression ${error.message}.`);
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

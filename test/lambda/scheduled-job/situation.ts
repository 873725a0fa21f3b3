import type { Decision, Run, Schedule, ScheduleState, Situation } from '../../../lambda/scheduled-job/model';
import type { ScheduleConfig } from '../../../lib/schedule/config';

/** `2026-01-05T02:30`, in UTC. */
export function at(text: string): number {
  const time = Date.parse(`${text}Z`);
  if (Number.isNaN(time)) throw new Error(`${text} is no time`);
  return time;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Every day at 02:30. */
export function daily(config: Partial<ScheduleConfig> = {}, schedule: Partial<Schedule> = {}): Schedule {
  return {
    name: 'daily',
    expression: 'cron(30 2 * * ? *)',
    timeZone: 'UTC',
    windowSeconds: 0,
    enabled: true,
    createdAt: at('2026-01-01T00:00'),
    modifiedAt: at('2026-01-01T00:00'),
    ...schedule,
    config: {
      concurrencyPolicy: 'ALLOW',
      missedRuns: 1,
      target: { kind: 'job', jobQueue: 'queue', jobDefinition: 'job' },
      ...config,
    },
  };
}

export function situation(now: string, schedule: Schedule, rest: Partial<Situation> = {}): Situation {
  return { now: at(now), schedule, invoked: [], asked: [], observed: new Map(), ...rest };
}

/** Where all up to a time is decided. */
export function stateOf(schedule: Schedule, decidedUpTo: string, rest: Partial<ScheduleState> = {}): ScheduleState {
  return { schedule, decidedUpTo: at(decidedUpTo), decided: [], runs: [], ...rest };
}

export function active(time: string, id = `job-${time}`): Run {
  return { stage: 'active', time: at(time), cause: 'SCHEDULE', id, startedAt: at(time) };
}

/** A decision in the words of a test: times cut to minutes. */
export function words({ submit, lookUp, stop, skipped, state }: Decision): object {
  const minute = (time: number): string => new Date(time).toISOString().slice(0, 16);
  const some = (name: string, list: readonly unknown[]): object => (list.length > 0 ? { [name]: list } : {});
  return {
    ...some(
      'submit',
      submit.map(({ time }) => minute(time)),
    ),
    ...some(
      'lookUp',
      lookUp.map(({ time }) => minute(time)),
    ),
    ...some(
      'stop',
      stop.map(({ time }) => minute(time)),
    ),
    ...some(
      'skip',
      skipped.map(({ time, reason }) => `${minute(time)} ${reason}`),
    ),
    ...some(
      'wait',
      state.runs.filter(({ stage }) => stage === 'waiting').map(({ time }) => minute(time)),
    ),
  };
}

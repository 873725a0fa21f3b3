/** Which times run, which wait and which are skipped, and why. */
import { decide, initialState } from '../../../lambda/scheduled-job/decide';
import type { Run, Schedule, ScheduleState, Situation } from '../../../lambda/scheduled-job/model';
import { active, at, daily, DAY, HOUR, MINUTE, situation, stateOf, words } from './situation';

const FIFTH = '2026-01-05T02:30';

function decided(
  state: ScheduleState,
  now: string,
  rest: Partial<Situation> = {},
  schedule: Schedule = state.schedule,
) {
  return words(decide(state, situation(now, schedule, rest)));
}

describe('an invocation', () => {
  const state = stateOf(daily(), '2026-01-05T00:00');

  test('has the job of its time submitted', () => {
    expect(decided(state, FIFTH, { invoked: [at(FIFTH)] })).toEqual({ submit: [FIFTH] });
  });

  test('that comes again has not, whether the job is being submitted or has been', () => {
    const first = decide(state, situation(FIFTH, daily(), { invoked: [at(FIFTH)] })).state;
    expect(first.runs).toHaveLength(1);
    const submitting = { ...first, runs: first.runs.map((run): Run => ({ ...run, at: Infinity }) as Run) };
    expect(decided(submitting, FIFTH, { invoked: [at(FIFTH)] })).toEqual({});
    expect(decided({ ...first, runs: [] }, '2026-01-05T02:31', { invoked: [at(FIFTH)] })).toEqual({});
    const long = decide({ ...first, runs: [] }, situation('2026-01-09T00:00', daily({ missedRuns: 0 }))).state;
    expect(long.decided).toEqual([]);
    expect(decided(long, '2026-01-09T00:00', { invoked: [at(FIFTH)] })).toEqual({});
  });

  test('of a time that Scheduler alone knows counts all the same', () => {
    expect(decided(state, '2026-01-05T02:17', { invoked: [at('2026-01-05T02:16')] })).toEqual({
      submit: ['2026-01-05T02:16'],
    });
    const later = stateOf(daily(), '2026-01-05T03:00');
    expect(decided(later, '2026-01-05T03:10', { invoked: [at('2026-01-05T02:16')] })).toEqual({
      submit: ['2026-01-05T02:16'],
    });
  });

  test('that is late, and is overtaken by the next, is not forgotten', () => {
    const hourly = daily({}, { expression: 'rate(1 hour)', startAt: at('2026-01-05T00:00') });
    const before = stateOf(hourly, '2026-01-05T00:30');
    const next = decide(before, situation('2026-01-05T02:00', hourly, { invoked: [at('2026-01-05T02:00')] }));
    // It should have come an hour ago: that is made up for, once.
    expect(words(next)).toEqual({ submit: ['2026-01-05T02:00', '2026-01-05T01:00'] });
    expect(decided({ ...next.state, runs: [] }, '2026-01-05T02:01', { invoked: [at('2026-01-05T01:00')] })).toEqual({});
  });
});

describe('an invocation that does not come', () => {
  const state = stateOf(daily({ missedRuns: 0 }), '2026-01-05T00:00');

  test('is waited for, then done without', () => {
    const { dueAt } = decide(state, situation('2026-01-05T00:10', daily()));
    expect(dueAt).toBeGreaterThan(at(FIFTH) + 2 * MINUTE);
    expect(dueAt).toBeLessThan(at(FIFTH) + 3 * MINUTE);
    expect(decided(state, '2026-01-05T02:31')).toEqual({});
    expect(decided(state, '2026-01-05T02:33')).toEqual({ submit: [FIFTH] });
  });

  test('is waited for until its window is over', () => {
    const flexible = daily({ missedRuns: 0 }, { windowSeconds: 3600 });
    const before = stateOf(flexible, '2026-01-05T00:00');
    expect(decided(before, '2026-01-05T03:30')).toEqual({});
    expect(decided(before, '2026-01-05T03:33')).toEqual({ submit: [FIFTH] });
  });
});

describe('what was missed', () => {
  const missed = (missedRuns: number) => stateOf(daily({ missedRuns }), '2026-01-05T00:00');

  test.each([
    [0, { skip: ['2026-01-05T02:30 MISSED', '2026-01-06T02:30 MISSED', '2026-01-07T02:30 MISSED'] }],
    [1, { submit: ['2026-01-07T02:30'], skip: ['2026-01-05T02:30 MISSED', '2026-01-06T02:30 MISSED'] }],
    [2, { submit: ['2026-01-06T02:30', '2026-01-07T02:30'], skip: ['2026-01-05T02:30 MISSED'] }],
    [9, { submit: ['2026-01-05T02:30', '2026-01-06T02:30', '2026-01-07T02:30'] }],
  ])('is made up for by the last %i', (missedRuns, expected) => {
    expect(decided(missed(missedRuns), '2026-01-08T00:00')).toEqual(expected);
  });

  test('while suspended is settled when the schedule goes on, to the minute', () => {
    const suspended = daily({ missedRuns: 0 }, { enabled: false, modifiedAt: at('2026-01-05T01:00') });
    const state = stateOf(suspended, '2026-01-05T01:00');
    expect(decided(state, '2026-01-06T12:00')).toEqual({});
    expect(decide(state, situation('2026-01-06T12:00', suspended)).dueAt).toBeUndefined();
    const goesOn = { ...suspended, enabled: true, modifiedAt: at('2026-01-06T02:31') };
    expect(decided(state, '2026-01-06T02:31', {}, goesOn)).toEqual({
      skip: ['2026-01-05T02:30 MISSED', '2026-01-06T02:30 MISSED'],
    });
    const withLatest = { ...goesOn, config: { ...goesOn.config, missedRuns: 1 } };
    expect(decided(state, '2026-01-06T02:31', {}, withLatest)).toEqual({
      submit: ['2026-01-06T02:30'],
      skip: ['2026-01-05T02:30 MISSED'],
    });
  });

  test('is not what is due after the schedule has been suspended', () => {
    const state = stateOf(daily(), '2026-01-05T00:00');
    const suspended = daily({}, { enabled: false, modifiedAt: at('2026-01-05T02:00') });
    expect(decided(state, '2026-01-05T12:00', {}, suspended)).toEqual({});
  });

  test('of a rate is known only from a time that Scheduler has told', () => {
    const rate = daily({ missedRuns: 9 }, { expression: 'rate(6 hours)' });
    const fresh = initialState(rate);
    expect(decided(fresh, '2026-01-02T00:00')).toEqual({});
    const told = decide(fresh, situation('2026-01-01T01:02', rate, { invoked: [at('2026-01-01T01:00')] })).state;
    expect(decided({ ...told, runs: [] }, '2026-01-01T14:00')).toEqual({
      submit: ['2026-01-01T07:00', '2026-01-01T13:00'],
    });
    // A change may have let it count anew.
    const changed = { ...rate, modifiedAt: at('2026-01-01T02:00') };
    expect(decided({ ...told, runs: [] }, '2026-01-02T00:00', {}, changed)).toEqual({});
  });

  test('lies within the start and the end of the schedule', () => {
    const limited = daily({ missedRuns: 9 }, { startAt: at('2026-01-03T00:00'), endAt: at('2026-01-04T12:00') });
    expect(decided(initialState(limited), '2026-01-09T00:00')).toEqual({
      submit: ['2026-01-03T02:30', '2026-01-04T02:30'],
    });
    const over = decide(initialState(limited), situation('2026-01-09T00:00', limited)).state;
    expect(decide({ ...over, runs: [] }, situation('2026-01-09T00:01', limited)).dueAt).toBeUndefined();
  });

  test('before a schedule was made is nothing', () => {
    expect(decided(initialState(daily()), '2026-01-01T01:00')).toEqual({});
  });
});

describe('the starting deadline', () => {
  const schedule = daily({ startingDeadlineSeconds: 600, missedRuns: 9 });

  test('skips what is later than that', () => {
    const state = stateOf(schedule, '2026-01-05T00:00');
    expect(decided(state, '2026-01-05T02:40', { invoked: [at(FIFTH)] })).toEqual({ submit: [FIFTH] });
    expect(decided(state, '2026-01-05T02:41', { invoked: [at(FIFTH)] })).toEqual({ skip: [`${FIFTH} DEADLINE`] });
  });

  test('does not forget what may have been submitted', () => {
    const unsure: Run = { stage: 'starting', time: at(FIFTH), cause: 'SCHEDULE', next: 'look up', at: 0, attempts: 1 };
    const state = stateOf(schedule, '2026-01-05T00:00', { runs: [unsure] });
    expect(decided(state, '2026-01-05T03:00')).toEqual({ lookUp: [FIFTH] });
    const surelyNot = { ...state, runs: [{ ...unsure, next: 'submit' } as Run] };
    expect(decided(surelyNot, '2026-01-05T03:00')).toEqual({ skip: [`${FIFTH} DEADLINE`] });
  });

  test('is none for what somebody asks for', () => {
    const state = stateOf(schedule, '2026-01-09T00:00');
    const asked = [{ time: at(FIFTH), cause: 'BACKFILL' as const }];
    expect(decided(state, '2026-01-09T00:00', { asked })).toEqual({ submit: [FIFTH] });
  });
});

describe('ALLOW', () => {
  test('runs as many as there are', () => {
    const state = stateOf(daily(), '2026-01-05T00:00', {
      runs: [active('2026-01-03T02:30'), active('2026-01-04T02:30')],
    });
    expect(decided(state, FIFTH, { invoked: [at(FIFTH)] })).toEqual({ submit: [FIFTH] });
  });

  test('with a limit lets the rest wait, and starts the oldest when there is room', () => {
    const schedule = daily({ maxActiveRuns: 1 });
    const runs = [active('2026-01-04T02:30', 'a')];
    const state = decide(
      stateOf(schedule, '2026-01-05T00:00', { runs }),
      situation(FIFTH, schedule, { invoked: [at(FIFTH)] }),
    ).state;
    const next = '2026-01-06T02:30';
    const both = decide(state, situation(next, schedule, { invoked: [at(next)] }));
    expect(words(both)).toEqual({ wait: [FIFTH, next] });
    expect(both.dueAt).toBeLessThanOrEqual(at(next) + MINUTE);
    expect(decided(both.state, next, { observed: new Map([['a', 'over']]) })).toEqual({
      submit: [FIFTH],
      wait: [next],
    });
  });

  test('starts no more at a look than an invocation can', () => {
    const times = Array.from({ length: 120 }, (_, index) => at('2026-01-05T00:00') + index * MINUTE);
    const asked = times.map((time) => ({ time, cause: 'BACKFILL' as const }));
    const { submit, state } = decide(
      stateOf(daily(), '2026-01-09T00:00'),
      situation('2026-01-09T00:00', daily(), { asked }),
    );
    expect(submit).toHaveLength(50);
    expect(state.runs).toHaveLength(120);
  });
});

describe('FORBID', () => {
  const schedule = daily({ concurrencyPolicy: 'FORBID', missedRuns: 9 });
  const running = stateOf(schedule, '2026-01-05T00:00', { runs: [active('2026-01-04T02:30', 'a')] });

  test('skips while a run is active', () => {
    expect(decided(running, FIFTH, { invoked: [at(FIFTH)] })).toEqual({ skip: [`${FIFTH} ACTIVE_RUNS`] });
  });

  test('and does not think better of it when the invocation comes again after the run has ended', () => {
    const { state } = decide(running, situation(FIFTH, schedule, { invoked: [at(FIFTH)] }));
    const observed = new Map([['a', 'over' as const]]);
    expect(decided(state, '2026-01-05T03:00', { invoked: [at(FIFTH)], observed })).toEqual({});
  });

  test('runs when it has ended', () => {
    const observed = new Map([['a', 'over' as const]]);
    expect(decided(running, FIFTH, { invoked: [at(FIFTH)], observed })).toEqual({ submit: [FIFTH] });
  });

  test('counts what is about to be submitted, or may have been', () => {
    for (const next of ['submit', 'look up'] as const) {
      const runs: Run[] = [
        { stage: 'starting', time: at('2026-01-04T02:30'), cause: 'SCHEDULE', next, at: Infinity, attempts: 1 },
      ];
      const state = stateOf(schedule, '2026-01-05T00:00', { runs });
      expect(decided(state, FIFTH, { invoked: [at(FIFTH)] })).toEqual({ skip: [`${FIFTH} ACTIVE_RUNS`] });
    }
  });

  test('counts the job that a retry has put in the place of the first', () => {
    const observed = new Map([['a', { successor: 'b' }]]);
    const { state } = decide(running, situation(FIFTH, schedule, { invoked: [at(FIFTH)], observed }));
    expect(state.runs).toMatchObject([{ stage: 'active', id: 'b' }]);
  });

  test('lets what was missed wait for room, one after the other', () => {
    const state = stateOf(schedule, '2026-01-05T00:00');
    const first = decide(state, situation('2026-01-07T00:00', schedule));
    expect(words(first)).toEqual({ submit: [FIFTH], wait: ['2026-01-06T02:30'] });
  });

  test('has room for maxActiveRuns', () => {
    const two = { ...schedule, config: { ...schedule.config, maxActiveRuns: 2 } };
    const state = stateOf(two, '2026-01-05T00:00', { runs: [active('2026-01-04T02:30')] });
    const invoked = [at(FIFTH), at(FIFTH) + HOUR];
    expect(decided(state, '2026-01-05T03:30', { invoked })).toEqual({
      submit: [FIFTH],
      skip: ['2026-01-05T03:30 ACTIVE_RUNS'],
    });
  });
});

describe('REPLACE', () => {
  const schedule = daily({ concurrencyPolicy: 'REPLACE', missedRuns: 9 });
  const running = stateOf(schedule, '2026-01-05T00:00', { runs: [active('2026-01-04T02:30', 'a')] });

  test('stops the run that is active, and starts the next when that has ended', () => {
    const asked = decide(running, situation(FIFTH, schedule, { invoked: [at(FIFTH)] }));
    expect(words(asked)).toEqual({ stop: ['2026-01-04T02:30'], wait: [FIFTH] });
    expect(decided(asked.state, '2026-01-05T02:30:30')).toEqual({ wait: [FIFTH] });
    const observed = new Map([['a', 'over' as const]]);
    expect(decided(asked.state, '2026-01-05T02:31', { observed })).toEqual({ submit: [FIFTH] });
  });

  test('tells it again where it does not end', () => {
    const { state } = decide(running, situation(FIFTH, schedule, { invoked: [at(FIFTH)] }));
    expect(decided(state, '2026-01-05T02:32')).toEqual({ stop: ['2026-01-04T02:30'], wait: [FIFTH] });
  });

  test('lets the newest of those that wait start', () => {
    const { state } = decide(running, situation(FIFTH, schedule, { invoked: [at(FIFTH)] }));
    const next = '2026-01-06T02:30';
    expect(decided(state, next, { invoked: [at(next)] })).toEqual({
      stop: ['2026-01-04T02:30'],
      skip: [`${FIFTH} REPLACED`],
      wait: [next],
    });
  });

  test('an older time that comes late does not replace a newer', () => {
    const state = stateOf(schedule, '2026-01-05T00:00', { runs: [active('2026-01-06T02:30')] });
    expect(decided(state, '2026-01-06T03:00', { invoked: [at(FIFTH)] })).toEqual({ skip: [`${FIFTH} REPLACED`] });
  });

  test('forgets what has not been submitted, and waits to hear of what may have been', () => {
    const run = { stage: 'starting' as const, time: at('2026-01-04T02:30'), cause: 'SCHEDULE' as const, at: Infinity };
    const refused = stateOf(schedule, '2026-01-05T00:00', { runs: [{ ...run, next: 'submit', attempts: 1 }] });
    expect(decided(refused, FIFTH, { invoked: [at(FIFTH)] })).toEqual({
      submit: [FIFTH],
      skip: ['2026-01-04T02:30 REPLACED'],
    });
    const unsure = stateOf(schedule, '2026-01-05T00:00', { runs: [{ ...run, next: 'look up', attempts: 1 }] });
    expect(decided(unsure, FIFTH, { invoked: [at(FIFTH)] })).toEqual({ wait: [FIFTH] });
  });

  test('stops no more than it has to', () => {
    const two = { ...schedule, config: { ...schedule.config, maxActiveRuns: 2 } };
    const runs = [active('2026-01-03T02:30'), active('2026-01-04T02:30')];
    const state = stateOf(two, '2026-01-05T00:00', { runs });
    expect(decided(state, FIFTH, { invoked: [at(FIFTH)] })).toEqual({ stop: ['2026-01-03T02:30'], wait: [FIFTH] });
  });

  test('what was missed stops nothing', () => {
    expect(decided(running, '2026-01-06T00:00')).toEqual({ wait: [FIFTH] });
  });
});

test('of a gap of years the last times are looked at', () => {
  const schedule = daily({ missedRuns: 2 }, { createdAt: at('2020-01-01T00:00') });
  const { submit, state } = decide(initialState(schedule), situation('2026-01-05T12:00', schedule));
  expect(submit.map(({ time }) => time)).toEqual([at('2026-01-04T02:30'), at(FIFTH)]);
  expect(state.decidedUpTo).toBeGreaterThan(at('2026-01-05T11:00'));
  expect(state.decidedUpTo).toBeLessThan(at(FIFTH) + DAY);
});

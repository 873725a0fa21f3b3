/** Times of schedules, by the rules of EventBridge Scheduler's user guide, and as the local AWS reckons them. */
import fc from 'fast-check';
import { scheduleTimes } from '../../../lib/schedule/schedule-times';
import { occurrences, parseScheduleExpression } from '../../../local/scheduler/schedule-expression';

const at = (text: string): number => Date.parse(`${text}Z`);
const minutes = (times: readonly number[]): string[] => times.map((time) => new Date(time).toISOString().slice(0, 16));

function next(expression: string, from: string, count: number, zone = 'UTC'): string[] {
  const times = scheduleTimes(expression, zone);
  const found: number[] = [];
  for (let time = times.after(at(from)); time !== undefined && found.length < count; time = times.after(time)) {
    found.push(time);
  }
  return minutes(found);
}

test.each([
  ['each weekday', 'cron(0 9 ? * MON-FRI *)', ['2026-01-16T09:00', '2026-01-19T09:00']],
  ['steps', 'cron(10/25 3 * * ? *)', ['2026-01-16T03:10', '2026-01-16T03:35', '2026-01-17T03:10']],
  ['days of the week from 1 for Sunday', 'cron(0 0 ? * 1 *)', ['2026-01-18T00:00']],
  ['the last day of the week', 'cron(0 0 ? * L *)', ['2026-01-17T00:00']],
  ['the last day of the month', 'cron(0 0 L * ? *)', ['2026-01-31T00:00', '2026-02-28T00:00']],
  ['the last weekday of the month', 'cron(0 0 LW * ? *)', ['2026-01-30T00:00', '2026-02-27T00:00']],
  ['the last Friday of the month', 'cron(0 0 ? * 6L *)', ['2026-01-30T00:00', '2026-02-27T00:00']],
  ['the third Friday of the month', 'cron(0 0 ? * FRI#3 *)', ['2026-01-16T00:00', '2026-02-20T00:00']],
  ['the weekday nearest to a day', 'cron(0 0 15W 2,3 ? *)', ['2026-02-16T00:00', '2026-03-16T00:00']],
  ['the weekday nearest to the first, not of another month', 'cron(0 0 1W 8 ? *)', ['2026-08-03T00:00']],
  ['the 31st of the months that have one', 'cron(0 0 31 * ? *)', ['2026-01-31T00:00', '2026-03-31T00:00']],
  ['leap day', 'cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
  ['leap day, which 2100 has not', 'cron(0 0 29 2 ? 2096-2110)', ['2096-02-29T00:00', '2104-02-29T00:00']],
  ['certain years', 'cron(0 0 1 1 ? 2028-2030/2)', ['2028-01-01T00:00', '2030-01-01T00:00']],
])('%s', (_, expression, expected) => {
  expect(next(expression, '2026-01-15T12:00', expected.length)).toEqual(expected);
});

describe('daylight saving', () => {
  test.each([
    ['Europe/Paris', '2026-03-28T00:00', ['2026-03-28T01:30', '2026-03-30T00:30']],
    ['America/New_York', '2026-03-07T00:00', ['2026-03-07T07:30', '2026-03-09T06:30']],
  ])('in %s, spring skips 02:30', (zone, from, expected) => {
    expect(next('cron(30 2 * * ? *)', from, 2, zone)).toEqual(expected);
    const until = at(expected[1]!);
    expect(minutes(scheduleTimes('cron(30 2 * * ? *)', zone).between(at(from), until, 9))).toEqual(expected);
  });

  test.each([
    [
      'Europe/Paris',
      'cron(30 2 * * ? *)',
      '2026-10-24T00:00',
      ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'America/New_York',
      'cron(30 1 * * ? *)',
      '2026-10-31T00:00',
      ['2026-10-31T05:30', '2026-11-01T05:30', '2026-11-02T06:30'],
    ],
  ])('in %s, what autumn repeats occurs once', (zone, expression, from, expected) => {
    expect(next(expression, from, 3, zone)).toEqual(expected);
    expect(minutes(scheduleTimes(expression, zone).between(at(from), at(expected[2]!), 9))).toEqual(expected);
  });

  test('within the hour that is repeated, the later times of it are over', () => {
    const times = scheduleTimes('cron(30 2 * * ? *)', 'Europe/Paris');
    // 02:10 for the second time.
    const now = at('2026-10-25T01:10');
    expect(minutes(times.between(at('2026-10-25T00:00'), now, 9))).toEqual(['2026-10-25T00:30']);
    expect(minutes([times.after(now)!])).toEqual(['2026-10-26T01:30']);
  });

  test('a rate is a time that passes, whatever clocks show', () => {
    const times = scheduleTimes('rate(1 day)', 'Europe/Paris', at('2026-03-27T12:00'));
    expect(minutes(times.between(at('2026-03-27T12:00'), at('2026-03-30T12:00'), 9))).toEqual([
      '2026-03-28T12:00',
      '2026-03-29T12:00',
      '2026-03-30T12:00',
    ]);
  });
});

test('a one-time schedule occurs once, in its time zone', () => {
  const times = scheduleTimes('at(2026-07-01T09:00:00)', 'Asia/Tokyo');
  expect(times.after(at('2026-06-01T00:00'))).toBe(at('2026-07-01T00:00'));
  expect(times.after(at('2026-07-01T00:00'))).toBeUndefined();
  expect(times.between(at('2026-06-01T00:00'), at('2026-07-01T00:00'), 9)).toEqual([at('2026-07-01T00:00')]);
});

test('of a rate without a known time nothing is known', () => {
  const times = scheduleTimes('rate(5 minutes)', 'UTC');
  expect(times.after(0)).toBeUndefined();
  expect(times.between(0, at('2026-01-01T00:00'), 9)).toEqual([]);
});

test('of many times the last ones are given', () => {
  const times = scheduleTimes('cron(* * * * ? *)', 'UTC');
  expect(minutes(times.between(at('2026-01-01T00:00'), at('2026-01-04T00:00'), 2))).toEqual([
    '2026-01-03T23:59',
    '2026-01-04T00:00',
  ]);
});

test.each([
  ['every(5 minutes)', 'a cron(…), rate(…) or at(…) expression'],
  ['cron(0 3 * * *)', 'six fields'],
  ['cron(0 3 * * * *)', '? in exactly one of the two day fields'],
  ['cron(0 3 ? * ? *)', '? in exactly one of the two day fields'],
  ['cron(x 3 * * ? *)', 'first field says minutes'],
  ['cron(0 3 * * ? 1969)', 'sixth field says years'],
  ['cron(0 3 ? * 8 *)', 'fifth field says days of the week'],
  ['cron(0 25 * * ? *)', 'values in their ranges'],
  ['cron(0 3 30 2 ? *)', 'it would never run'],
  ['cron(0 3 29 2 ? 2027)', 'it would never run'],
  ['rate(0 minutes)', 'a positive number'],
  ['rate(1 minutes)', 'a positive number'],
  ['rate(5 minute)', 'a positive number'],
  ['rate(30 seconds)', 'a positive number'],
  ['at(2026-02-30T00:00:00)', 'a time that exists'],
  ['at(2026-02-01 00:00)', 'a time that exists'],
])('%s is refused', (expression, reason) => {
  expect(() => scheduleTimes(expression, 'UTC')).toThrow(reason);
});

test.each(['Europe/Nowhere', '+02:00', ''])('the time zone %p is refused', (zone) => {
  expect(() => scheduleTimes('rate(1 day)', zone)).toThrow('timeZone must be the name of a time zone');
});

test('whatever the expression, zone and time: as the local AWS reckons it, forwards and backwards', () => {
  const minute = fc.oneof(fc.constant('*'), fc.nat(59).map(String), fc.constant('5/20'));
  const hour = fc.oneof(fc.constant('*'), fc.nat(3).map(String), fc.constant('1-3'));
  const day = fc.constantFrom(
    ['*', '?'],
    ['L', '?'],
    ['1-10/3', '?'],
    ['?', 'SUN'],
    ['?', '2#1'],
    ['?', 'SAT,SUN'],
    ['15W', '?'],
  );
  const zone = fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
  const from = fc.integer({ min: at('2026-01-01T00:00') / 60_000, max: at('2027-01-01T00:00') / 60_000 });
  fc.assert(
    fc.property(minute, hour, day, zone, from, (minutesField, hoursField, [ofMonth, ofWeek], timeZone, fromMinute) => {
      const expression = `cron(${minutesField} ${hoursField} ${ofMonth} * ${ofWeek} *)`;
      const start = fromMinute * 60_000;
      const theirs = occurrences(parseScheduleExpression(expression), timeZone, start);
      const ours = scheduleTimes(expression, timeZone);
      const expected: number[] = [];
      for (let time = theirs.after(start); time !== undefined && expected.length < 5; time = theirs.after(time)) {
        expected.push(time);
      }
      const found: number[] = [];
      for (let time = ours.after(start); time !== undefined && found.length < 5; time = ours.after(time)) {
        found.push(time);
      }
      expect(found).toEqual(expected);
      expect(ours.between(start, expected.at(-1)!, 10)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

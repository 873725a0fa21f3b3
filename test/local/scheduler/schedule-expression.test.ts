import * as fc from 'fast-check';
import {
  InvalidScheduleExpression,
  occurrences,
  parseScheduleExpression,
} from '../../../local/scheduler/schedule-expression';

/** The first occurrences after a time, in UTC. */
function times(expression: string, from: string, count: number, zone = 'UTC'): string[] {
  const start = Date.parse(from);
  const schedule = occurrences(parseScheduleExpression(expression), zone, start);
  const found: string[] = [];
  let time: number | undefined = start;
  while (found.length < count && (time = schedule.after(time)) !== undefined) {
    found.push(new Date(time).toISOString().slice(0, 16));
  }
  return found;
}

describe('cron', () => {
  test.each([
    ['a time each day', 'cron(30 2 * * ? *)', ['2026-01-15T02:30', '2026-01-16T02:30']],
    ['steps from a value', 'cron(10/25 3 * * ? *)', ['2026-01-15T03:10', '2026-01-15T03:35', '2026-01-16T03:10']],
    ['steps in a range', 'cron(0 8-12/2 * * ? *)', ['2026-01-15T08:00', '2026-01-15T10:00', '2026-01-15T12:00']],
    ['lists', 'cron(0 6,18 * * ? *)', ['2026-01-15T06:00', '2026-01-15T18:00']],
    ['names of months', 'cron(0 0 1 MAR,jun ? *)', ['2026-03-01T00:00', '2026-06-01T00:00']],
    ['days of the week from 1 for Sunday', 'cron(0 0 ? * 1 *)', ['2026-01-18T00:00', '2026-01-25T00:00']],
    ['a range of weekdays', 'cron(0 9 ? * MON-FRI *)', ['2026-01-15T09:00', '2026-01-16T09:00', '2026-01-19T09:00']],
    ['the last day of the month', 'cron(0 0 L * ? *)', ['2026-01-31T00:00', '2026-02-28T00:00', '2026-03-31T00:00']],
    ['the last day of the week', 'cron(0 0 ? * L *)', ['2026-01-17T00:00', '2026-01-24T00:00']],
    ['the last Friday of the month', 'cron(0 0 ? * 6L *)', ['2026-01-30T00:00', '2026-02-27T00:00']],
    ['the third Friday of the month', 'cron(0 0 ? * 6#3 *)', ['2026-01-16T00:00', '2026-02-20T00:00']],
    ['the weekday nearest to a day', 'cron(0 0 15W 2,3 ? *)', ['2026-02-16T00:00', '2026-03-16T00:00']],
    ['the weekday nearest to the first', 'cron(0 0 1W 2,8 ? *)', ['2026-02-02T00:00', '2026-08-03T00:00']],
    [
      'the 31st of months that have one',
      'cron(0 0 31 * ? *)',
      ['2026-01-31T00:00', '2026-03-31T00:00', '2026-05-31T00:00'],
    ],
    ['leap day', 'cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['certain years', 'cron(0 0 1 1 ? 2028-2030/2)', ['2028-01-01T00:00', '2030-01-01T00:00']],
  ])('%s', (_, expression, expected) => {
    expect(times(expression, '2026-01-15T00:00:00Z', expected.length)).toEqual(expected);
  });

  test('ends when no year is left, and never begins on a day that does not exist', () => {
    expect(times('cron(0 0 1 1 ? 2027)', '2026-01-15T00:00:00Z', 3)).toEqual(['2027-01-01T00:00']);
    expect(times('cron(0 0 30 2 ? *)', '2026-01-15T00:00:00Z', 1)).toEqual([]);
  });
});

describe('daylight saving', () => {
  test('skips a time that spring skips', () => {
    expect(times('cron(30 2 * * ? *)', '2026-03-27T12:00:00Z', 3, 'Europe/Paris')).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
      '2026-03-31T00:30',
    ]);
    expect(times('cron(30 2 * * ? *)', '2026-03-07T12:00:00Z', 2, 'America/New_York')).toEqual([
      '2026-03-09T06:30',
      '2026-03-10T06:30',
    ]);
  });

  test('runs once at a time that autumn repeats', () => {
    expect(times('cron(30 2 * * ? *)', '2026-10-23T12:00:00Z', 3, 'Europe/Paris')).toEqual([
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(times('cron(30 1 * * ? *)', '2026-10-31T12:00:00Z', 2, 'America/New_York')).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
  });

  test('does not repeat the repeated hour of an hourly schedule', () => {
    expect(times('cron(0 * * * ? *)', '2026-10-24T22:30:00Z', 4, 'Europe/Paris')).toEqual([
      '2026-10-24T23:00',
      '2026-10-25T00:00',
      '2026-10-25T02:00',
      '2026-10-25T03:00',
    ]);
  });

  test('changes nothing between occurrences of a rate', () => {
    expect(times('rate(1 day)', '2026-03-28T12:00:00Z', 2, 'Europe/Paris')).toEqual([
      '2026-03-29T12:00',
      '2026-03-30T12:00',
    ]);
  });

  const ZONES = [
    'UTC',
    'Europe/Paris',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/St_Johns',
  ];

  test('never makes a daily schedule occur at another wall time, nor twice a day, nor out of order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) }),
        (zone, hour, minute, from) => {
          const schedule = occurrences(parseScheduleExpression(`cron(${minute} ${hour} * * ? *)`), zone, from);
          const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
          let time = from;
          const days = new Set<string>();
          for (let i = 0; i < 5; i++) {
            const next = schedule.after(time)!;
            expect(next).toBeGreaterThan(time);
            time = next;
            const [day, clock] = format.format(next).split(', ') as [string, string];
            expect(clock).toBe(`${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
            expect(days.has(day)).toBe(false);
            days.add(day);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a one-time schedule', () => {
  test('is at a wall time in its zone, once', () => {
    expect(times('at(2026-07-01T09:00:00)', '2026-01-15T00:00:00Z', 2, 'Asia/Tokyo')).toEqual(['2026-07-01T00:00']);
  });

  test('never comes when spring skips its time, or when it is over', () => {
    expect(times('at(2026-03-29T02:30:00)', '2026-01-15T00:00:00Z', 1, 'Europe/Paris')).toEqual([]);
    expect(times('at(2025-01-01T00:00:00)', '2026-01-15T00:00:00Z', 1)).toEqual([]);
  });
});

describe('a rate', () => {
  test('counts from its start', () => {
    expect(times('rate(90 minutes)', '2026-01-15T00:10:00Z', 3)).toEqual([
      '2026-01-15T01:40',
      '2026-01-15T03:10',
      '2026-01-15T04:40',
    ]);
  });
});

test.each([
  'rate(0 minutes)',
  'rate(1 minutes)',
  'rate(2 minute)',
  'rate(5 seconds)',
  'cron(0 0 * * *)',
  'cron(0 0 * * * *)',
  'cron(0 0 ? * ? *)',
  'cron(60 0 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 0 32 * ? *)',
  'cron(0 0 0 * ? *)',
  'cron(0 0 1 13 ? *)',
  'cron(0 0 ? * 8 *)',
  'cron(0 0 ? * 0 *)',
  'cron(0 0 ? * MON#6 *)',
  'cron(0 0 1 1 ? 1969)',
  'cron(0 0 1 1 ? 2200)',
  'cron(/5 0 * * ? *)',
  'cron(a 0 * * ? *)',
  'cron(0 0 ? * FRI-MON *)',
  'at(2026-02-30T00:00:00)',
  'at(2026-01-01)',
  'at(2026-01-01T00:00:00Z)',
  '@daily',
])('%s is refused', (expression) => {
  expect(() => parseScheduleExpression(expression)).toThrow(InvalidScheduleExpression);
});

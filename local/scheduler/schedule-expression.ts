import { Cron } from 'croner';
import { IANAZone } from 'luxon';

/** The times at which a schedule occurs, in milliseconds since the epoch. */
export interface Occurrences {
  /** The first occurrence after `time`; undefined when there is none. */
  after(time: number): number | undefined;
}

/** Thrown for an expression that AWS refuses; says why. */
export class InvalidScheduleExpression extends Error {
  override readonly name = 'InvalidScheduleExpression';
}

const UNIT_MILLISECONDS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export type ScheduleExpression =
  | { readonly kind: 'rate'; readonly milliseconds: number }
  | { readonly kind: 'cron'; readonly wallTimes: Cron }
  | { readonly kind: 'at'; readonly wallTime: number };

/** @throws InvalidScheduleExpression */
export function parseScheduleExpression(expression: string): ScheduleExpression {
  const [, kind, argument = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
  switch (kind) {
    case 'rate':
      return { kind, milliseconds: parseRate(expression, argument) };
    case 'cron':
      return { kind, wallTimes: parseCron(expression, argument) };
    case 'at':
      return { kind, wallTime: parseAt(expression, argument) };
    default:
      throw new InvalidScheduleExpression(`${expression} is not a cron(), rate() or at() expression`);
  }
}

/**
 * @param zone IANA name of the time zone that wall times are read in
 * @param start where a rate begins to count: the first occurrence is one period later
 */
export function occurrences(expression: ScheduleExpression, zone: string, start: number): Occurrences {
  switch (expression.kind) {
    case 'rate': {
      const { milliseconds } = expression;
      return {
        after: (time) => start + Math.max(1, Math.floor((time - start) / milliseconds) + 1) * milliseconds,
      };
    }
    case 'at': {
      const instant = instantOf(expression.wallTime, zone);
      return { after: (time) => (instant !== undefined && instant > time ? instant : undefined) };
    }
    case 'cron':
      return { after: (time) => nextInstant(expression.wallTimes, zone, time) };
  }
}

export function isTimeZone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

function parseRate(expression: string, argument: string): number {
  const [, digits = '', unit = '', plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(argument) ?? [];
  const value = Number(digits);
  if (value < 1 || (value === 1) !== (plural === '')) {
    throw new InvalidScheduleExpression(
      `${expression}: a rate is a positive number and minute(s), hour(s) or day(s), singular for 1`,
    );
  }
  return value * UNIT_MILLISECONDS[unit as keyof typeof UNIT_MILLISECONDS];
}

const MONTHS = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC';
const DAYS = 'SUN|MON|TUE|WED|THU|FRI|SAT';
const list = (item: string): RegExp => new RegExp(`^(${item})(,(${item}))*$`, 'i');
const range = (value: string): string => `(\\*|(${value})(-(${value}))?)(/\\d+)?`;

/** What each field may hold. What the numbers may be is for croner to say. */
const CRON_FIELDS = [
  { name: 'minutes', syntax: list(range('\\d+')) },
  { name: 'hours', syntax: list(range('\\d+')) },
  { name: 'day of month', syntax: new RegExp(`^\\?$|^L$|^LW$|^\\d+W$|${list(range('\\d+')).source}`, 'i') },
  { name: 'month', syntax: list(range(`\\d+|${MONTHS}`)) },
  {
    name: 'day of week',
    syntax: new RegExp(
      `^\\?$|^L$|^([1-7]|${DAYS})L$|^([1-7]|${DAYS})#[1-5]$|${list(range(`[1-7]|${DAYS}`)).source}`,
      'i',
    ),
  },
  { name: 'year', syntax: list(range('\\d{4}')) },
];

/**
 * AWS's dialect: six fields, no seconds, a year, days of the week from 1 = SUN, and a `?` in one of the day fields.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
function parseCron(expression: string, argument: string): Cron {
  const refuse = (why: string): InvalidScheduleExpression => new InvalidScheduleExpression(`${expression}: ${why}`);
  const fields = argument.trim().split(/\s+/);
  if (fields.length !== CRON_FIELDS.length) throw refuse('a cron expression has six fields');
  CRON_FIELDS.forEach(({ name, syntax }, index) => {
    if (!syntax.test(fields[index]!)) throw refuse(`"${fields[index]}" is not valid for ${name}`);
  });
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw refuse('exactly one of the day fields is "?"');
  for (const [, digits] of year.matchAll(/(\d{4})/g)) {
    if (Number(digits) < 1970 || Number(digits) > 2199) throw refuse('a year is from 1970 to 2199');
  }
  // On its own, L means the last day of the week.
  const weekDays = dayOfWeek.toUpperCase() === 'L' ? 'SAT' : dayOfWeek;
  const pattern = ['0', minutes, hours, dayOfMonth, month, weekDays, year].join(' ');
  try {
    return new Cron(pattern, { timezone: 'UTC', mode: '7-part', alternativeWeekdays: true, sloppyRanges: true });
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

/** `yyyy-mm-ddThh:mm:ss`, as if it were UTC. */
function parseAt(expression: string, argument: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(argument) ? Date.parse(`${argument}Z`) : NaN;
  if (Number.isNaN(time) || new Date(time).toISOString() !== `${argument}.000Z`) {
    throw new InvalidScheduleExpression(`${expression}: a one-time schedule is at(yyyy-mm-ddThh:mm:ss)`);
  }
  return time;
}

/** A time that spring skips does not occur; one that autumn repeats occurs the first time only. */
function nextInstant(wallTimes: Cron, zone: string, time: number): number | undefined {
  let wall = time + offset(zone, time);
  for (;;) {
    const next = wallTimes.nextRun(new Date(wall));
    if (next === null) return undefined;
    wall = next.getTime();
    const instant = instantOf(wall, zone);
    if (instant !== undefined && instant > time) return instant;
  }
}

/** The first instant at which clocks in the zone show this time. */
function instantOf(wall: number, zone: string): number | undefined {
  const DAY = UNIT_MILLISECONDS.day;
  const candidates = [offset(zone, wall - DAY), offset(zone, wall + DAY)].map((difference) => wall - difference);
  const instants = candidates.filter((instant) => instant + offset(zone, instant) === wall);
  return instants.length > 0 ? Math.min(...instants) : undefined;
}

/** What clocks in the zone show ahead of UTC, in milliseconds. */
function offset(zone: string, time: number): number {
  return IANAZone.create(zone).offset(time) * 60_000;
}

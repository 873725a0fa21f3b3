import { Cron } from 'croner';

/** The times of a schedule as EventBridge Scheduler reckons them, in milliseconds since the epoch. */
export interface ScheduleTimes {
  /** The first time after `time`; undefined when there is none, or none that is known. */
  after(time: number): number | undefined;
  /** The last `most` times after `from`, up to and including `until`, the oldest first. */
  between(from: number, until: number, most: number): number[];
}

/** Thrown for what Scheduler refuses, or accepts and never invokes. */
export class InvalidSchedule extends Error {
  override readonly name = 'InvalidSchedule';

  /** @param allowed what it has to be, after "it must be": `a cron expression of six fields` */
  constructor(
    readonly subject: 'schedule' | 'timeZone',
    readonly allowed: string,
  ) {
    super(`${subject} must be ${allowed}`);
  }
}

/**
 * @param expression `cron(…)`, `rate(…)` or `at(…)`
 * @param timeZone IANA name of the zone whose clocks the expression means
 * @param anchor one of the times of a rate; without, its times are not known
 * @throws InvalidSchedule
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function scheduleTimes(expression: string, timeZone: string, anchor?: number): ScheduleTimes {
  const zone = once(ZONES, timeZone, () => zoneOf(timeZone));
  const [, kind, argument = ''] = /^(cron|rate|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'cron')
    return cronTimes(
      once(CRONS, argument, () => parseCron(argument)),
      zone,
    );
  if (kind === 'rate') return rateTimes(parseRate(argument), anchor);
  if (kind === 'at') return onceAt(firstInstant(parseAt(argument), zone));
  throw new InvalidSchedule('schedule', 'a cron(…), rate(…) or at(…) expression');
}

/** What clocks in the zone show ahead of UTC, in milliseconds. */
type Zone = (time: number) => number;

/** To read an expression takes longer than to reckon with it, and always gives the same. */
const ZONES = new Map<string, Zone>();
const CRONS = new Map<string, Cron>();

function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

function zoneOf(name: string): Zone {
  const format = zoneFormat(name);
  return (time) => {
    const text = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes, seconds = '0'] = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
    if (sign === undefined) return 0;
    const ahead = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -ahead : ahead;
  };
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  const refused = new InvalidSchedule('timeZone', 'the name of a time zone in the IANA database, as Europe/Paris');
  // Some engines also know offsets, which Scheduler does not.
  if (!/^[A-Za-z]/.test(timeZone)) throw refused;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    throw refused;
  }
}

/**
 * The first instant at which clocks in the zone show a time: what autumn repeats counts once.
 *
 * @returns undefined when they never show it, as spring skips it
 */
function firstInstant(wallTime: number, zone: Zone): number | undefined {
  const instants = [zone(wallTime - DAY), zone(wallTime + DAY)]
    .map((ahead) => wallTime - ahead)
    .filter((instant) => instant + zone(instant) === wallTime);
  return instants.length > 0 ? Math.min(...instants) : undefined;
}

/** @param wallTimes what clocks have to show, as if it were UTC */
function cronTimes(wallTimes: Cron, zone: Zone): ScheduleTimes {
  return {
    after(time) {
      let wall = wallTimes.nextRun(new Date(time + zone(time)));
      while (wall) {
        const instant = firstInstant(wall.getTime(), zone);
        if (instant !== undefined && instant > time) return instant;
        wall = wallTimes.nextRun(wall);
      }
      return undefined;
    },
    between(from, until, most) {
      const found: number[] = [];
      // In the hour that autumn repeats, clocks have shown later times before.
      const latest = until + Math.max(zone(until), zone(until - DAY));
      let [wall] = wallTimes.previousRuns(1, new Date(latest + 1000));
      while (wall && found.length < most) {
        const instant = firstInstant(wall.getTime(), zone);
        if (instant !== undefined && instant <= from) break;
        if (instant !== undefined && instant <= until) found.unshift(instant);
        [wall] = wallTimes.previousRuns(1, wall);
      }
      return found;
    },
  };
}

function rateTimes(period: number, anchor: number | undefined): ScheduleTimes {
  if (anchor === undefined) return { after: () => undefined, between: () => [] };
  const lastUpTo = (time: number): number => anchor + Math.floor((time - anchor) / period) * period;
  return {
    after: (time) => lastUpTo(time) + period,
    between(from, until, most) {
      const found: number[] = [];
      for (let time = lastUpTo(until); time > from && found.length < most; time -= period) found.unshift(time);
      return found;
    },
  };
}

function onceAt(instant: number | undefined): ScheduleTimes {
  const within = (from: number, until: number): boolean => instant !== undefined && instant > from && instant <= until;
  return {
    after: (time) => (within(time, Infinity) ? instant : undefined),
    between: (from, until) => (within(from, until) ? [instant!] : []),
  };
}

const MONTH = `\\d{1,2}|${['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'].join('|')}`;
const WEEKDAY = `[1-7]|${['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'].join('|')}`;

/** The six fields: what each may hold beside lists of values, ranges and steps. */
const FIELDS: readonly { readonly what: string; readonly value: string; readonly special?: string }[] = [
  { what: 'minutes (0-59)', value: '\\d{1,2}' },
  { what: 'hours (0-23)', value: '\\d{1,2}' },
  { what: 'days of the month (1-31, L, LW, a number with W, or ?)', value: '\\d{1,2}', special: '\\?|L|LW|\\d{1,2}W' },
  { what: 'months (1-12 or JAN-DEC)', value: MONTH },
  {
    what: 'days of the week (1-7 or SUN-SAT, L, 6L, 6#3, or ?)',
    value: WEEKDAY,
    special: `\\?|L|(${WEEKDAY})L|(${WEEKDAY})#[1-5]`,
  },
  { what: 'years (1970-2199)', value: '(19[789]|20\\d|21\\d)\\d' },
];

/** Scheduler's dialect: no seconds, a year, days of the week from 1 for Sunday, `?` in one of the two day fields. */
function parseCron(argument: string): Cron {
  const fields = argument.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    throw new InvalidSchedule('schedule', 'cron(minutes hours day-of-month month day-of-week year), six fields');
  }
  FIELDS.forEach(({ what, value, special }, index) => {
    const item = `(\\*|(${value})(-(${value}))?)(/\\d+)?`;
    const syntax = new RegExp(`^(${item}(,${item})*${special === undefined ? '' : `|${special}`})$`, 'i');
    if (!syntax.test(fields[index]!)) {
      throw new InvalidSchedule('schedule', `a cron expression whose ${ordinal(index)} field says ${what}`);
    }
  });
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new InvalidSchedule('schedule', 'a cron expression with ? in exactly one of the two day fields');
  }
  // On its own, L is the last day of the week.
  const weekdays = /^L$/i.test(dayOfWeek) ? 'SAT' : dayOfWeek;
  const pattern = ['0', minutes, hours, dayOfMonth, month, weekdays, year].join(' ');
  const cron = readPattern(pattern);
  if (!cron.nextRun(new Date(0))) {
    throw new InvalidSchedule('schedule', 'a cron expression of days that exist: it would never run');
  }
  return cron;
}

function readPattern(pattern: string): Cron {
  try {
    return new Cron(pattern, { timezone: 'UTC', mode: '7-part', alternativeWeekdays: true, sloppyRanges: true });
  } catch (error) {
    throw new InvalidSchedule(
      'schedule',
      `a cron expression with values in their ranges (${(error as Error).message})`,
    );
  }
}

function ordinal(index: number): string {
  return ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'][index]!;
}

function parseRate(argument: string): number {
  const [, digits, unit, plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(argument) ?? [];
  const value = Number(digits);
  if (!(value >= 1) || (value === 1) !== (plural === '')) {
    throw new InvalidSchedule(
      'schedule',
      'rate(value unit), a positive number of minutes, hours or days: rate(5 minutes)',
    );
  }
  return value * { minute: MINUTE, hour: 60 * MINUTE, day: DAY }[unit as 'minute' | 'hour' | 'day'];
}

/** @returns what clocks have to show, as if it were UTC */
function parseAt(argument: string): number {
  const time = Date.parse(`${argument}Z`);
  if (Number.isNaN(time) || new Date(time).toISOString() !== `${argument}.000Z`) {
    throw new InvalidSchedule('schedule', 'at(yyyy-mm-ddThh:mm:ss), a time that exists');
  }
  return time;
}

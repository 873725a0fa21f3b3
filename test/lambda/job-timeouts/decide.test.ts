import fc from 'fast-check';
import type { LedgerJob, Stop } from '../../../lambda/job-ledger/item';
import { merge } from '../../../lambda/job-ledger/progress';
import { readEvent, sightingOf } from '../../../lambda/job-ledger/sighting';
import { whoStopped } from '../../../lambda/job-ledger/stops';
import { followUp, passedLimit } from '../../../lambda/job-timeouts/decide';
import { limitsOf } from '../../../lambda/job-timeouts/limits';
import { inWords, reasonOf } from '../../../lambda/job-timeouts/words';
import type { Limits } from '../../../lib/timeouts/config';
import { eventOf, lifeOf, lifePlans, START } from '../job-ledger/sightings';

const SECOND = 1000;

/** A job after the first of its states, which last a minute each. */
function jobIn(states: number, more: Partial<LedgerJob> = {}): LedgerJob {
  const life = lifeOf('job', { steps: Array(20).fill(60), attempts: 3, succeeds: true, pending: true });
  return { ...merged(life.slice(0, states).map((moment) => readEvent(eventOf(moment)))), ...more };
}

function merged(sightings: Parameters<typeof merge>[1][]): LedgerJob {
  return sightings.reduce<LedgerJob | undefined>(merge, undefined)!;
}

const at = (minutes: number, seconds = 0) => START + (minutes * 60 + seconds) * SECOND;

describe('a limit is passed', () => {
  test.each([
    ['PENDING', 2, at(1)],
    ['RUNNABLE', 3, at(2)],
    ['STARTING', 4, at(3)],
  ] as const)('in %s when its time is over, and the second that events cut off', (state, states, since) => {
    const limits: Limits = { [state]: 600 };
    expect(passedLimit(jobIn(states), limits, since + 601 * SECOND - 1)).toBeUndefined();
    expect(passedLimit(jobIn(states), limits, since + 601 * SECOND)).toMatchObject({ limit: state, spentSeconds: 600 });
    // In another state it does not count.
    expect(passedLimit(jobIn(states + 1), limits, since + 9999 * SECOND)).toBeUndefined();
  });

  test('in RUNNING by what all attempts ran', () => {
    // SUBMITTED, PENDING, then thrice RUNNABLE, STARTING, RUNNING: the second attempt has begun to run at minute 7.
    const job = jobIn(8);
    expect(job).toMatchObject({ status: 'RUNNING', attemptsEnded: 1, ranMilliseconds: 60_000 });
    expect(passedLimit(job, { RUNNING: 100 }, at(7, 39))).toBeUndefined();
    expect(passedLimit(job, { RUNNING: 100 }, at(7, 40))).toMatchObject({ limit: 'RUNNING', spentSeconds: 100 });
    // Between two attempts what has run counts.
    expect(passedLimit(jobIn(9), { RUNNING: 121 }, at(60))).toBeUndefined();
    expect(passedLimit(jobIn(9), { RUNNING: 120 }, at(60))).toMatchObject({ limit: 'RUNNING', action: 'TERMINATE' });
  });

  test('of the whole life in any state but an end', () => {
    for (let states = 2; states <= 11; states++) {
      expect(passedLimit(jobIn(states), { TOTAL: 3600 }, at(60) - 1)).toBeUndefined();
      expect(passedLimit(jobIn(states), { TOTAL: 3600 }, at(60))).toMatchObject({ limit: 'TOTAL' });
    }
    expect(passedLimit(jobIn(12), { TOTAL: 60 }, at(60))).toBeUndefined();
  });

  test('never by the parent of an array in PENDING or RUNNING, whose children are timed', () => {
    const parent = jobIn(2, { arraySize: 3 });
    expect(passedLimit(parent, { PENDING: 60, RUNNING: 60 }, at(600))).toBeUndefined();
    expect(passedLimit(parent, { TOTAL: 60 }, at(600))).toMatchObject({ limit: 'TOTAL' });
  });

  test('by the one that was passed first', () => {
    const limits = { RUNNABLE: 600, TOTAL: 600 };
    expect(passedLimit(jobIn(3), limits, at(13))).toMatchObject({ limit: 'TOTAL', action: 'TERMINATE' });
    expect(passedLimit(jobIn(3), { ...limits, TOTAL: 3600 }, at(13))).toMatchObject({
      limit: 'RUNNABLE',
      action: 'CANCEL',
    });
  });
});

test('whatever events were lost, nothing is passed before it really is', () => {
  const situations = lifePlans
    .map((plan) => lifeOf('job', plan))
    .chain((life) =>
      fc.record({
        life: fc.constant(life),
        told: fc.subarray(life),
        seen: fc.nat(life.length - 1),
        wait: fc.integer({ min: 0, max: 4000 }),
        limit: fc.integer({ min: 60, max: 900 }),
      }),
    );
  fc.assert(
    fc.property(situations, ({ life, told, seen, wait, limit }) => {
      const now = life.at(-1)!.at + wait * SECOND;
      // An earlier look, and the one before acting, which shows the job as it is.
      const looks = [sightingOf(life[seen]!.detail, life[seen]!.at + SECOND), sightingOf(life.at(-1)!.detail, now)];
      const job = merged([...told.map((moment) => readEvent(eventOf(moment))), ...looks]);
      const truth = merged(life.map((moment) => readEvent(eventOf(moment))));
      for (const name of ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'TOTAL'] as const) {
        const passed = passedLimit(job, { [name]: limit }, now);
        if (passed) expect(passedLimit(truth, { [name]: limit }, now)).toBeDefined();
      }
    }),
  );
});

describe('an earlier intent', () => {
  const stop: Stop = {
    by: 'Stack/Timeouts',
    limit: 'RUNNABLE',
    action: 'CANCEL',
    status: 'RUNNABLE',
    attemptsEnded: 0,
    at: at(20),
    reason: 'because',
    limitSeconds: 600,
    spentSeconds: 601,
    reported: false,
  };
  const passed = { limit: 'RUNNABLE', limitSeconds: 600, spentSeconds: 700, action: 'CANCEL' } as const;
  const waiting = jobIn(3);

  test('is repeated when its call has left no trace after half a minute', () => {
    expect(followUp(waiting, stop, passed, at(20, 29))).toBe('wait');
    expect(followUp(waiting, stop, passed, at(20, 30))).toBe('repeat');
  });

  test('is dropped when the job has gone on, or is within its limits', () => {
    expect(followUp(jobIn(4), stop, undefined, at(20, 1))).toBe('drop');
    expect(followUp({ ...jobIn(4), isCancelled: true }, stop, undefined, at(20, 1))).toBe('drop');
    expect(followUp(waiting, stop, undefined, at(21))).toBe('drop');
    expect(followUp(waiting, stop, { ...passed, limit: 'TOTAL' }, at(21))).toBe('drop');
  });

  test('is told of while the job has still to end, once', () => {
    const cancelled = { ...waiting, isCancelled: true };
    expect(followUp(cancelled, stop, passed, at(21))).toBe('wait');
    expect(followUp(cancelled, stop, passed, at(21, 30))).toBe('report');
    expect(followUp(cancelled, { ...stop, reported: true }, passed, at(99))).toBe('wait');
  });

  test('to terminate holds wherever the job is by now', () => {
    const terminate: Stop = { ...stop, limit: 'STARTING', action: 'TERMINATE', status: 'STARTING' };
    expect(followUp({ ...jobIn(5), isTerminated: true }, terminate, undefined, at(20, 1))).toBe('wait');
    expect(followUp(jobIn(4), terminate, { ...passed, limit: 'STARTING' }, at(21))).toBe('repeat');
    expect(followUp(jobIn(5), terminate, undefined, at(21))).toBe('drop');
  });

  test('that has ended a job is known by its reason', () => {
    const ended = { ...jobIn(3), status: 'FAILED', isCancelled: true } as LedgerJob;
    expect(whoStopped({ job: { ...ended, statusReason: 'because' }, stop })).toBe('foreman');
    expect(whoStopped({ job: { ...ended, statusReason: 'I wanted to' }, stop })).toBe('person');
    expect(whoStopped({ job: { ...ended, statusReason: 'I wanted to' } })).toBe('person');
    // A child of an array has no intent of its own.
    expect(whoStopped({ job: { ...ended, statusReason: reasonOf(passed, 'Stack/Timeouts') } })).toBe('foreman');
    expect(whoStopped({ job: { ...ended, isCancelled: false, statusReason: 'exit 1' }, stop })).toBeUndefined();
    expect(whoStopped({ job: { ...ended, status: 'SUCCEEDED' }, stop })).toBeUndefined();
  });
});

describe('tags', () => {
  const config = { limits: { RUNNABLE: 3600, TOTAL: 86_400 }, ceilings: { RUNNABLE: 7200 } };
  const tag = (name: string, value: string) => ({ [`batch-foreman:timeout-${name}`]: value });

  test.each([
    ['runnable', '600', { RUNNABLE: 600 }],
    ['runnable', ' 90 m ', { RUNNABLE: 5400 }],
    ['runnable', '3h', { RUNNABLE: 7200 }],
    ['total', '2d', { TOTAL: 86_400 }],
    ['total', '12h', { TOTAL: 43_200 }],
    ['starting', '5m', { STARTING: 300 }],
  ])('%s = %s', (name, value, expected) => {
    expect(limitsOf(config, tag(name, value))).toEqual({ limits: { ...config.limits, ...expected }, malformed: [] });
  });

  test.each(['', 'soon', '1.5h', '-60', '10 minutes', '59', '0'])('"%s" is malformed, and changes nothing', (value) => {
    const { limits, malformed } = limitsOf(config, tag('runnable', value));
    expect(limits).toEqual(config.limits);
    expect(malformed).toMatchObject([{ tag: 'batch-foreman:timeout-runnable', value }]);
  });
});

test.each([
  [90, '90 s'],
  [120, '2 min'],
  [5401, '1 h 30 min 1 s'],
  [86_400, '1 d'],
])('%i seconds in words', (seconds, words) => {
  expect(inWords(seconds)).toBe(words);
});

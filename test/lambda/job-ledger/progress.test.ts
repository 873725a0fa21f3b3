import fc from 'fast-check';
import { entryKey, type LedgerJob } from '../../../lambda/job-ledger/item';
import { merge, progressOf } from '../../../lambda/job-ledger/progress';
import { readEvent, type Sighting, sightingOf } from '../../../lambda/job-ledger/sighting';
import { eventOf, lifeOf, lifePlans, type Moment, START } from './sightings';

const tellings = (moments: readonly Moment[]): Sighting[] =>
  moments.filter(({ detail }) => detail.status !== 'SUBMITTED').map((moment) => readEvent(eventOf(moment)));

const mergeAll = (sightings: readonly Sighting[]): LedgerJob | undefined =>
  sightings.reduce<LedgerJob | undefined>(merge, undefined);

/** Some of the sightings, each once or more, in any order. */
function disturbed<T>(all: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...all, ...all], { minLength: 0 });
}

test('in whatever order events come, and however often, the same is known in the end', () => {
  const histories = lifePlans
    .map((plan) => tellings(lifeOf('job', plan)))
    .chain((told) => fc.record({ told: fc.constant(told), again: disturbed(told) }));
  fc.assert(
    fc.property(histories, ({ told, again }) => {
      // Each comes at least once.
      const late = told.filter((sighting) => !again.includes(sighting));
      expect(mergeAll([...again, ...late])).toEqual(mergeAll(told));
    }),
  );
});

test('looks between them change nothing that events tell, and a last look makes up for what they did not', () => {
  const histories = lifePlans
    .map((plan) => lifeOf('job', plan))
    .chain((life) =>
      fc.record({ life: fc.constant(life), told: disturbed(tellings(life)), looks: fc.array(fc.nat(life.length - 1)) }),
    );
  fc.assert(
    fc.property(histories, ({ life, told, looks }) => {
      const end = life.at(-1)!;
      // Lists may show what was long ago; nobody sees what is yet to come.
      const seen = looks.map((index) => sightingOf(life[index]!.detail, end.at));
      const last = sightingOf(end.detail, end.at);
      const known = mergeAll([...told, ...seen, last])!;
      const truth = mergeAll([...tellings(life), last])!;
      expect({ ...known, entered: truth.entered }).toEqual(truth);
      for (const [key, time] of Object.entries(known.entered))
        expect(time).toBeGreaterThanOrEqual(truth.entered[key] ?? Infinity);
      for (const { at, job } of told) expect(known.entered[entryKey(job)]).toBe(at);
    }),
  );
});

test('a job never goes back', () => {
  const histories = lifePlans.chain((plan) => disturbed(tellings(lifeOf('job', plan))));
  fc.assert(
    fc.property(histories, (sightings) => {
      let known: LedgerJob | undefined;
      for (const sighting of sightings) {
        const next = merge(known, sighting);
        expect(progressOf(next)).toBeGreaterThanOrEqual(known ? progressOf(known) : 0);
        known = next;
      }
    }),
  );
});

describe('what events leave out', () => {
  const life = lifeOf('job', { steps: [1, 1, 1, 1], attempts: 1, succeeds: true, pending: false });
  const without = readEvent(eventOf({ at: START, detail: { ...life[1]!.detail, tags: undefined } }));

  test('tags are taken from AWS Batch itself, before or after', () => {
    const look = sightingOf(life[1]!.detail, START + 5000);
    const tags = { 'batch-foreman:run': '1' };
    expect(mergeAll([without, look])).toMatchObject({ tags, described: true });
    expect(mergeAll([look, without])).toMatchObject({ tags, described: true });
  });

  test('a request to end a job shows in looks at it while it stays where it is', () => {
    const look = sightingOf({ ...life[1]!.detail, isCancelled: true }, START + 5000);
    expect(mergeAll([without, look])).toMatchObject({ status: 'RUNNABLE', isCancelled: true });
    // One that came too late changes nothing of a job that went on.
    expect(mergeAll([...tellings(life), look])).toMatchObject({ status: 'SUCCEEDED', isCancelled: false });
  });
});

test('the time of attempts that have ended adds up', () => {
  const life = lifeOf('job', { steps: [0, 10, 20, 30, 10, 20, 40, 5], attempts: 3, succeeds: false, pending: false });
  expect(mergeAll(tellings(life))).toMatchObject({ status: 'STARTING', attemptsEnded: 2, ranMilliseconds: 70_000 });
});

describe('an event that cannot be read says what is wrong', () => {
  const { detail } = lifeOf('job', { steps: [1, 1], attempts: 1, succeeds: true, pending: false })[1]!;
  const time = '2026-01-01T00:00:00Z';
  test.each([
    ['nonsense', 'the message is not JSON'],
    ['[]', 'the message is [], not an object'],
    [JSON.stringify({ time: 7, detail }), 'time is 7, not an ISO 8601 time'],
    [JSON.stringify({ time }), 'detail is undefined, not an object'],
    [JSON.stringify({ time, detail: { ...detail, jobId: '' } }), 'detail.jobId is "", not a string'],
    [JSON.stringify({ time, detail: { ...detail, jobQueue: 3 } }), 'detail.jobQueue is 3, not a string'],
    [JSON.stringify({ time, detail: { ...detail, status: 'HELD' } }), 'detail.status is "HELD", not one of SUBMITTED'],
    [JSON.stringify({ time, detail: { ...detail, createdAt: 'now' } }), 'detail.createdAt is "now", not a number'],
    [JSON.stringify({ time, detail: { ...detail, attempts: {} } }), 'detail.attempts is {}, not a list'],
  ])('%#', (body, message) => {
    expect(() => readEvent(body)).toThrow(message);
  });
});

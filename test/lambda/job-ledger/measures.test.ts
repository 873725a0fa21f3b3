import fc from 'fast-check';
import type { LedgerJob } from '../../../lambda/job-ledger/item';
import { countByState, longestWait, Measures, newWaits } from '../../../lambda/job-ledger/measures';
import { merge } from '../../../lambda/job-ledger/progress';
import { readEvent } from '../../../lambda/job-ledger/sighting';
import { eventOf, lifeOf, lifePlans, QUEUE, START } from './sightings';

const MINUTE = 60_000;

function job(given: Partial<LedgerJob>): LedgerJob {
  return {
    jobId: 'job',
    jobName: 'job',
    queueArn: QUEUE,
    definitionArn: 'definition',
    status: 'RUNNABLE',
    attemptsEnded: 0,
    entered: {},
    createdAt: START,
    ranMilliseconds: 0,
    isCancelled: false,
    isTerminated: false,
    tags: {},
    described: false,
    dependsOn: [],
    ...given,
  };
}

/** The metrics of each line, by name. */
function measured(act: (measures: Measures) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  act(new Measures((line) => lines.push(line)));
  return lines.map((line) => {
    const { _aws, JobQueue, ...metrics } = JSON.parse(line) as Record<string, unknown>;
    expect(_aws).toBeDefined();
    expect(JobQueue).toBe('queue');
    return metrics;
  });
}

test('in whatever order the events of a job come, each of its waits is told once', () => {
  const lives = lifePlans
    .map((plan) => lifeOf('job', plan).filter(({ detail }) => detail.status !== 'SUBMITTED'))
    .chain((life) => fc.record({ life: fc.constant(life), order: fc.shuffledSubarray([...life, ...life]) }));
  fc.assert(
    fc.property(lives, ({ life, order }) => {
      const all = [...order, ...life].map((moment) => readEvent(eventOf(moment)));
      let known: LedgerJob | undefined;
      const told: number[] = [];
      for (const sighting of all) {
        const after = merge(known, sighting);
        told.push(...newWaits(known, after));
        known = after;
      }
      expect(told).toHaveLength(newWaits(undefined, known ?? job({})).length);
      for (const wait of told) expect(wait).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a wait lasts from RUNNABLE to STARTING, or to RUNNING where nobody has seen that, in each attempt', () => {
  const entered = {
    '0/RUNNABLE': START,
    '0/STARTING': START + 3 * MINUTE,
    '0/RUNNING': START + 4 * MINUTE,
    '1/RUNNABLE': START + 10 * MINUTE,
    '1/RUNNING': START + 11 * MINUTE,
    '2/RUNNABLE': START + 20 * MINUTE,
  };
  expect(newWaits(undefined, job({ entered }))).toEqual([3 * MINUTE, MINUTE]);
});

test('of an array its children count, in the states before the end', () => {
  const counts = countByState({
    jobs: [
      { jobId: 'a', jobName: 'a', status: 'RUNNABLE' },
      {
        jobId: 'b',
        jobName: 'b',
        status: 'PENDING',
        arrayProperties: { size: 9, statusSummary: { RUNNABLE: 4, RUNNING: 3, SUCCEEDED: 2 } },
      },
    ],
  });
  expect(Object.fromEntries(counts)).toEqual({ SUBMITTED: 0, PENDING: 0, RUNNABLE: 5, STARTING: 0, RUNNING: 3 });
});

test('the longest wait is that of the attempt under way', () => {
  const waiting = job({ attemptsEnded: 1, entered: { '0/RUNNABLE': START, '1/RUNNABLE': START + MINUTE } });
  const running = job({ status: 'RUNNING', entered: { '0/RUNNABLE': START } });
  expect(longestWait([running, waiting], START + 3 * MINUTE)).toBe(2 * MINUTE);
  expect(longestWait([running], START)).toBe(0);
});

test('a queue that has become idle is told of once more, and an idle one is not', () => {
  const counts = (running: number) => new Map([['RUNNING', running] as const]);
  const told = measured((measures) => {
    for (const running of [0, 1, 0, 0]) measures.states(QUEUE, counts(running), 0, START);
  });
  expect(told).toEqual([
    { JobsRunning: 1, LongestWait: 0 },
    { JobsRunning: 0, LongestWait: 0 },
  ]);
});

test('ends are counted when they become known, and not those of the parents of arrays', () => {
  const ended = (given: Partial<LedgerJob> = {}) => job({ status: 'SUCCEEDED', ...given });
  const told = measured((measures) =>
    measures.progress(
      [
        [undefined, ended()],
        [job({ status: 'RUNNING' }), ended()],
        [ended(), ended()],
        [job({ status: 'PENDING' }), ended({ arraySize: 3 })],
        [job({ status: 'RUNNING' }), ended({ status: 'FAILED' })],
      ],
      START,
    ),
  );
  expect(told).toEqual([{ JobsSucceeded: 2 }, { JobsFailed: 1 }]);
});

test('no line has more values of a metric than CloudWatch takes', () => {
  const started = job({ status: 'RUNNING', entered: { '0/RUNNABLE': START, '0/RUNNING': START + 1500 } });
  const told = measured((measures) =>
    measures.progress(
      Array.from({ length: 250 }, () => [undefined, started] as const),
      START,
    ),
  );
  expect(told.map(({ Wait }) => (Wait as number[]).length)).toEqual([100, 100, 50]);
  expect(told[0]!['Wait']).toContain(1.5);
});

import { decisionLine } from '../../../cli/demo/decisions';
import { introduction, report } from '../../../cli/demo/report';
import { summarize } from '../../../cli/demo/summary';
import type { RunRecord } from '../../../cli/demo/summary';
import { terminalOf } from '../../../cli/demo/terminal';
import { duration } from '../../../cli/demo/units';

const PLAIN = terminalOf({ isTTY: false, columns: 80 }, {});
const HOUR = 3_600_000;
const POOLS = [
  {
    name: 'large',
    autoScalingGroupName: 'group',
    capacity: { vcpus: 16, memoryMiB: 61_440, gpus: 0 },
    maxInstances: 128,
    cost: 1,
  },
  {
    name: 'gpu',
    autoScalingGroupName: 'gpus',
    capacity: { vcpus: 8, memoryMiB: 30_720, gpus: 1 },
    maxInstances: 4,
    cost: 1,
  },
];
const RECORD: RunRecord = {
  from: 0,
  to: 10 * HOUR,
  jobs: [
    { queue: 'normal', status: 'SUCCEEDED', createdAt: 0, startedAt: 10_000, stoppedAt: 20_000 },
    { queue: 'normal', status: 'FAILED', createdAt: 0, startedAt: 110_000, stoppedAt: 120_000 },
    { queue: 'urgent', status: 'FAILED', createdAt: 0, stoppedAt: 20_000 },
    { queue: 'urgent', status: 'RUNNABLE', createdAt: 0 },
  ],
  instances: [
    { pool: 'large', from: 0, to: 5 * HOUR },
    { pool: 'large', from: HOUR, to: 2 * HOUR },
    { pool: 'large', from: 9 * HOUR },
  ],
  killedByScaleIn: 0,
  apiCalls: { batch: { ListJobs: 1200, SubmitJob: 4 } },
};

describe('summarize', () => {
  test('keeps to the contract of --json', () => {
    expect(summarize(RECORD, 1.5)).toEqual({
      submitted: 4,
      succeeded: 1,
      failed: 2,
      launched: 3,
      peakInstances: 2,
      finalInstances: 1,
      killedByScaleIn: 0,
      wait: { p50: 60, p95: 105, p99: 109 },
      virtualSeconds: 36_000,
      seconds: 1.5,
      apiCalls: RECORD.apiCalls,
    });
  });
});

describe('report', () => {
  test('says what happened to jobs and instances, pool by pool', () => {
    const text = report(RECORD, summarize(RECORD, 1.5), POOLS, PLAIN);
    expect(text).toMatch(/^normal +1 +1 +1 min +1 min 45 s +1 min 49 s$/m);
    expect(text).toMatch(/^urgent +0 +1 +0 s/m);
    expect(text).toMatch(/^Instances +3 launched, at most 2 at once, 1 left, 0 jobs killed by scale-in$/m);
    expect(text).toMatch(/^large \(16 vCPU, 60 GiB\) {2}3 launched, at most 2 of 128 at once$/m);
    expect(text).toMatch(/^gpu \(8 vCPU, 30 GiB, 1 GPU\) {2}none launched$/m);
    expect(text).toMatch(/^ +0 +5 h +10 h$/m);
    expect(text).toContain('10 h of virtual time in 2 s, 1,204 API calls');
  });

  test('fits the terminal', () => {
    for (const columns of [60, 80, 200]) {
      const lines = report(RECORD, summarize(RECORD, 1), POOLS, terminalOf({ isTTY: false, columns }, {})).split('\n');
      const charts = lines.filter((line) => /[┼┤]/.test(line));
      expect(Math.max(...charts.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  test('says how many jobs did not fit as they came', () => {
    const stack = { name: 'Batch', id: '', resources: new Map(), outputs: {} };
    expect(introduction(stack, 'a trace', { jobs: [], split: 3, clamped: 1_000 }, PLAIN)).toContain(
      '0 jobs (3 larger ones split, 1,000 clamped to what an instance has)\n',
    );
    expect(introduction(stack, 'a trace', { jobs: [], split: 0, clamped: 0 }, PLAIN)).toMatch(/ 0 jobs$/m);
  });
});

describe('terminalOf', () => {
  const tty = { isTTY: true, columns: 80 };
  test('colours terminals only, and none for those who want none', () => {
    expect(terminalOf(tty, {}).bold('x')).not.toBe('x');
    for (const [stream, env] of [
      [{ ...tty, isTTY: false }, {}],
      [tty, { NO_COLOR: '1' }],
      [tty, { TERM: 'dumb' }],
    ] as const) {
      // prettier-ignore
      expect(terminalOf(stream, env).bold('x')).toBe('x');
    }
  });
});

describe('decisionLine', () => {
  const line = (entry: object) => decisionLine(JSON.stringify(entry), 3_700, PLAIN);

  test('shows what was decided and why', () => {
    expect(line({ level: 'INFO', message: 'launch', pool: 'large', count: 3, desired: 5, reason: '9 jobs wait' })).toBe(
      '   1 h 1 min  launch    large  3  9 jobs wait',
    );
    expect(line({ message: 'drain', pool: 'small', instanceId: 'i-1', reason: 'idle for 60 s and not needed' })).toBe(
      '   1 h 1 min  drain     small  i-1  idle for 60 s and not needed',
    );
    expect(line({ message: 'unplaced', reason: 'pool-maximum', jobs: 2 })).toContain('2 jobs  pool-maximum');
  });

  test('shows nothing else', () => {
    expect(line({ _aws: {}, Pool: 'large' })).toBeUndefined();
    expect(line({ message: 'something else' })).toBeUndefined();
    expect(decisionLine('START RequestId', 0, PLAIN)).toBeUndefined();
  });
});

test.each([
  [0, '0 s'],
  [59.6, '1 min'],
  [61, '1 min 1 s'],
  [3_600, '1 h'],
  [90_061, '1 d 1 h'],
  [86_400 + 60, '1 d'],
])('duration(%d) is %s', (seconds, text) => expect(duration(seconds)).toBe(text));

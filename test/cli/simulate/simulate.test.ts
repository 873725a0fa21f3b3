import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulateCommand } from '../../../cli/simulate/options';
import { simulate } from '../../../cli/simulate/simulate';
import { optionsOf } from '../command';

const POOL = 'name=cpu,vcpu=16,memory=63000,gpu=0,price=3600,max=10';
let directory: string;
let trace: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'simulate-'));
  trace = join(directory, 'jobs.jsonl');
  const job = { arrival: 10, run: 100, vcpus: 16, memoryMiB: 1000, gpus: 0 };
  writeFileSync(trace, `${JSON.stringify(job)}\n${JSON.stringify({ ...job, arrival: 30 })}\n`);
});
afterAll(() => rmSync(directory, { recursive: true }));

const runWith = (argv: readonly string[]) => simulate(optionsOf(simulateCommand, argv));
const run = (...more: string[]) => runWith(['--trace', trace, '--format', 'jsonl', '--pool', POOL, ...more]);

test('prints the figures as JSON', () => {
  const output = JSON.parse(run('--policy', 'foreman,static', '--json')) as Record<string, unknown>;
  expect(output).toMatchObject({
    trace: 'jobs.jsonl',
    jobs: 2,
    bounds: { work: 200, zeroWait: 200 },
    policies: {
      // Two instances for 120 s, and 90 s before that to boot.
      static: {
        cost: 420,
        costOverWork: 2.1,
        costOverZeroWait: 2.1,
        wait: { mean: 0, p50: 0, p95: 0, p99: 0 },
        kills: 0,
      },
    },
  });
  const { foreman } = output.policies as Record<string, object>;
  expect(Object.keys(foreman!)).toEqual([
    'cost',
    'costOverWork',
    'costOverZeroWait',
    'wait',
    'boundedSlowdown',
    'launches',
    'emptyLaunches',
    'kills',
    'makespan',
    'seconds',
  ]);
  expect(foreman).toMatchObject({ launches: 2, emptyLaunches: 0, wait: { p50: 92.5, p95: 94.75, p99: 94.95 } });
});

test('compares all policies in a table by default', () => {
  const lines = run().split('\n');
  expect(lines[0]).toBe('jobs.jsonl: 2 jobs (0 cut into pieces, 0 clamped to the instance)');
  expect(lines.slice(4).map((line) => line.split(' ')[0])).toEqual([
    'foreman',
    'ffd',
    'count',
    'vcpu',
    'cas',
    'jobwatcher',
    'static', // prettier-ignore
  ]);
});

describe('refuses, and says what to change', () => {
  test.each<[string, string[]]>([
    [
      "option '--pool <shape>' argument 'name=cpu' is invalid. It lacks vcpu, memory, gpu, price, max.",
      ['--pool', 'name=cpu'],
    ],
    ['"cpus" is none of name, vcpu, memory, gpu, price, max.', ['--pool', 'name=a,cpus=4']],
    ['vcpu is given twice.', ['--pool', 'name=a,vcpu=4,vcpu=5']],
    ['vcpu is "1.5", expected a whole number of at least 1.', ['--pool', POOL.replace('cpu,vcpu=16', 'a,vcpu=1.5')]],
    [
      'max is "0", expected a whole number of at least 1.',
      ['--pool', POOL.replace('name=cpu', 'name=a').replace('max=10', 'max=0')],
    ],
    ['There are two pools named cpu.', ['--pool', POOL]],
    ['There is no policy magic; there are foreman, ffd,', ['--policy', 'ffd,magic']],
    ['It is no whole number from 0 to 59.', ['--phase', '60']],
    ["argument 'fifo' is invalid. Allowed choices are backfill, strict.", ['--scheduler', 'fifo']],
    ["unknown option '--pools'", ['--pools', 'x']],
    ['no such file', ['--trace', 'nowhere']],
    ['Line 1: expected 18 numbers', ['--format', 'swf']],
  ])('%s', (message, more) => {
    expect(() => run(...more)).toThrow(message);
  });

  test('a trace without the pool that its jobs need', () => {
    const gpuOnly = POOL.replace('gpu=0', 'gpu=1');
    expect(() => runWith(['--trace', trace, '--format', 'jsonl', '--pool', gpuOnly])).toThrow(/jobs\.jsonl: .*GPU/);
  });

  test('what is missing', () => {
    expect(() => runWith(['--trace', trace, '--format', 'jsonl'])).toThrow("'--pool <shape>' not specified");
  });
});

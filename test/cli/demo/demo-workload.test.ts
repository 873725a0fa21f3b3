import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoWorkload } from '../../../cli/demo/demo-workload';
import { Random } from '../../../local/simulation/random';

const LARGEST = {
  cpu: { vcpus: 16, memoryMiB: 60_000, gpus: 0 },
  gpu: { vcpus: 8, memoryMiB: 30_000, gpus: 1 },
};
const DAY = 86_400;

const directory = mkdtempSync(join(tmpdir(), 'demo-workload-'));
const file = join(directory, 'trace.swf');
const line = (id: number, submit: number, processors: number) =>
  [id, submit, 0, 60, -1, -1, -1, processors, ...Array<number>(10).fill(-1)].join(' ');
writeFileSync(file, [line(1, 100, 40), line(2, 100 + 2 * DAY, 1), line(3, 100 + 2 * DAY + 5, 17)].join('\n'));
afterAll(() => rmSync(directory, { recursive: true }));

const options = { days: 1, seed: 1, json: false, verbose: false };
const trace = (fromDay: number, days = 1, name = file, format: 'swf' | 'openb' = 'swf') =>
  demoWorkload({ ...options, days, trace: { file: name, format, fromDay } }, () => 0);

describe('demoWorkload', () => {
  test('the days of a trace, cut to the instances, and only they are counted', () => {
    const workload = trace(2);
    expect(workload.title).toBe('trace.swf, day 2');
    const { jobs, split } = workload.cutTo(LARGEST);
    expect(jobs.map(({ name, arrival, vcpus }) => [name, arrival, vcpus])).toEqual([
      ['2', 0, 1],
      ['3-0', 5, 16],
      ['3-1', 5, 1],
    ]);
    expect(split).toBe(1);
    expect(trace(0, 3).title).toBe('trace.swf, days 0 to 2');
  });

  test.each([
    ['a day after the last', () => trace(3), /^--from-day 3: .*trace\.swf has days 0 to 2$/],
    ['a day without jobs', () => trace(1), /^no job of .*trace\.swf arrives on day 1$/],
    ['a missing file', () => trace(0, 1, join(directory, 'none')), /^--trace: ENOENT: no such file/],
    ['a directory', () => trace(0, 1, directory), /^--trace: EISDIR/],
    ['another format', () => trace(0, 1, file, 'openb'), /trace\.swf: Not a list of pods/],
  ])('refuses %s', (_name, make, message) => {
    expect(make).toThrow(expect.objectContaining({ name: 'UsageError', message: expect.stringMatching(message) }));
  });

  test('a generated day is the same for the same seed', () => {
    const generated = (seed: number) => {
      const random = new Random(seed);
      return demoWorkload(options, () => random.next()).cutTo(LARGEST);
    };
    expect(generated(1)).toEqual(generated(1));
    expect(generated(1).jobs.some(({ gpus }) => gpus > 0)).toBe(true);
    expect(generated(1)).not.toEqual(generated(2));
  });
});

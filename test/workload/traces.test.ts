import type { Amounts } from '../../workload/job';
import { daysOf } from '../../workload/job';
import { readJsonl } from '../../workload/jsonl';
import { readOpenb } from '../../workload/openb';
import { readSwf } from '../../workload/swf';

const CPU: Amounts = { vcpus: 16, memoryMiB: 60_000, gpus: 0 };
const GPU: Amounts = { vcpus: 8, memoryMiB: 30_000, gpus: 1 };
const LARGEST = { cpu: CPU, gpu: GPU };

/** One line of the Standard Workload Format; what is left out is unknown. */
function swfLine(fields: {
  id: number;
  submit: number;
  run: number;
  used?: number;
  memory?: number;
  requested?: number;
}) {
  const { id, submit, run, used = -1, memory = -1, requested = -1 } = fields;
  return [id, submit, 0, run, used, -1, memory, requested, ...Array<number>(10).fill(-1)].join(' ');
}

describe('readSwf', () => {
  const read = (...lines: Parameters<typeof swfLine>[0][]) =>
    readSwf(['; a comment', '', ...lines.map(swfLine)].join('\n'), LARGEST);

  test('counts time from the first kept job, in order of arrival', () => {
    const { jobs } = read(
      { id: 1, submit: 100, run: 0, requested: 1 },
      { id: 2, submit: 500, run: 60, requested: 1 },
      { id: 3, submit: 200, run: 60, requested: 1 },
    );
    expect(jobs.map(({ name, arrival }) => [name, arrival])).toEqual([['3', 0], ['2', 300]]); // prettier-ignore
  });

  test('gives memory some headroom, a floor, and a default', () => {
    const memory = (used: number, requested: number) =>
      read({ id: 1, submit: 0, run: 1, memory: used, requested }).jobs[0]!.memoryMiB;
    expect(memory(1024 * 1024, 2)).toBe(Math.ceil(2 * 1024 * 1.2));
    expect(memory(1, 1)).toBe(256);
    expect(memory(-1, 3)).toBe(3 * 2048);
  });

  test('cuts a job into full instances and a remainder, each with its own memory', () => {
    const { jobs, split, clamped } = read({ id: 7, submit: 0, run: 60, requested: 40 });
    expect(jobs.map(({ name, vcpus, memoryMiB }) => [name, vcpus, memoryMiB])).toEqual([
      ['7-0', 16, 32_768],
      ['7-1', 16, 32_768],
      ['7-2', 8, 16_384],
    ]);
    expect({ split, clamped }).toEqual({ split: 1, clamped: 0 });
  });

  test('clamps memory to the instance', () => {
    const { jobs, split, clamped } = read({ id: 1, submit: 0, run: 60, requested: 1, memory: 100_000 * 1024 });
    expect(jobs[0]!.memoryMiB).toBe(CPU.memoryMiB);
    expect({ split, clamped }).toEqual({ split: 0, clamped: 1 });
  });

  test('refuses what is not the format', () => {
    expect(() => readSwf('1 2 3', LARGEST)).toThrow('Line 1: expected 18 numbers');
    expect(() => readSwf(`;\n${swfLine({ id: 1, submit: 0, run: 1 }).replace('1', 'x')}`, LARGEST)).toThrow('Line 2');
  });
});

describe('readOpenb', () => {
  const HEADER =
    'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time';
  const read = (...rows: string[]) => readOpenb([HEADER, ...rows].join('\n'), LARGEST);

  test('rounds vCPUs up, takes a fraction of a GPU for one, and runs from scheduling to deletion', () => {
    const { jobs } = read(
      'a,1500,1000,0,0,,LS,Running,100,400,150',
      'b,4000,2000,1,500,,LS,Running,110,400,',
      'c,4000,2000,0,300,,LS,Running,120,400,120.0',
      'd,4000,2000,0,0,,LS,Failed,130,130,130',
    );
    expect(jobs).toEqual([
      { name: 'a', arrival: 0, run: 250, vcpus: 2, memoryMiB: 1000, gpus: 0 },
      { name: 'b', arrival: 10, run: 290, vcpus: 4, memoryMiB: 2000, gpus: 1 },
      { name: 'c', arrival: 20, run: 280, vcpus: 4, memoryMiB: 2000, gpus: 1 },
    ]);
  });

  test('clamps to the instance of the kind', () => {
    const { jobs, clamped } = read('a,64000,900000,8,1000,,LS,Running,0,10,0', 'b,32000,1,0,0,,LS,Running,0,10,0');
    expect(jobs.map(({ vcpus, memoryMiB, gpus }) => ({ vcpus, memoryMiB, gpus }))).toEqual([
      GPU,
      { vcpus: 16, memoryMiB: 1, gpus: 0 },
    ]);
    expect(clamped).toBe(2);
  });

  test('refuses what is not a pod list, or has nowhere to go', () => {
    expect(() => readOpenb('a,b\n1,2', LARGEST)).toThrow('Not a list of pods: no column name');
    expect(() => read('a,x,1,0,0,,LS,Running,0,10,0')).toThrow('Row 2: cpu_milli is "x", expected a number');
    expect(() => readOpenb([HEADER, 'a,1,1,1,1000,,,,0,10,0'].join('\n'), { cpu: CPU })).toThrow('jobs with GPUs');
  });
});

describe('readJsonl', () => {
  test('reads one job a line and cuts those without GPUs', () => {
    const text = [
      '{"name": "big", "arrival": 5, "run": 60, "vcpus": 20, "memoryMiB": 2000, "gpus": 0}',
      '',
      '{"arrival": 3, "run": 60, "vcpus": 20, "memoryMiB": 2000, "gpus": 1}',
    ].join('\n');
    const { jobs, split, clamped } = readJsonl(text, LARGEST);
    expect(jobs.map(({ name, arrival, vcpus, memoryMiB }) => [name, arrival, vcpus, memoryMiB])).toEqual([
      ['3', 0, 8, 2000],
      ['big-0', 2, 16, 1600],
      ['big-1', 2, 4, 400],
    ]);
    expect({ split, clamped }).toEqual({ split: 1, clamped: 1 });
  });

  test.each([
    ['nonsense', 'Line 1: not a JSON object'],
    ['{"arrival": -1, "run": 1, "vcpus": 1, "memoryMiB": 1, "gpus": 0}', 'arrival is -1'],
    ['{"arrival": 0, "run": 1, "vcpus": 0, "memoryMiB": 1, "gpus": 0}', 'vcpus is 0'],
    ['null', 'arrival is undefined'],
  ])('refuses %s', (line, message) => {
    expect(() => readJsonl(line, LARGEST)).toThrow(message);
  });
});

describe('daysOf', () => {
  const DAY = 86_400;
  const job = (name: string, arrival: number) =>
    JSON.stringify({ name, arrival, run: 1, vcpus: name === 'large' ? 17 : 1, memoryMiB: 1, gpus: 0 });
  const text = [job('first', 1000), job('large', 1000 + DAY - 1), job('next', 1000 + DAY), job('last', 1000 + 2 * DAY)];
  const workload = readJsonl(text.join('\n'), LARGEST);

  test('day 0 begins with the first arrival, and what was split is counted in its own days', () => {
    expect(daysOf(workload, 0, 1).jobs.map(({ name }) => name)).toEqual(['first', 'large-0', 'large-1']);
    expect(daysOf(workload, 0, 1).split).toBe(1);
    expect(daysOf(workload, 1, 1)).toMatchObject({ jobs: [{ name: 'next', arrival: 0 }], split: 0 });
    expect(daysOf(workload, 1, 2).jobs.map(({ arrival }) => arrival)).toEqual([0, DAY]);
    expect(daysOf(workload, 9, 1).jobs).toEqual([]);
  });
});

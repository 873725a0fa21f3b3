/** `rehearse` on examples, which are not the reference app: what it plays, what it tells, and what it finds wrong. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rehearsed } from '../../../cli/rehearse/render';
import { loadExample } from '../../examples/example';
import { command } from '../command';

const folder = mkdtempSync(join(tmpdir(), 'rehearse-'));
const submissions = join(folder, 'jobs.jsonl');
const reportFile = join(folder, 'report.html');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(...lines: object[]): string[] {
  writeFileSync(submissions, lines.map((line) => JSON.stringify(line)).join('\n'));
  return ['--submissions', submissions];
}

describe('an app on Spot and On-Demand instances that AWS Batch launches', () => {
  const assembly = ['rehearse', '--assembly', loadExample('spot-fleet').synth().directory];

  test('jobs of a file, one of which loses its instance', async () => {
    const lost = { at: 0, name: 'lost', attempts: [{ runSeconds: 300, hostTerminated: true }, { runSeconds: 600 }] };
    const argv = [...assembly, ...written(lost, { at: 600, job: 'Simulate', run: 1200, count: 4 })];
    const options = ['--price', 'm6i.xlarge=0.192', '--report', reportFile, '--json'];
    const { exitCode, stdout, stderr } = await command([...argv, ...options]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { summary, cost, comparison, stuck, refused, workload } = JSON.parse(stdout) as Rehearsed;
    expect(workload).toBe('jobs.jsonl: 5 jobs');
    expect(summary).toMatchObject({ submitted: 5, succeeded: 5, failed: 0, finalInstances: 0, killedByScaleIn: 0 });
    expect(summary.wait.p50).toBeGreaterThan(0);
    expect({ stuck, refused }).toEqual({ stuck: [], refused: [] });
    // Five jobs of 4 vCPUs, each of which takes an m6i.xlarge; no job can do with less.
    expect(cost.unit).toBe('dollars');
    const hours = (300 + 600 + 4 * 1200) / 3600;
    expect(cost.amount).toBeGreaterThan(hours * 0.192);
    expect(cost.amount).toBeLessThan(3 * hours * 0.192);
    expect(cost.amount).toBeGreaterThanOrEqual(comparison!.bounds.work);
    expect(Object.keys(comparison!.policies)).toContain('static');

    const page = readFileSync(reportFile, 'utf8');
    const titles = [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Jobs by state',
      'Instances by pool',
      'vCPUs in use',
      'Memory, GiB in use',
      'Short by',
      'Waits',
      'Cost',
      'One job',
    ]);
    expect(page).toContain('lost of the Queue queue: 2 attempts in 1 submission.');
    expect(page.match(/<svg /g)).toHaveLength(titles.length);
  });

  test('generated jobs of its own definition, for people; the same seed gives the same', async () => {
    const run = () => command([...assembly, '--jobs', '12', '--seed', '7']);
    const { exitCode, stdout } = await run();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Stack {8}SpotFleet \(\d+ resources\)$/m);
    expect(stdout).toContain("12 jobs in a day by the Lublin–Feitelson model, of the app's own definitions");
    expect(stdout).toMatch(/^Queue +12 +0 /m);
    expect(stdout).toMatch(/^Cost {9}[\d.]+ vCPU hours, [\d.]+ × what the work alone would cost$/m);
    expect(stdout).not.toContain('\u001b');
    const figures = (text: string) => text.replace(/virtual time in \d+ s/, '');
    expect(figures((await run()).stdout)).toBe(figures(stdout));
  });

  test('colours are for terminals, and for those who want them', async () => {
    const argv = [...assembly, ...written({ run: 60 })];
    const isColoured = async (env: Record<string, string>) =>
      (await command(argv, { isTTY: true, env })).stdout.includes('\u001b[');
    expect([await isColoured({}), await isColoured({ NO_COLOR: '1' })]).toEqual([true, false]);
  });

  test('a trace, cut to its instances', async () => {
    const trace = join(folder, 'trace.jsonl');
    writeFileSync(trace, JSON.stringify({ arrival: 0, run: 600, vcpus: 6, memoryMiB: 6000, gpus: 0 }));
    const { exitCode, stdout } = await command([...assembly, '--trace', trace, '--format', 'jsonl', '--json']);
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as Rehearsed).summary).toMatchObject({ succeeded: 1, failed: 0 });
  });

  test('what AWS Batch would refuse is told', async () => {
    const { exitCode, stderr } = await command([...assembly, ...written({ arraySize: 20_000 })]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^batch-foreman rehearse: AWS Batch refuses 1 job; Simulate-1: .*\n$/);
  });

  test.each([
    [{ queue: 'Night' }, 'Line 1: The app has no queue Night; it has Queue'],
    [{ run: -1 }, 'Line 1: run is -1, expected a number of at least 1'],
    [{ seconds: 5 }, 'Line 1: there is no member seconds; there are at, run,'],
    [{ run: 5, attempts: [] }, 'Line 1: run and attempts exclude each other'],
    [{ attempts: [{ exit: 1 }] }, 'Line 1: LOCAL_JOB.attempts[0] has no member exit'],
  ])('a line %j is refused with exit code 2', async (line, message) => {
    const { exitCode, stderr } = await command([...assembly, ...written(line)]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`batch-foreman rehearse: ${message}`);
  });
});

describe('an app on Fargate', () => {
  const assembly = ['rehearse', '--assembly', loadExample('job-timeouts').synth().directory];

  test('is told what it takes of Fargate, and in dollars where those are known', async () => {
    const argv = [...assembly, ...written({ run: 3600, count: 2 })];
    const { exitCode, stdout } = await command(argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^On Fargate {3}[\d.]+ vCPU hours, [\d.]+ GB hours: in dollars with --price$/m);
    expect(stdout).not.toMatch(/^Cost/m);
    const priced = await command([...argv, '--price', 'fargate-vcpu=0.04', '--price', 'fargate-gb=0.004', '--json']);
    const { fargate, cost } = JSON.parse(priced.stdout) as Rehearsed;
    expect(cost.amount).toBe(0);
    expect(fargate!.dollars).toBeCloseTo(0.04 * fargate!.vcpuHours + 0.004 * fargate!.gbHours);
    expect(fargate!.vcpuHours).toBeCloseTo(2);
  });
});

describe('an app that launches instances for what waits', () => {
  const assembly = ['rehearse', '--assembly', loadExample('cpu-and-gpu').synth().directory];

  test('a job that no instance can hold is found before it is deployed', async () => {
    const argv = [
      ...assembly,
      ...written({ job: 'Preprocess', run: 600 }, { job: 'Train', name: 'large', vcpus: 500 }),
    ];
    const { exitCode, stdout, stderr } = await command(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^batch-foreman rehearse: 1 job waits for ever: 500 vCPU requested, 8 vCPU available/);
    expect(stdout).toContain('large is RUNNABLE: 500 vCPU requested');
    expect(stdout).toContain('Ask for less (short by 492 vCPU), or add a larger instance type.');
    expect(stdout).toMatch(/^Short of {5}up to 500 vCPU/m);
    expect(stdout).toMatch(/^Queue +1 +0 /m);
    expect(stdout).toContain('0 jobs killed by scale-in');
  });
});

test('without an app there is nothing to rehearse', async () => {
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { exitCode, stderr } = await command(['rehearse']);
    expect([exitCode, stderr]).toEqual([
      2,
      'batch-foreman rehearse: there is no cdk.json and no cdk.out here: name the app with --app, or --assembly\n',
    ]);
  } finally {
    process.chdir(before);
  }
});

test('an app that does not synthesize says why', async () => {
  const { exitCode, stderr } = await command(['rehearse', '--app', 'echo "vcpus is 0" >&2; exit 3']);
  expect([exitCode, stderr]).toEqual([1, 'batch-foreman rehearse: The app does not synthesize: vcpus is 0\n']);
});

/** The main job, on a trace that is small enough to wait for. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { demoWorkload } from '../../cli/demo/demo-workload';
import type { DemoOptions } from '../../cli/demo/options';
import { largestInstances, referenceApp } from '../../cli/demo/reference-app';
import { runWorkload } from '../../cli/demo/run';
import type { RunRecord, Summary } from '../../cli/demo/summary';
import { summarize } from '../../cli/demo/summary';
import { referenceProject, synthesize } from '../../cli/demo/synthesize';
import { LocalAws } from '../../local/local-aws';

const ROOT = join(__dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'demo-'));
const assembly = join(directory, 'cdk.out');
const trace = join(directory, 'pods.csv');

/** Two hours of jobs of every kind: small, large, with GPUs, and one that is larger than any instance. */
const PODS = [
  'name,cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time,scheduled_time',
  ...Array.from({ length: 12 }, (_, index) => {
    const arrival = index * 600;
    return `cpu-${index},${(index % 4) * 4000 + 1000},2000,0,0,${arrival},${arrival + 300 + index * 60},${arrival}`;
  }),
  'gpu-1,4000,8000,1,1000,1200,3000,1200',
  'gpu-2,2000,8000,1,400,1300,2000,1300',
  'huge,96000,500000,0,0,2400,3600,2400',
].join('\n');

const OPTIONS: DemoOptions = {
  trace: { file: trace, format: 'openb', fromDay: 0 },
  days: 1,
  seed: 3,
  json: true,
  verbose: false,
};

async function run(seed: number): Promise<RunRecord> {
  const aws = new LocalAws({ seed });
  const [stack] = await aws.deploy(assembly);
  const app = referenceApp(stack!);
  const workload = demoWorkload(OPTIONS, Math.random).cutTo(largestInstances(app));
  return runWorkload(aws, app, workload, () => {});
}

let record: RunRecord;

beforeAll(async () => {
  writeFileSync(trace, PODS);
  await synthesize(referenceProject(), assembly);
  record = await run(OPTIONS.seed);
});
afterAll(() => rmSync(directory, { recursive: true }));

test('every job ends well, instances go back to zero, and none took a job with it', () => {
  expect(summarize(record, 0)).toMatchObject({
    submitted: 15,
    succeeded: 15,
    failed: 0,
    finalInstances: 0,
    killedByScaleIn: 0,
  });
  expect(record.jobs.map(({ queue }) => queue).sort()).toEqual([...Array<string>(14).fill('normal'), 'urgent']);
});

test('every pool is used: the smaller instance where it is enough, the GPU one for GPUs', () => {
  const launched = (pool: string): number => record.instances.filter((instance) => instance.pool === pool).length;
  expect(launched('small')).toBeGreaterThan(0);
  expect(launched('large')).toBeGreaterThan(0);
  expect(launched('gpu')).toBe(2);
  expect(record.instances.every(({ pool }) => ['small', 'large', 'gpu'].includes(pool))).toBe(true);
});

test('the same seed gives the same, to the byte', async () => {
  expect(JSON.stringify(await run(OPTIONS.seed))).toBe(JSON.stringify(record));
});

test('the command says the same in its last line', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      'cli/batch-foreman.ts',
      'demo',
      '--trace',
      trace,
      '--format',
      'openb',
      '--seed',
      `${OPTIONS.seed}`,
      '--json',
    ],
    { cwd: ROOT },
  );
  const told = JSON.parse(stdout.trim().split('\n').at(-1)!) as Summary;
  expect(told).toEqual({ ...summarize(record, told.seconds) });
  expect(Object.keys(told)).toEqual([
    'submitted',
    'succeeded',
    'failed',
    'launched',
    'peakInstances',
    'finalInstances',
    'killedByScaleIn',
    'wait',
    'virtualSeconds',
    'seconds',
    'apiCalls',
  ]);
});

import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ProcessRunner } from '../../../local/batch/execution/process-runner';
import type { JobLaunch, JobOutcome } from '../../../local/batch/execution/job-runner';
import type { RunningJob } from '../../../local/batch/model';
import type { Job } from '../../../local/batch/model';
import { Activities } from '../../../local/simulation/activities';
import { VirtualClock } from '../../../local/simulation/virtual-clock';

interface Run {
  runner: ProcessRunner;
  job: RunningJob;
  told: string[];
  /** Resolves once the container runs, or could not be started. */
  started: Promise<void>;
  ended: Promise<JobOutcome>;
  lines: string[];
  clock: VirtualClock;
}

/** Runs a command as the job of a container; its clock stands still unless a test moves it. */
function run(command: string[], environment: Record<string, string> = {}, directory?: string): Run {
  const clock = new VirtualClock(0, new Activities());
  const lines: string[] = [];
  const logs = {
    write: (group: string, stream: string, line: string) => void lines.push(`${group} ${stream} ${line}`),
  };
  const runner = new ProcessRunner(clock, logs, { directory, path: process.env.PATH! });
  const launch: JobLaunch = {
    job: { spec: { command } } as unknown as Job,
    attempt: 1,
    provisionSeconds: 0,
    environment: () => environment,
    logGroup: '/aws/batch/job',
    logStream: 'd/default/1',
  };
  const told: string[] = [];
  let job!: RunningJob;
  let tellStarted!: () => void;
  const started = new Promise<void>((resolve) => (tellStarted = resolve));
  const ended = new Promise<JobOutcome>((resolve) => {
    job = runner.start(launch, {
      running: () => {
        told.push('running');
        tellStarted();
      },
      ended: (outcome) => {
        told.push('ended');
        tellStarted();
        resolve(outcome);
      },
    });
  });
  return { runner, job, told, started, ended, lines, clock };
}

const node = (script: string): string[] => [process.execPath, '-e', script];

test('a command runs with the environment of its container, and its output goes to the log stream', async () => {
  const script = 'console.log(`index ${process.env.AWS_BATCH_JOB_ARRAY_INDEX}`); console.error("warning")';
  const { ended, told, lines } = run(node(script), { AWS_BATCH_JOB_ARRAY_INDEX: '7' });
  expect(await ended).toEqual({ kind: 'exited', exitCode: 0 });
  expect(told).toEqual(['running', 'ended']);
  expect(lines.sort()).toEqual(['/aws/batch/job d/default/1 index 7', '/aws/batch/job d/default/1 warning']);
});

test('it gets nothing of the environment of the local AWS but the path', async () => {
  const { ended, lines } = run(node('console.log(Object.keys(process.env).sort().join())'), { MINE: '1' }, tmpdir());
  await ended;
  expect(lines).toEqual(['/aws/batch/job d/default/1 MINE,PATH']);
});

test('it has an empty directory of its own, which is its home, and which goes with it', async () => {
  const script = `
    const { readdirSync, writeFileSync } = require('node:fs');
    console.log([process.env.HOME, process.env.TMPDIR, ...readdirSync('.')].join());
    console.log(process.cwd());
    writeFileSync('file', '');
  `;
  const runs = [run(node(script)), run(node(script))];
  const directories = await Promise.all(
    runs.map(async ({ ended, lines }) => {
      expect(await ended).toEqual({ kind: 'exited', exitCode: 0 });
      const [first, directory] = lines.map((line) => line.split(' ').at(-1)!);
      expect(first).toBe(`${directory},${directory}`);
      return directory!;
    }),
  );
  expect(new Set(directories).size).toBe(2);
  expect(directories.filter((directory) => existsSync(directory))).toEqual([]);
});

test('it runs in the directory that is given', async () => {
  const { ended, lines } = run(node('console.log(process.cwd())'), {}, __dirname);
  await ended;
  expect(lines).toEqual([`/aws/batch/job d/default/1 ${__dirname}`]);
});

test('the exit code is that of the command', async () => {
  expect(await run(node('process.exit(3)')).ended).toEqual({ kind: 'exited', exitCode: 3 });
});

test.each([
  [['no-such-command'], 'ENOENT'],
  [[], 'the job has no command'],
])('%j could not be started', async (command, message) => {
  const { ended, told, clock } = run(command);
  await clock.advance(0);
  expect(await ended).toEqual({
    kind: 'notStarted',
    reason: expect.stringMatching(`^CannotStartContainerError: .*${message}`),
  });
  expect(told).toEqual(['ended']);
});

test('stop lets a command end by itself', async () => {
  const script = 'process.on("SIGTERM", () => process.exit(5)); console.log("ready"); setInterval(() => {}, 1000)';
  const { job, ended, lines } = run(node(script));
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  job.stop();
  expect(await ended).toEqual({ kind: 'exited', exitCode: 5 });
});

test('what ignores SIGTERM is killed 30 seconds later', async () => {
  const script = 'process.on("SIGTERM", () => console.log("asked")); console.log("ready"); setInterval(() => {}, 1000)';
  const { job, ended, told, lines, clock } = run(node(script));
  const line = async (count: number): Promise<void> => {
    while (lines.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  await line(1);
  job.stop();
  await line(2);
  await clock.advance(29_999);
  expect(told).toEqual(['running']);
  await clock.advance(1);
  expect(await ended).toEqual({ kind: 'exited', exitCode: 137 });
});

/** Of a command that has started another; both go on until they are ended. @returns the process id of the other */
async function longRunning(): Promise<Run & { readonly pid: number }> {
  const child = 'setInterval(() => {}, 1000)';
  const script = `const { pid } = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}]); console.log(pid); ${child}`;
  const started = run(node(script));
  while (started.lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return { ...started, pid: Number(started.lines[0]!.split(' ').at(-1)) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Where nobody reaps orphans it stays as a zombie.
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
}

test.each([
  ['its host', ({ job }: Run) => job.abandon()],
  ['the local AWS', ({ runner }: Run) => runner.close()],
])('with %s the command is gone, and nothing more is heard of it', async (_, end) => {
  const started = await longRunning();
  end(started);
  // What the command has started ends with it.
  while (isAlive(started.pid)) await new Promise((resolve) => setImmediate(resolve));
  expect(started.told).toEqual(['running']);
});

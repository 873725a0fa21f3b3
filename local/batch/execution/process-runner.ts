import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LogSink } from '../../ports';
import type { SimulationClock } from '../../simulation/clock';
import type { RunningJob } from '../model';
import type { JobLaunch, JobObserver, JobOutcome, JobRunner } from './job-runner';

const KILLED_AFTER_MILLISECONDS = 30_000;

export interface ProcessRunnerOptions {
  /** Directory that commands run in. @default - each in an empty one of its own, which is removed after it */
  readonly directory?: string;
  /** Where commands are looked for, as in the variable PATH. */
  readonly path: string;
}

/** Runs a job's command as a child process, without its image. Needs a clock that goes by itself. */
export class ProcessRunner implements JobRunner {
  /** With their own directories. */
  private readonly running = new Map<RunningJob, string | undefined>();

  constructor(
    private readonly clock: SimulationClock,
    private readonly logs: LogSink,
    private readonly options: ProcessRunnerOptions,
  ) {}

  start(launch: JobLaunch, observer: JobObserver): RunningJob {
    const [command, ...args] = launch.job.spec.command;
    if (command === undefined) return notStarted(this.clock, observer, 'the job has no command');
    const { directory, path } = this.options;
    const own = directory === undefined ? mkdtempSync(join(tmpdir(), 'batch-job-')) : undefined;
    const child = spawn(command, args, {
      cwd: directory ?? own,
      env: { PATH: path, ...(own !== undefined && { HOME: own, TMPDIR: own }), ...launch.environment() },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what the command starts ends with it.
      detached: true,
    });
    let told = false;
    const tell = (outcome: JobOutcome): void => {
      if (told) return;
      told = true;
      observer.ended(outcome);
    };
    child.once('spawn', () => {
      if (!told) observer.running();
    });
    child.once('error', ({ message }) => tell(startFailure(message)));
    child.once('close', (code, signal) => tell({ kind: 'exited', exitCode: code ?? exitCodeOf(signal) }));
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => this.logs.write(launch.logGroup, launch.logStream, line));
    }
    const job: RunningJob = {
      stop: () => {
        signalGroup(child, 'SIGTERM');
        const timer = this.clock.after(KILLED_AFTER_MILLISECONDS, () => signalGroup(child, 'SIGKILL'));
        child.once('close', () => timer.cancel());
      },
      abandon: () => {
        told = true;
        signalGroup(child, 'SIGKILL');
      },
    };
    this.running.set(job, own);
    child.once('close', () => this.forget(job));
    return job;
  }

  /** Ends what still runs, at once, and tells nobody. */
  close(): void {
    for (const job of this.running.keys()) {
      job.abandon();
      this.forget(job);
    }
  }

  private forget(job: RunningJob): void {
    const own = this.running.get(job);
    this.running.delete(job);
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
}

function signalGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, signal);
}

/** As shells and Docker report an end by a signal. */
function exitCodeOf(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

function startFailure(message: string): JobOutcome {
  return { kind: 'notStarted', reason: `CannotStartContainerError: ${message}` };
}

function notStarted(clock: SimulationClock, observer: JobObserver, message: string): RunningJob {
  const timer = clock.after(0, () => observer.ended(startFailure(message)));
  return { stop: () => {}, abandon: () => timer.cancel() };
}

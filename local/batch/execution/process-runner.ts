import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { LogSink } from '../../ports';
import type { SimulationClock } from '../../simulation/clock';
import type { RunningJob } from '../model';
import type { JobLaunch, JobObserver, JobOutcome, JobRunner } from './job-runner';

const KILLED_AFTER_MILLISECONDS = 30_000;

export interface ProcessRunnerOptions {
  /** Directory that commands run in. */
  readonly directory: string;
  /** Where commands are looked for, as in the variable PATH. */
  readonly path: string;
}

/** Runs a job's command as a child process, without its image. Needs a clock that goes by itself. */
export class ProcessRunner implements JobRunner {
  private readonly running = new Set<RunningJob>();

  constructor(
    private readonly clock: SimulationClock,
    private readonly logs: LogSink,
    private readonly options: ProcessRunnerOptions,
  ) {}

  start(launch: JobLaunch, observer: JobObserver): RunningJob {
    const [command, ...args] = launch.job.spec.command;
    if (command === undefined) return notStarted(this.clock, observer, 'the job has no command');
    const child = spawn(command, args, {
      cwd: this.options.directory,
      env: { PATH: this.options.path, ...launch.environment() },
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
    this.running.add(job);
    child.once('close', () => this.running.delete(job));
    return job;
  }

  /** Ends what still runs, at once, and tells nobody. */
  close(): void {
    for (const job of this.running) job.abandon();
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

import { workIndex } from '../../../workload/array-index';
import { planAttempt } from '../../../workload/local-job';
import type { AttemptEnd } from '../../../workload/local-job';
import type { Timer } from '../../simulation/clock';
import type { World } from '../../world';
import type { RunningJob } from '../model';
import { TERMINATED_EXIT_CODE } from './job-runner';
import type { JobLaunch, JobObserver, JobOutcome, JobRunner } from './job-runner';

const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** Plays jobs on the clock: nothing is executed. */
export class LocalJobRunner implements JobRunner {
  /** Attempts so far, by key and array index. */
  private readonly attempts = new Map<string, number>();

  constructor(private readonly world: Pick<World, 'clock' | 'settings'>) {}

  start(launch: JobLaunch, observer: JobObserver): RunningJob {
    const { spec, index } = launch.job;
    const plan = planAttempt(spec.work, this.numberOf(launch), {
      memoryMiB: spec.shape.memoryMiB,
      arrayIndex: workIndex(spec.environment, index),
    });
    const { clock } = this.world;
    const end = (): void => observer.ended(this.outcomeOf(plan.end));
    let timer: Timer = clock.after((launch.provisionSeconds + plan.startSeconds) * 1000, () => {
      if (plan.runSeconds === undefined) return end();
      observer.running();
      timer = clock.after(plan.runSeconds * 1000, end);
    });
    return {
      stop: () => {
        timer.cancel();
        timer = clock.after(0, () => observer.ended({ kind: 'exited', exitCode: TERMINATED_EXIT_CODE }));
      },
      abandon: () => timer.cancel(),
    };
  }

  /** Which attempt of the work it is: of the job, or of all jobs with its key. */
  private numberOf({ job, attempt }: JobLaunch): number {
    const { key } = job.spec.work;
    if (key === undefined) return attempt;
    const index = workIndex(job.spec.environment, job.index);
    const counted = index === undefined ? key : `${key}:${index}`;
    const number = (this.attempts.get(counted) ?? 0) + 1;
    this.attempts.set(counted, number);
    return number;
  }

  private outcomeOf(end: AttemptEnd): JobOutcome {
    if (end.kind !== 'outOfMemory') return end;
    return { kind: 'exited', exitCode: this.world.settings.outOfMemoryExitCode, reason: OUT_OF_MEMORY };
  }
}

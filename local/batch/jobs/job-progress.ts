import type { World } from '../../world';
import { Coalesced } from '../coalesced';
import type { ArrayState, Job } from '../model';
import { allChildrenEnded, spawnChildren } from './array-jobs';
import { hasEnded, stopReason } from './job';
import type { JobStates } from './job-states';
import type { JobStore } from './job-store';

const MOST_PROPAGATED_TAGS = 50;
const CHILD_FAILED = 'Array Child Job failed';

/** How jobs go on by themselves: from being submitted to RUNNABLE, by way of what they depend on, and from end to end. */
export class JobProgress {
  private submitted: Job[] = [];
  private readonly evaluation: Coalesced;
  private endings: Job[] = [];

  constructor(
    private readonly world: World,
    private readonly store: JobStore,
    private readonly states: () => JobStates,
  ) {
    this.evaluation = new Coalesced(world.clock, () => this.evaluateSubmitted());
  }

  submit(job: Job): void {
    this.submitted.push(job);
    this.evaluation.request();
  }

  /** A job has ended: those that depend on it, and the array it is of, follow. */
  ended(job: Job): void {
    this.endings.push(job);
    // The end of one may be the end of thousands, each by the one before: they are gone through in a row, not in depth.
    if (this.endings.length > 1) return;
    for (let index = 0; index < this.endings.length; index++) this.follow(this.endings[index]!);
    this.endings = [];
  }

  private evaluateSubmitted(): void {
    const jobs = this.submitted;
    this.submitted = [];
    for (const job of jobs) if (job.status === 'SUBMITTED') this.evaluate(job);
  }

  private evaluate(job: Job): void {
    if (tooManyTags(job)) {
      const reason = `More than ${MOST_PROPAGATED_TAGS} tags of job and job definition to propagate`;
      return this.states().move(job, 'FAILED', reason);
    }
    const failed = job.spec.dependsOn.some((dependency) => this.dependsOnFailure(job, dependency));
    if (failed || job.waitingFor > 0) this.states().move(job, 'PENDING');
    if (failed) this.failDependent(job);
    else if (job.waitingFor === 0) this.ready(job);
  }

  /** Has the job wait for a dependency. @returns whether the dependency has failed */
  private dependsOnFailure(job: Job, { jobId, type }: Job['spec']['dependsOn'][number]): boolean {
    if (type === 'SEQUENTIAL') return false;
    const dependency = this.store.find(jobId!)!;
    if (type === 'N_TO_N') {
      if (dependency.array!.children.length > 0) return false;
      if (hasEnded(dependency)) return true;
      // Its children cannot wait for those of the other before there are any.
      dependency.array!.spawnWaiters.push(job);
      job.waitingFor++;
      return false;
    }
    return waitFor(job, dependency);
  }

  /** Nothing is left to wait for. */
  private ready(job: Job): void {
    if (job.array) this.spawn(job, job.array);
    else this.states().move(job, 'RUNNABLE');
  }

  private spawn(parent: Job, array: ArrayState): void {
    spawnChildren(parent, array, this.world.clock.now());
    for (const child of array.children) this.store.add(child);
    if (parent.status === 'SUBMITTED') this.states().move(parent, 'PENDING');
    const failed = new Set(array.children.filter((child) => this.connect(child, parent, array)));
    for (const child of array.children) {
      if (child.waitingFor === 0 && !failed.has(child)) this.states().move(child, 'RUNNABLE');
    }
    for (const child of failed) this.failDependent(child);
    const waiters = array.spawnWaiters;
    array.spawnWaiters = [];
    for (const waiter of waiters) this.dependencyEnded(waiter, true);
  }

  /** Has a child wait for its counterparts and its predecessor. @returns whether one of them has failed */
  private connect(child: Job, parent: Job, array: ArrayState): boolean {
    let failed = false;
    for (const { jobId, type } of parent.spec.dependsOn) {
      if (type === 'N_TO_N') {
        failed = waitFor(child, this.store.find(jobId!)!.array!.children[child.index!]!) || failed;
      } else if (type === 'SEQUENTIAL' && child.index! > 0) {
        failed = waitFor(child, array.children[child.index! - 1]!) || failed;
      }
    }
    return failed;
  }

  private follow(job: Job): void {
    const succeeded = job.status === 'SUCCEEDED';
    const { dependents = [], parent, array } = job;
    job.dependents = undefined;
    for (const dependent of dependents) this.dependencyEnded(dependent, succeeded);
    for (const waiter of array?.spawnWaiters ?? []) this.dependencyEnded(waiter, false);
    if (parent?.array && !hasEnded(parent) && allChildrenEnded(parent.array)) this.endArray(parent, parent.array);
    if (!parent) job.spec.queue.shares?.closed(job.spec.shareIdentifier!);
  }

  private dependencyEnded(job: Job, succeeded: boolean): void {
    job.waitingFor--;
    if (hasEnded(job)) return;
    const stopped = stopReason(job);
    if (stopped !== undefined) {
      // One that was cancelled while it was PENDING ends when all that it waited for has.
      if (job.waitingFor === 0) this.states().move(job, 'FAILED', stopped);
    } else if (!succeeded) {
      this.failDependent(job);
    } else if (job.waitingFor === 0) {
      this.ready(job);
    }
  }

  private endArray(parent: Job, { statusSummary }: ArrayState): void {
    const stopped = stopReason(parent);
    const failed = statusSummary.FAILED > 0 || stopped !== undefined;
    this.states().move(parent, failed ? 'FAILED' : 'SUCCEEDED', failed ? (stopped ?? CHILD_FAILED) : undefined);
  }

  private failDependent(job: Job): void {
    this.states().move(job, 'FAILED', this.world.settings.dependencyFailureReason);
  }
}

/** @returns whether the dependency has failed already */
function waitFor(job: Job, dependency: Job): boolean {
  if (hasEnded(dependency)) return dependency.status === 'FAILED';
  (dependency.dependents ??= []).push(job);
  job.waitingFor++;
  return false;
}

function tooManyTags({ spec, tags }: Job): boolean {
  if (!spec.propagateTags) return false;
  return new Set([...Object.keys(spec.definition.tags), ...Object.keys(tags ?? {})]).size > MOST_PROPAGATED_TAGS;
}

import type { World } from '../../world';
import { Coalesced } from '../coalesced';
import { takesJobs } from '../environments/compute-environment';
import type { ComputeEnvironment } from '../environments/compute-environment';
import { canProvide } from '../environments/suitability';
import type { Attempts } from '../execution/attempts';
import type { Job, JobQueue, Offer } from '../model';
import type { Registry } from '../registry';

/**
 * Puts RUNNABLE jobs where there is room: queues by their priority, each in its own order, environments as the queue
 * lists them. Queues are looked at when something has changed for them, never by the clock.
 */
export class Dispatcher {
  private readonly changed = new Set<JobQueue>();
  /** When a queue is looked at again because a job may then go to its next environment. */
  private readonly spillAt = new Map<JobQueue, number>();
  private readonly pass: Coalesced;

  constructor(
    private readonly world: World,
    private readonly queues: Registry<JobQueue>,
    private readonly attempts: () => Attempts,
  ) {
    this.pass = new Coalesced(world.clock, () => this.dispatch());
  }

  queueChanged(queue: JobQueue): void {
    if (queue.runnable.size === 0) return;
    this.changed.add(queue);
    this.pass.request();
  }

  environmentChanged(environment: ComputeEnvironment): void {
    for (const queue of this.queues) {
      if (queue.environments.some((entry) => entry.environment === environment)) this.queueChanged(queue);
    }
  }

  /** Something that any job may wait for has come up. */
  allChanged(): void {
    for (const queue of this.queues) this.queueChanged(queue);
  }

  private dispatch(): void {
    const queues = [...this.changed].sort((a, b) => b.priority - a.priority || a.sequence - b.sequence);
    this.changed.clear();
    for (const queue of queues) queue.runnable.dispatch((job) => this.offer(queue, job));
  }

  private offer(queue: JobQueue, job: Job): Offer {
    const { dispatch, consumableWaitBlocksQueue } = this.world.settings;
    if (!job.holdsClaims && job.spec.claims.some(({ resource, quantity }) => resource.available < quantity)) {
      return consumableWaitBlocksQueue ? 'blocked' : 'refused';
    }
    for (const environment of this.environmentsFor(queue, job)) {
      const room = environment.capacity.find(job.spec.shape);
      if (!room) continue;
      this.attempts().start(job, environment, room);
      return 'started';
    }
    return dispatch === 'strict' ? 'blocked' : 'refused';
  }

  /** The environments that a job may go to now, each when those before it cannot take it. */
  private *environmentsFor(queue: JobQueue, job: Job): Iterable<ComputeEnvironment> {
    const { spillAfterSeconds, emptyUnmanagedSpills, memoryOverheadPercent } = this.world.settings;
    let mayFrom = job.runnableAt!;
    for (const { environment } of queue.environments) {
      if (!takesJobs(environment)) continue;
      if (mayFrom > this.world.clock.now()) return this.lookAgainAt(queue, mayFrom);
      yield environment;
      if (environment.type === 'UNMANAGED' && !emptyUnmanagedSpills && environment.capacity.isEmpty()) return;
      // What can never take the job is not waited for.
      const waits = spillAfterSeconds > 0 && canProvide(environment, job.spec.shape, memoryOverheadPercent);
      if (waits) mayFrom += spillAfterSeconds * 1000;
    }
  }

  private lookAgainAt(queue: JobQueue, time: number): void {
    const known = this.spillAt.get(queue);
    if (known !== undefined && known <= time) return;
    this.spillAt.set(queue, time);
    this.world.clock.at(time, () => {
      if (this.spillAt.get(queue) === time) this.spillAt.delete(queue);
      this.queueChanged(queue);
    });
  }
}

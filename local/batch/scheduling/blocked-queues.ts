import type { World } from '../../world';
import { launchesInstances } from '../environments/compute-environment';
import type { ComputeEnvironment } from '../environments/compute-environment';
import { fittingTypes, isWithinMaximum } from '../environments/suitability';
import type { JobEvents } from '../jobs/job-events';
import type { JobStops } from '../jobs/job-stops';
import type { Job, JobQueue } from '../model';
import { InstanceCapacity } from './instance-capacity';
import type { Shape } from './shape';

const LOOK_MILLISECONDS = 60_000;

type Cause = 'capacity' | 'maximum' | 'requirement' | 'invalid';

/** @see https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html */
const REASONS: Readonly<Record<Cause | 'mixed', readonly [code: string, text: string]>> = {
  capacity: [
    'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
    'Service cannot fulfill the capacity requested for instance type',
  ],
  maximum: [
    'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
    'CE(s) associated with the job queue cannot meet the CPU requirement of the job.',
  ],
  requirement: [
    'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    'The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.',
  ],
  invalid: ['ACTION_REQUIRED', 'CE(s) associated with the job queue are invalid.'],
  mixed: ['UNDETERMINED', 'Batch job is blocked, root cause is undetermined.'],
};

interface Blockage {
  readonly job: Job;
  readonly code: string;
  readonly since: number;
}

/** Says of a job at the head of its queue why it cannot start, and cancels it after the queue's time limit for that. */
export class BlockedQueues {
  private readonly watched = new Set<JobQueue>();
  private readonly blockages = new Map<JobQueue, Blockage>();

  /** @param refusedType the instance type that EC2 last refused an environment for want of capacity. */
  constructor(
    private readonly world: World,
    private readonly events: JobEvents,
    private readonly stops: () => JobStops,
    private readonly refusedType: (environment: ComputeEnvironment) => string | undefined,
  ) {}

  /** Looks at the queue each minute for as long as jobs wait in it. */
  watch(queue: JobQueue): void {
    if (this.watched.has(queue)) return;
    this.watched.add(queue);
    this.world.clock.after(LOOK_MILLISECONDS, () => {
      this.watched.delete(queue);
      this.look(queue);
      if (queue.runnable.size > 0) this.watch(queue);
    });
  }

  private look(queue: JobQueue): void {
    const [head] = queue.runnable.front(1);
    const former = this.blockages.get(queue);
    if (former && former.job !== head) this.clear(queue, former);
    if (!head) return;
    const reason = this.reasonOf(head);
    if (!reason) {
      if (former?.job === head) this.clear(queue, former);
      return;
    }
    const [code, text] = reason;
    let blockage = former?.job === head && former.code === code ? former : undefined;
    if (!blockage) {
      blockage = { job: head, code, since: this.world.clock.now() };
      this.blockages.set(queue, blockage);
      head.statusReason = `${code} - ${text}`;
      this.events.queueBlocked(head);
    }
    this.actOn(queue, blockage);
  }

  private clear(queue: JobQueue, { job }: Blockage): void {
    this.blockages.delete(queue);
    if (job.status === 'RUNNABLE') job.statusReason = undefined;
  }

  private actOn({ timeLimitActions }: JobQueue, { job, code, since }: Blockage): void {
    const seconds = (this.world.clock.now() - since) / 1000;
    const due = timeLimitActions.some(({ reason, maxTimeSeconds }) => reason === code && seconds >= maxTimeSeconds!);
    if (due) this.stops().cancel(job, `Canceled by JobStateTimeLimit action due to reason: ${code}`);
  }

  /** Undefined when the job only waits for its turn. */
  private reasonOf({ spec, holdsClaims }: Job): readonly [code: string, text: string] | undefined {
    if (!holdsClaims && spec.claims.some(({ resource, quantity }) => resource.available < quantity)) return undefined;
    const environments = spec.queue.environments
      .map(({ environment }) => environment)
      .filter(({ state }) => state === 'ENABLED');
    const causes = environments.map((environment) => this.causeOf(environment, spec.shape));
    const [first] = causes;
    if (first === undefined || causes.includes(undefined)) return undefined;
    if (causes.some((cause) => cause !== first)) return REASONS.mixed;
    const [code, text] = REASONS[first];
    return first === 'capacity' ? [code, `${text} [${this.refusedType(environments[0]!)}]`] : [code, text];
  }

  private causeOf(environment: ComputeEnvironment, shape: Shape): Cause | undefined {
    const { memoryOverheadPercent } = this.world.settings;
    const { capacity, status } = environment;
    if (status === 'INVALID') return 'invalid';
    if (!isWithinMaximum(environment, shape)) return 'maximum';
    if (launchesInstances(environment)) {
      if (fittingTypes(environment, shape, memoryOverheadPercent).length === 0) return 'requirement';
      return this.refusedType(environment) === undefined ? undefined : 'capacity';
    }
    return capacity instanceof InstanceCapacity && !capacity.couldHold(shape) ? 'requirement' : undefined;
  }
}

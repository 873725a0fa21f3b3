import type { JobReport } from '../../local/batch/jobs/job-report';
import { type InstanceHistory, instanceHistories } from '../../local/ecs/instance-history';
import type { LocalAws } from '../../local/local-aws';
import type { Amounts } from '../../workload/job';
import { type Fleet, fleetOf } from '../play/play';
import { ACTIVE_STATES, type ActiveState, type Sample } from './model';

const NOTHING: Amounts = { vcpus: 0, memoryMiB: 0, gpus: 0 };

/** What the cluster looks like now. */
export function sample(
  time: number,
  jobs: Iterable<JobReport>,
  instances: readonly InstanceHistory[],
  fleets: readonly Fleet[],
): Sample {
  const counts: Record<ActiveState, number> = { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 0, RUNNING: 0 };
  let used = NOTHING;
  let wanted = NOTHING;
  for (const job of jobs) {
    const state = ACTIVE_STATES.find((active) => active === job.status);
    // The parent of an array stands for its children and has nothing itself.
    if (state === undefined || job.arraySize !== undefined) continue;
    counts[state]++;
    if (state === 'STARTING' || state === 'RUNNING') used = plus(used, job);
    if (state === 'RUNNABLE') wanted = plus(wanted, job);
  }
  let offered = NOTHING;
  const present: Record<string, number> = {};
  for (const instance of instances) {
    const fleet = instance.terminatedAt === undefined ? fleetOf(fleets, instance) : undefined;
    if (fleet === undefined) continue;
    present[fleet.name] = (present[fleet.name] ?? 0) + 1;
    if (instance.registeredAt !== undefined) offered = plus(offered, fleet.capacity);
  }
  return { time, jobs: counts, instances: present, offered, used, short: shortBy(wanted, offered, used) };
}

function plus(a: Amounts, b: Amounts): Amounts {
  return { vcpus: a.vcpus + b.vcpus, memoryMiB: a.memoryMiB + b.memoryMiB, gpus: a.gpus + b.gpus };
}

function shortBy(wanted: Amounts, offered: Amounts, used: Amounts): Amounts {
  const short = (key: keyof Amounts) => Math.max(0, wanted[key] - Math.max(0, offered[key] - used[key]));
  return { vcpus: short('vcpus'), memoryMiB: short('memoryMiB'), gpus: short('gpus') };
}

/** Looks at a local AWS again and again, in its own time. */
export class Sampler {
  readonly samples: Sample[] = [];
  private stopped = false;

  constructor(
    private readonly aws: LocalAws,
    private readonly fleets: readonly Fleet[],
    private readonly everyMilliseconds: number,
  ) {}

  start(): void {
    this.look();
    const again = (): void => {
      if (this.stopped) return;
      this.look();
      this.aws.clock.after(this.everyMilliseconds, again);
    };
    this.aws.clock.after(this.everyMilliseconds, again);
  }

  stop(): void {
    this.stopped = true;
  }

  private look(): void {
    const { batch, ec2, ecs } = this.aws.services;
    this.samples.push(sample(this.aws.clock.now(), batch.jobs(), instanceHistories(ec2, ecs), this.fleets));
  }
}

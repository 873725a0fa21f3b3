import fc from 'fast-check';
import type { Settings } from '../../../local/settings';
import { callFaults, crashes, eventFaults, often, rarely, sometimes, staleReads } from '../faults';
import type { History, Incident, JobPlan, Phase, PoolPlan } from './history';

/** Every history that there may be. */
export function historyArbitrary(): fc.Arbitrary<History> {
  return fc.noBias(
    fc
      .record({
        pools: pools(),
        scaleInAfterSeconds: fc.constantFrom(0, 60, 60, 180),
        provisionTimeoutSeconds: fc.constantFrom(300, 600),
        settings: settings(),
        licences: fc.record({
          type: fc.constantFrom('REPLENISHABLE' as const, 'NON_REPLENISHABLE' as const),
          quantity: fc.integer({ min: 0, max: 3 }),
        }),
        jobs: fc.array(job(), { minLength: 1, maxLength: MOST_JOBS, size: 'max' }).map(withinBounds),
        incidents: fc.array(incident(), { maxLength: 8 }),
        storm: fc.array(phase(), { maxLength: 4 }),
      })
      .map((history) => ({ ...history, incidents: [...history.incidents].sort((a, b) => a.at - b.at) })),
  );
}

const MOST_JOBS = 30;
/** When the last thing happens at the latest. */
const STORM_SECONDS = 2400;
/** What all jobs take at most, one after the other: it must be over in time on a single instance. */
const MOST_WORK_SECONDS = 2400;

const time = (): fc.Arbitrary<number> => fc.integer({ min: 0, max: STORM_SECONDS });

function pools(): fc.Arbitrary<PoolPlan[]> {
  const pool = fc.record({
    instanceType: fc.constantFrom('m5.large', 'm5.xlarge', 'm5.2xlarge', 'm5.4xlarge', 'g5.2xlarge', 'g5.12xlarge'),
    spot: fc.boolean(),
    cost: fc.integer({ min: 1, max: 20 }),
    maxInstances: fc.integer({ min: 1, max: 4 }),
    spareInstances: often(0, fc.constant(1)),
    opensForCpuJobs: rarely(2),
  });
  return fc.array(pool, { minLength: 1, maxLength: 4 });
}

function settings(): fc.Arbitrary<Partial<Settings>> {
  return fc.record({
    registrationSeconds: fc.integer({ min: 30, max: 200 }),
    dispatch: fc.constantFrom('backfill' as const, 'strict' as const),
    placementHonoursDraining: fc.boolean(),
    listReturnsArrayChildren: fc.boolean(),
    arrayChildrenPublishEvents: fc.boolean(),
    remainingResourcesShowGpus: fc.boolean(),
    consumableWaitBlocksQueue: fc.boolean(),
    consumableReleasedBetweenAttempts: fc.boolean(),
    listLagSeconds: often(0, fc.integer({ min: 1, max: 60 })),
    consumableLagSeconds: often(0, fc.integer({ min: 1, max: 30 })),
    instancePendingSeconds: fc.integer({ min: 1, max: 60 }),
    instanceShutdownSeconds: fc.integer({ min: 1, max: 120 }),
    memoryOverheadPercent: fc.constantFrom(1, 2.5, 3.2),
    staleContainerInstanceSeconds: often(0, fc.integer({ min: 1, max: 1200 })),
    scalingDelaySeconds: often(3, fc.integer({ min: 0, max: 40 })),
    healthCheckSeconds: fc.integer({ min: 1, max: 120 }),
    launchRetrySeconds: fc.integer({ min: 10, max: 120 }),
    listOrder: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
    eventLatencyMilliseconds: fc.integer({ min: 0, max: 2000 }),
  });
}

function job(): fc.Arbitrary<JobPlan> {
  const play = fc.record({
    startSeconds: fc.integer({ min: 0, max: 20 }),
    runSeconds: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 1200 })),
    exitCode: often(0, fc.constant(1)),
  });
  const shape = fc.oneof(
    { arbitrary: size(fc.constantFrom(1, 1, 2, 2, 4, 8, 16), fc.constant(0)), weight: 8 },
    { arbitrary: size(fc.constantFrom(1, 2, 4), fc.integer({ min: 1, max: 4 })), weight: 3 },
    // Too large for whatever there may be, in one dimension.
    { arbitrary: fc.constantFrom(...MISFITS), weight: 1 },
  );
  return fc
    .record({
      at: fc.oneof(fc.constantFrom(30, 600), time()),
      urgent: rarely(2),
      shape,
      licence: rarely(),
      arraySize: sometimes(fc.integer({ min: 2, max: 6 })),
      after: sometimes(fc.nat(MOST_JOBS)),
      attempts: fc.constantFrom(1, 2, 3),
      plays: fc.array(play, { minLength: 1, maxLength: 3 }),
    })
    .map(({ shape: { vcpus, memoryMiB, gpus }, ...rest }) => ({ ...rest, vcpus, memoryMiB, gpus }));
}

interface Size {
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
}

function size(vcpus: fc.Arbitrary<number>, gpus: fc.Arbitrary<number>): fc.Arbitrary<Size> {
  return fc
    .tuple(vcpus, fc.constantFrom(500, 1500, 3000), gpus)
    .map(([cpus, perVcpu, count]) => ({ vcpus: cpus, memoryMiB: cpus * perVcpu, gpus: count }));
}

const MISFITS: readonly Size[] = [
  { vcpus: 200, memoryMiB: 500, gpus: 0 },
  { vcpus: 1, memoryMiB: 1_000_000, gpus: 0 },
  { vcpus: 1, memoryMiB: 500, gpus: 16 },
];

/** In the order of submission, 30 pieces at most, shorter where it would take too long. */
function withinBounds(plans: readonly JobPlan[]): JobPlan[] {
  const kept: JobPlan[] = [];
  let pieces = 0;
  let work = 0;
  for (const plan of [...plans].sort((a, b) => a.at - b.at)) {
    const count = plan.arraySize ?? 1;
    if (pieces + count > MOST_JOBS) continue;
    pieces += count;
    kept.push(plan);
    work += count * plan.attempts * Math.max(...plan.plays.map(({ runSeconds = 0 }) => runSeconds));
  }
  const scale = Math.min(1, MOST_WORK_SECONDS / work);
  return kept.map((plan) => ({
    ...plan,
    plays: plan.plays.map((play) => ({ ...play, runSeconds: Math.ceil(play.runSeconds! * scale) })),
  }));
}

function incident(): fc.Arbitrary<Incident> {
  const which = fc.nat(29);
  return fc.oneof(
    fc.record({ at: time(), kind: fc.constantFrom('cancel' as const, 'terminate' as const), which }),
    fc.record({ at: time(), kind: fc.constant('reclaim' as const), which }),
    fc.record({
      at: time(),
      kind: fc.constant('disconnect' as const),
      which,
      seconds: fc.integer({ min: 1, max: 3000 }),
    }),
    fc.record({ at: time(), kind: fc.constant('invoke' as const), times: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ at: time(), kind: fc.constant('new template' as const), which }),
  );
}

function phase(): fc.Arbitrary<Phase> {
  const faults = fc.record({
    ...callFaults({ calls: CALL, stale: STALE, throttle: 0.7, fail: 0.5, loseAnswer: 0.3, longest: 40 }),
    crashes: sometimes(crashes(300)),
    events: sometimes(eventFaults({ delaySeconds: 200 })),
    launch: sometimes(fc.dictionary(POOL, fc.constantFrom(...LAUNCH_ERRORS), { minKeys: 1, maxKeys: 2 })),
    neverRegister: sometimes(fc.uniqueArray(POOL, { minLength: 1, maxLength: 2 })),
  });
  return fc.record({ seconds: fc.integer({ min: 60, max: STORM_SECONDS / 4 }), faults });
}

const LAUNCH_ERRORS = ['InsufficientInstanceCapacity', 'VcpuLimitExceeded', 'Unsupported'];
const POOL = fc.constantFrom('0', '1', '2', '3', '*');
const CALL = fc.constantFrom('batch:*', 'ecs:*', 'autoscaling:*', 'dynamodb:*', 'events:*');
/** A consistent read of DynamoDB is never stale. */
const STALE = staleReads(
  3,
  'batch:ListJobs',
  'batch:DescribeJobs',
  'batch:GetJobQueueSnapshot',
  'batch:DescribeConsumableResource',
  'ecs:ListContainerInstances',
  'ecs:DescribeContainerInstances',
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:DescribeScalingActivities',
);

import type { AutoscalerConfig } from '../../../lib/autoscaling/config';
import type { DesiredReset, PoolState, Protection, UnplacedReason } from '../model';
import type { FleetPool } from './fleet';

const MINUTE = 60_000;
const FIRST_BACK_OFF = 5 * MINUTE;
const LONGEST_BACK_OFF = 30 * MINUTE;
/** Registration failures in a row after which a pool stops launching. */
const FAILURES_UNTIL_PROTECTED = 3;
const PROTECTED_FOR = 60 * MINUTE;

export const NEW_POOL: PoolState = { launchFailures: 0, registrationFailures: 0 };

export interface PoolHealth {
  readonly state: PoolState;
  /** How many instances may be launched now. */
  readonly launchable: number;
  /** Why not more. */
  readonly limit: UnplacedReason;
  readonly reset?: DesiredReset;
  readonly protection?: Protection;
}

/** Looks at how the pool's launches went: what failed puts it to sleep, what worked forgives. */
export function poolHealth(pool: FleetPool, config: AutoscalerConfig, before: PoolState, now: number): PoolHealth {
  const launches = afterLaunches(pool, config, before, now);
  const { state, protection } = afterRegistrations(pool, config, launches.state, now);
  const live = launches.reset?.desired ?? Math.max(pool.observation.desired, pool.nodes.length);
  const room = Math.max(0, Math.min(pool.config.maxInstances, pool.observation.max) - live);
  const can = (launchable: number, limit: UnplacedReason): PoolHealth => {
    return { state, protection, reset: launches.reset, launchable, limit };
  };
  if (now < (state.protectedUntil ?? 0)) return can(0, 'protected');
  if (now < (state.backOffUntil ?? 0)) return can(0, 'back-off');
  if (state.registrationFailures >= FAILURES_UNTIL_PROTECTED) {
    // Protection has ended but nothing has registered since: one instance at a time finds out whether it would.
    const underway = pool.requested > 0 || pool.nodes.some(({ role }) => role === 'booting');
    return can(Math.min(room, underway ? 0 : 1), 'protected');
  }
  return can(room, 'pool-maximum');
}

function afterLaunches(
  pool: FleetPool,
  config: AutoscalerConfig,
  before: PoolState,
  now: number,
): { state: PoolState; reset?: DesiredReset } {
  const lastFailure = before.lastLaunchFailureAt ?? -Infinity;
  const failure = pool.observation.launchFailure;
  const fresh = failure !== undefined && failure.at > lastFailure;
  const shortSince = pool.requested > 0 ? (before.shortSince ?? now) : undefined;
  const overdue = shortSince !== undefined && now - shortSince >= config.provisionTimeoutSeconds * 1000;
  const succeeded = before.launchFailures > 0 && pool.nodes.some(({ instance }) => instance.launchedAt > lastFailure);
  const launchFailures = succeeded ? 0 : before.launchFailures;
  if (!fresh && !overdue) {
    const same = launchFailures === before.launchFailures && shortSince === before.shortSince;
    return { state: same ? before : { ...before, launchFailures, shortSince } };
  }
  const reason = fresh ? failure.reason : 'Auto Scaling has launched nothing within the provision timeout';
  return {
    state: {
      ...before,
      launchFailures: launchFailures + 1,
      lastLaunchFailureAt: fresh ? failure.at : now,
      backOffUntil: now + backOff(launchFailures + 1),
      shortSince: undefined,
    },
    reset: pool.requested > 0 ? { pool: pool.config.name, desired: pool.nodes.length, reason } : undefined,
  };
}

function afterRegistrations(
  pool: FleetPool,
  config: AutoscalerConfig,
  before: PoolState,
  now: number,
): { state: PoolState; protection?: Protection } {
  const noticed = before.lastRegistrationFailureAt ?? -Infinity;
  // Those launched before the last failure was noticed belong to it: they say nothing new.
  const failed =
    pool.overdue && pool.nodes.some(({ role, instance }) => role === 'overdue' && instance.launchedAt > noticed);
  const succeeded =
    before.registrationFailures > 0 &&
    pool.nodes.some(
      ({ instance }) =>
        instance.container !== undefined && instance.launchedAt > noticed - config.provisionTimeoutSeconds * 1000,
    );
  if (!failed) {
    return { state: succeeded ? { ...before, registrationFailures: 0, protectedUntil: undefined } : before };
  }
  const failures = (succeeded ? 0 : before.registrationFailures) + 1;
  const state: PoolState = { ...before, registrationFailures: failures, lastRegistrationFailureAt: now };
  if (failures < FAILURES_UNTIL_PROTECTED) return { state };
  const until = now + PROTECTED_FOR;
  const reason = `${failures} times in a row, what was launched did not register within ${config.provisionTimeoutSeconds} s`;
  return { state: { ...state, protectedUntil: until }, protection: { pool: pool.config.name, until, reason } };
}

function backOff(failures: number): number {
  return Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** (failures - 1));
}

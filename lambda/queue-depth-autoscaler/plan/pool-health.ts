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
  const live = launches.reset?.desired ?? pool.live;
  const most = Math.min(pool.config.maxInstances, pool.observation.max);
  const room = Math.max(0, most - live);
  const common = { state, ...(launches.reset && { reset: launches.reset }), ...(protection && { protection }) };
  if (now < (state.protectedUntil ?? 0)) return { ...common, launchable: 0, limit: 'protected' };
  if (now < (state.backOffUntil ?? 0)) return { ...common, launchable: 0, limit: 'back-off' };
  if (state.registrationFailures >= FAILURES_UNTIL_PROTECTED) {
    // Protection has ended but nothing has registered since: one instance at a time finds out whether it would.
    const underway = pool.requested > 0 || pool.nodes.some(({ role }) => role === 'booting');
    return { ...common, launchable: Math.min(room, underway ? 0 : 1), limit: 'protected' };
  }
  return { ...common, launchable: room, limit: 'pool-maximum' };
}

function afterLaunches(
  pool: FleetPool,
  config: AutoscalerConfig,
  before: PoolState,
  now: number,
): { state: PoolState; reset?: DesiredReset } {
  const { shortSince: _, ...rest } = before;
  let state: PoolState = rest;
  const lastFailure = before.lastLaunchFailureAt ?? -Infinity;
  if (pool.nodes.some(({ instance }) => instance.launchedAt > lastFailure)) state = { ...state, launchFailures: 0 };

  const shortSince = pool.requested > 0 ? (before.shortSince ?? now) : undefined;
  const failure = pool.observation.launchFailure;
  const overdue = shortSince !== undefined && now - shortSince >= config.provisionTimeoutSeconds * 1000;
  const fresh = failure !== undefined && failure.at > lastFailure;
  if (!fresh && !overdue) {
    return { state: shortSince === undefined ? state : { ...state, shortSince } };
  }
  const failures = state.launchFailures + 1;
  const reason = fresh ? failure.reason : 'Auto Scaling has launched nothing within the provision timeout';
  return {
    state: {
      ...state,
      launchFailures: failures,
      lastLaunchFailureAt: fresh ? failure.at : now,
      backOffUntil: now + backOff(failures),
    },
    ...(pool.requested > 0 && { reset: { pool: pool.config.name, desired: pool.nodes.length, reason } }),
  };
}

function afterRegistrations(
  pool: FleetPool,
  config: AutoscalerConfig,
  before: PoolState,
  now: number,
): { state: PoolState; protection?: Protection } {
  const noticed = before.lastRegistrationFailureAt ?? -Infinity;
  const works = pool.nodes.some(
    ({ instance }) =>
      instance.container !== undefined && instance.launchedAt > noticed - config.provisionTimeoutSeconds * 1000,
  );
  // Those launched before the last failure was noticed belong to it: they say nothing new.
  const failed = pool.nodes.filter(({ role, instance }) => role === 'overdue' && instance.launchedAt > noticed);
  if (failed.length === 0) {
    if (!works) return { state: before };
    const { protectedUntil: _, ...state } = before;
    return { state: { ...state, registrationFailures: 0 } };
  }
  const failures = (works ? 0 : before.registrationFailures) + 1;
  const state: PoolState = { ...before, registrationFailures: failures, lastRegistrationFailureAt: now };
  if (failures < FAILURES_UNTIL_PROTECTED) return { state: { ...state, backOffUntil: now + backOff(failures) } };
  const until = now + PROTECTED_FOR;
  const reason = `${failed.length} more did not register within ${config.provisionTimeoutSeconds} s, ${failures} times in a row`;
  return { state: { ...state, protectedUntil: until }, protection: { pool: pool.config.name, until, reason } };
}

function backOff(failures: number): number {
  return Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** (failures - 1));
}

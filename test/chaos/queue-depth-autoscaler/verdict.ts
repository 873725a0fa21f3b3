import type { Aftermath, Chronicle, InstanceChronicle, JobChronicle } from './chronicle';
import { LOOK_SECONDS } from './chronicle';
import { calmAt, type History, type JobPlan } from './history';
import { type Interval, longest, overlaps, whenAtLeast, without } from './intervals';
import { holds, opensFor, prospectsOf } from './prospects';

const MINUTE = 60;
/** A tick, and the next one where the first came to nothing. */
const TICKS = 2 * MINUTE;
/** Between a drain and the termination, and from then to the tick that does it. */
const DRAIN = MINUTE + TICKS;
/** How long an instance without a connection is left to recover. */
const UNUSABLE = 10 * MINUTE;
/** The longest back-off, and how long a pool stays protected. */
const BACK_OFF = 30 * MINUTE;
const PROTECTED = 60 * MINUTE;

/** What must never be, as sentences about what was; none when all is well. */
export function violations(history: History, chronicle: Chronicle & Aftermath): string[] {
  return [
    ...killed(chronicle),
    ...aboveMaximum(history, chronicle),
    ...unjustified(history, chronicle),
    ...twice(history, chronicle),
    ...neverRegistered(history, chronicle),
    ...idle(history, chronicle),
    ...starved(history, chronicle),
    ...notStarted(history, chronicle),
    ...leftOver(history, chronicle),
  ];
}

function killed({ instances }: Chronicle): string[] {
  return instances
    .filter((instance) => instance.killed.length > 0 && !instance.reclaimed)
    .map(({ id, life, killed: jobs }) => `${id} was terminated at ${life.to} with ${jobs.join(', ')} on it`);
}

function aboveMaximum({ pools }: History, { instances }: Chronicle): string[] {
  return pools.flatMap(({ maxInstances }, pool) => {
    const lives = instances.filter((instance) => instance.pool === pool).map(({ life }) => life);
    const times = whenAtLeast(maxInstances + 1, lives);
    return times.map(({ from }) => `pool ${pool} has more than ${maxInstances} instances at ${from}`);
  });
}

/** Jobs that wait, for which an instance of the pool may be launched. */
function wanting(history: History, { jobs }: Chronicle, pool: number): JobChronicle[] {
  const prospects = prospectsOf(history);
  const { settings } = history;
  return jobs.filter(({ plan }) => {
    const job = history.jobs[plan]!;
    const opens =
      holds(history.pools[pool]!, job, settings.memoryOverheadPercent) && opensFor(history.pools[pool]!, job);
    return opens && prospects[plan] !== 'never';
  });
}

/** How old what the autoscaler sees may be. */
function staleness({ settings, storm }: History): number {
  // An answer that is given again may be of any age.
  if (storm.some(({ faults }) => faults.stale)) return Infinity;
  return (settings.listLagSeconds ?? 0) + (settings.consumableLagSeconds ?? 0) + delays({ storm }) + MINUTE;
}

/** How long a look, or what is done about it, may take. */
function delays({ storm }: Pick<History, 'storm'>): number {
  return storm.some(({ faults }) => faults.delay || faults.throttle || faults.fail || faults.loseAnswer)
    ? 2 * MINUTE
    : 0;
}

/** Misfits, and jobs whose consumable resource is used up, never launch anything; nor does an empty queue. */
function unjustified(history: History, chronicle: Chronicle): string[] {
  const age =
    staleness(history) + (history.settings.scalingDelaySeconds ?? 0) + (history.settings.launchRetrySeconds ?? 0);
  return chronicle.instances.flatMap(({ id, pool, life }) => {
    if (history.pools[pool]!.spareInstances > 0) return [];
    const before = { from: life.from - age, to: life.from + LOOK_SECONDS };
    const waiting = wanting(history, chronicle, pool).some((job) => job.waiting.some((time) => overlaps(time, before)));
    return waiting || replacements(history, chronicle, life.from, pool) > 0
      ? []
      : [`${id} of pool ${pool} was launched at ${life.from} though no job waited for it`];
  });
}

/** Auto Scaling replaces what Spot takes back, needed or not. */
function replacements({ settings }: History, { instances }: Chronicle, now: number, pool: number): number {
  const late =
    settings.healthCheckSeconds! + settings.instanceShutdownSeconds! + settings.registrationSeconds! + MINUTE;
  return instances.filter(
    (one) =>
      one.pool === pool &&
      one.reclaimed &&
      overlaps({ from: now - late, to: now + 1 }, { from: one.life.to, to: one.life.to + 1 }),
  ).length;
}

/** One waiting job is not launched for twice. */
function twice(history: History, chronicle: Chronicle): string[] {
  const { settings, licences, storm } = history;
  const age = staleness(history);
  if (age === Infinity || storm.some(({ faults }) => faults.neverRegister)) return [];
  const boot = settings.registrationSeconds!;
  const window = boot + age + settings.scalingDelaySeconds! + settings.launchRetrySeconds!;
  const spares = history.pools.reduce((sum, { spareInstances }) => sum + spareInstances, 0);
  const booting = chronicle.instances.map(({ life }) => ({ from: life.from, to: Math.min(life.to, life.from + boot) }));
  return chronicle.instances.flatMap(({ id, life: { from } }) => {
    const now = { from, to: from + 1 };
    const recently = { from: from - window, to: from + LOOK_SECONDS };
    const instances = booting.filter((time) => overlaps(time, now)).length;
    const waiting = new Set(
      history.pools.flatMap((_, pool) =>
        wanting(history, chronicle, pool).filter((job) => job.waiting.some((time) => overlaps(time, recently))),
      ),
    );
    const replaced = history.pools.reduce((sum, _, pool) => sum + replacements(history, chronicle, from, pool), 0);
    const free = [...waiting].filter(({ plan }) => !history.jobs[plan]!.licence).length;
    const licensed = Math.min(waiting.size - free, licences.quantity + ended(history, chronicle));
    return instances > free + licensed + spares + replaced
      ? [`at ${from} ${instances} instances boot, among them ${id}, for ${free + licensed} jobs`]
      : [];
  });
}

/** Each licence that was given back may have been taken by another. */
function ended({ jobs: plans }: History, { jobs }: Chronicle): number {
  return jobs.filter(({ plan, status }) => plans[plan]!.licence && status !== 'RUNNABLE').length;
}

function neverRegistered(history: History, { instances, endedAt }: Chronicle): string[] {
  const limit = history.provisionTimeoutSeconds + 2 * TICKS;
  const storm = { from: -1, to: calmAt(history) };
  return instances.flatMap(({ id, life, registeredAt }) => {
    const unregistered = without([{ from: life.from, to: registeredAt ?? Math.min(life.to, endedAt) }], [storm]);
    return longest(unregistered) > limit ? [`${id} was left ${longest(unregistered)} s without having registered`] : [];
  });
}

/** What has nothing to run goes, unless a job waits that it may be kept for. */
function idle(history: History, chronicle: Chronicle): string[] {
  const { settings, pools, scaleInAfterSeconds, incidents } = history;
  const disconnects = incidents.some(({ kind }) => kind === 'disconnect');
  const limit =
    scaleInAfterSeconds +
    DRAIN +
    TICKS +
    2 * (settings.listLagSeconds ?? 0) +
    (disconnects ? UNUSABLE : 0) +
    delays(history);
  const storm = { from: -1, to: calmAt(history) };
  return chronicle.instances.flatMap(({ id, pool, idle: times }) => {
    if (pools[pool]!.spareInstances > 0) return [];
    const kept = chronicle.jobs.filter(({ plan }) => {
      const job = history.jobs[plan]!;
      return holds(pools[pool]!, job, settings.memoryOverheadPercent) && prospectsOf(history)[plan] !== 'never';
    });
    const left = without(times, [storm, ...kept.flatMap(({ waiting }) => waiting)]);
    return longest(left) > limit ? [`${id} of pool ${pool} was left idle for ${longest(left)} s`] : [];
  });
}

/** In calm, a job does not wait while an instance could be had for it. */
function starved(history: History, chronicle: Chronicle): string[] {
  const { settings, pools, storm, incidents } = history;
  if (settings.dispatch === 'strict' || settings.consumableWaitBlocksQueue) return [];
  const faults = storm.map((phase) => phase.faults);
  const recovery = faults.some(({ neverRegister }) => neverRegister)
    ? PROTECTED + history.provisionTimeoutSeconds
    : faults.some(({ launch }) => launch)
      ? BACK_OFF + 15 * MINUTE
      : history.provisionTimeoutSeconds + BACK_OFF / 6;
  const unusable = incidents.some(({ kind }) => kind === 'disconnect') ? UNUSABLE : 0;
  const patience =
    recovery +
    unusable +
    settings.registrationSeconds! +
    TICKS +
    2 * settings.listLagSeconds! +
    settings.consumableLagSeconds!;
  const calm = calmAt(history);
  const prospects = prospectsOf(history);
  const full = pools.map(({ maxInstances }, pool) =>
    whenAtLeast(
      maxInstances,
      chronicle.instances.filter((one) => one.pool === pool).map(({ life }) => life),
    ),
  );
  return chronicle.jobs.flatMap(({ id, plan, waiting }) => {
    const job = history.jobs[plan]!;
    if (prospects[plan] !== 'starts' || job.licence) return [];
    return pools.flatMap((pool, index) => {
      if (!holds(pool, job, settings.memoryOverheadPercent) || !opensFor(pool, job)) return [];
      const storms: Interval = { from: -1, to: calm };
      const time = longest(without(waiting, [storms, ...full[index]!]));
      return time > patience ? [`${id} waited ${time} s though pool ${index} had room`] : [];
    });
  });
}

function notStarted(history: History, { jobs }: Chronicle): string[] {
  const prospects = prospectsOf(history);
  return jobs
    .filter(({ plan, status }) => prospects[plan] === 'starts' && status !== 'SUCCEEDED' && status !== 'FAILED')
    .map(({ id, plan, status }) => `${id} is ${status} in the end: ${JSON.stringify(sizeOf(history.jobs[plan]!))}`);
}

function sizeOf({ vcpus, memoryMiB, gpus, licence }: JobPlan) {
  return { vcpus, memoryMiB, gpus, licence };
}

function leftOver(history: History, chronicle: Chronicle & Aftermath): string[] {
  const { instances, desired, deadLetters, deadLetterAlarm, triggers, leaseHeld } = chronicle;
  const found: string[] = [];
  history.pools.forEach(({ spareInstances }, pool) => {
    const left: InstanceChronicle[] = instances.filter((one) => one.pool === pool && !one.gone);
    if (left.length > spareInstances) found.push(`pool ${pool} has ${left.length} instances in the end`);
  });
  const wanted = Object.values(desired).reduce((sum, count) => sum + count, 0);
  const spares = history.pools.reduce((sum, { spareInstances }) => sum + spareInstances, 0);
  if (wanted > spares) found.push(`the groups want ${wanted} instances in the end`);
  if (deadLetters > 0 && deadLetterAlarm !== 'ALARM') found.push(`${deadLetters} dead letters and no alarm`);
  if (triggers > 0) found.push(`${triggers} messages were not taken out of the triggers' queue`);
  if (leaseHeld) found.push('the lease is held in the end');
  return found;
}

import type { FaultPlan } from '../../local/faults/fault-plan';
import type { LocalAws } from '../../local/local-aws';

/** Something that happens in a history, so many seconds after its start. */
export interface Scene {
  readonly at: number;
  readonly act: () => void | Promise<void>;
}

/** The phases of a storm one after the other, each with its faults, and the calm after them. */
export function stormScenes<P extends { readonly seconds: number }>(
  aws: LocalAws,
  storm: readonly P[],
  faultsOf: (phase: P) => FaultPlan,
  { from = 0, calmAt = Infinity }: { from?: number; calmAt?: number } = {},
): Scene[] {
  const scenes: Scene[] = [];
  let at = from;
  for (const phase of storm) {
    scenes.push({ at, act: () => aws.setFaults(faultsOf(phase)) });
    at += phase.seconds;
  }
  return [...scenes, { at: Math.min(at, calmAt), act: () => aws.setFaults({}) }];
}

/** Plays scenes in the order of their times, those that others add too. */
export async function playScenes(
  { virtualClock }: LocalAws,
  start: number,
  scenes: readonly Scene[],
  added: Scene[] = [],
): Promise<void> {
  const clock = virtualClock!;
  const left = [...scenes];
  for (;;) {
    left.push(...added.splice(0));
    left.sort((a, b) => a.at - b.at);
    const scene = left.shift();
    if (!scene) return;
    await clock.runUntil(Math.max(clock.now(), start + scene.at * 1000));
    await scene.act();
  }
}

/** The same faults, but none for the calls that a history itself makes: they must happen. */
export function sparing(calls: readonly string[], plan: FaultPlan): FaultPlan {
  const spare = <T>(table: Readonly<Record<string, T>> | undefined, none: T) =>
    table && { ...table, ...Object.fromEntries(calls.map((call) => [call, none])) };
  return {
    ...plan,
    throttle: spare(plan.throttle, 0),
    fail: spare(plan.fail, 0),
    loseAnswer: spare(plan.loseAnswer, 0),
    yield: spare(plan.yield, 0),
    delay: spare(plan.delay, { probability: 0, seconds: 0 }),
  };
}

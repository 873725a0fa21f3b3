import fc from 'fast-check';

/** Three times out of four the usual. */
export function often<T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: fc.constant(usual), weight: 3 }, { arbitrary: other, weight: 1 });
}

export function sometimes<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return often(undefined, arbitrary);
}

/** @param weight how often false comes for one true */
export function rarely(weight = 5): fc.Arbitrary<boolean> {
  return fc.oneof({ arbitrary: fc.constant(false), weight }, { arbitrary: fc.constant(true), weight: 1 });
}

/** A probability, in hundredths. */
export function chance(max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: max * 100 }).map((hundredths) => hundredths / 100);
}

export interface CallFaults {
  /** The calls that may go wrong, `service:*` or `service:Operation`. */
  readonly calls: fc.Arbitrary<string>;
  /** The reads that may be answered stale, by probability. */
  readonly stale: fc.Arbitrary<Record<string, number>>;
  /** The largest probabilities. */
  readonly throttle: number;
  readonly fail: number;
  readonly loseAnswer: number;
  /** How long a call may take, in seconds. */
  readonly longest: number;
  /** How often there is a fault of a kind. @default one time out of four */
  readonly any?: <T>(arbitrary: fc.Arbitrary<T>) => fc.Arbitrary<T | undefined>;
}

/** What may go wrong with API calls: members of a record of faults. */
export function callFaults({ calls, stale, throttle, fail, loseAnswer, longest, any = sometimes }: CallFaults) {
  const rates = (max: number) => any(fc.dictionary(calls, chance(max), { minKeys: 1, maxKeys: 3 }));
  const delay = fc.record({ probability: chance(0.5), seconds: fc.integer({ min: 1, max: longest }) });
  return {
    seed: fc.nat(1_000_000),
    throttle: rates(throttle),
    fail: rates(fail),
    loseAnswer: rates(loseAnswer),
    stale: any(stale),
    yield: any(fc.record({ '*': chance(1) })),
    delay: any(fc.dictionary(calls, delay, { minKeys: 1, maxKeys: 2 })),
  };
}

/** Some of these reads are answered stale. */
export function staleReads(maxKeys: number, ...reads: readonly string[]): fc.Arbitrary<Record<string, number>> {
  return fc.dictionary(fc.constantFrom(...reads), chance(0.5), { minKeys: 1, maxKeys });
}

/** Numbers of calls at which a function dies. */
export function crashes(last: number, maxLength = 6): fc.Arbitrary<number[]> {
  return fc.uniqueArray(fc.integer({ min: 1, max: last }), { minLength: 1, maxLength });
}

/** What may go wrong with events on their way. */
export function eventFaults({ lose = 1, delaySeconds }: { lose?: number; delaySeconds: number }) {
  return fc.record({
    lose: often(0, chance(lose)),
    double: often(0, chance(1)),
    delaySeconds: often(0, fc.integer({ min: 1, max: delaySeconds })),
    reorder: often(0, chance(1)),
  });
}

import fc from 'fast-check';
import type { Settings } from '../../../local/settings';
import { CALM, type History, type Incident, type Phase } from './history';
import { VARIANTS } from './variants';

/** Every history that there may be. */
export function historyArbitrary(): fc.Arbitrary<History> {
  return fc.noBias(
    fc
      .record({
        variant: fc.nat(VARIANTS.length - 1),
        settings: settings(),
        incidents: fc.array(incident(), { maxLength: 5 }),
        storm: fc.array(phase(), { maxLength: 4 }),
      })
      .map((history) => ({ ...history, incidents: [...history.incidents].sort((a, b) => a.at - b.at) })),
  );
}

const often = <T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 3 }, { arbitrary: other, weight: 1 });
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 1 }, { arbitrary, weight: 1 });
const time = (): fc.Arbitrary<number> => fc.integer({ min: 60, max: CALM });

function settings(): fc.Arbitrary<Partial<Settings>> {
  return fc.record({
    listLagSeconds: often(0, fc.integer({ min: 1, max: 60 })),
    scheduleLatenessSeconds: often(0, fc.integer({ min: 1, max: 59 })),
    listOrder: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
    eventLatencyMilliseconds: fc.integer({ min: 0, max: 2000 }),
  });
}

function incident(): fc.Arbitrary<Incident> {
  const which = fc.nat(9);
  return fc.oneof(
    fc.record({ at: time(), kind: fc.constant('suspend' as const), which, seconds: fc.integer({ min: 60, max: 900 }) }),
    fc.record({ at: time(), kind: fc.constantFrom('terminate' as const, 'backfill' as const), which }),
    fc.record({ at: time(), kind: fc.constant('invoke again' as const), which, ago: fc.nat(3) }),
    fc.record({ at: time(), kind: fc.constant('sweep' as const), times: fc.integer({ min: 1, max: 3 }) }),
  );
}

function phase(): fc.Arbitrary<Phase> {
  const chance = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: max * 100 }).map((n) => n / 100);
  const delay = fc.record({ probability: chance(0.5), seconds: fc.integer({ min: 1, max: 30 }) });
  const events = fc.record({
    lose: often(0, chance(1)),
    double: often(0, chance(1)),
    delaySeconds: often(0, fc.integer({ min: 1, max: 900 })),
    reorder: often(0, chance(1)),
  });
  const faults = fc.record({
    seed: fc.nat(1_000_000),
    throttle: sometimes(fc.dictionary(CALL, chance(0.6), { minKeys: 1, maxKeys: 3 })),
    fail: sometimes(fc.dictionary(CALL, chance(0.4), { minKeys: 1, maxKeys: 3 })),
    loseAnswer: sometimes(fc.dictionary(CALL, chance(0.4), { minKeys: 1, maxKeys: 3 })),
    stale: sometimes(fc.dictionary(READ, chance(0.5), { minKeys: 1, maxKeys: 2 })),
    yield: sometimes(fc.record({ '*': chance(1) })),
    delay: sometimes(fc.dictionary(CALL, delay, { minKeys: 1, maxKeys: 2 })),
    crashes: sometimes(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 })),
    events: sometimes(events),
  });
  return fc.record({ seconds: fc.integer({ min: 60, max: CALM / 4 }), faults });
}

const CALL = fc.constantFrom('batch:*', 'batch:SubmitJob', 'dynamodb:*', 'scheduler:*', 'events:*', 'sqs:*');
/** Lists of jobs lag as the setting says, and no farther. A consistent read of DynamoDB is never stale. */
const READ = fc.constantFrom('dynamodb:Query', 'scheduler:GetSchedule', 'scheduler:ListSchedules');

import fc from 'fast-check';
import type { Settings } from '../../../local/settings';
import { callFaults, crashes, eventFaults, often, staleReads } from '../faults';
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

/** One time out of two. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
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
  const calls = fc.constantFrom('batch:*', 'batch:SubmitJob', 'dynamodb:*', 'scheduler:*', 'events:*', 'sqs:*');
  // Lists of jobs lag as the setting says, and no farther. A consistent read of DynamoDB is never stale.
  const stale = staleReads(2, 'dynamodb:Query', 'scheduler:GetSchedule', 'scheduler:ListSchedules');
  const faults = fc.record({
    ...callFaults({ calls, stale, throttle: 0.6, fail: 0.4, loseAnswer: 0.4, longest: 30, any: maybe }),
    crashes: maybe(crashes(60, 8)),
    events: maybe(eventFaults({ delaySeconds: 900 })),
  });
  return fc.record({ seconds: fc.integer({ min: 60, max: CALM / 4 }), faults });
}

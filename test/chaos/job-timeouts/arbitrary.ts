import fc from 'fast-check';
import type { Settings } from '../../../local/settings';
import { callFaults, chance, eventFaults, often, sometimes } from '../faults';
import type { History, Incident, JobPlan, Phase } from './history';
import { LIMITS } from './history';

/** Every history that there may be. */
export function historyArbitrary(): fc.Arbitrary<History> {
  return fc.noBias(
    fc
      .record({
        limits: fc.nat(LIMITS.length - 1),
        settings: settings(),
        jobs: fc.array(job(), { minLength: 1, maxLength: MOST_JOBS, size: 'max' }).map(withinBounds),
        incidents: fc.array(incident(), { maxLength: 5 }),
        storm: fc.array(phase(), { maxLength: 3 }),
      })
      .map((history) => ({ ...history, incidents: [...history.incidents].sort((a, b) => a.at - b.at) })),
  );
}

const MOST_JOBS = 12;
const MOST_PIECES = 20;
/** When the last thing happens at the latest. */
const STORM_SECONDS = 420;

const time = (): fc.Arbitrary<number> => fc.integer({ min: 0, max: STORM_SECONDS });

function settings(): fc.Arbitrary<Partial<Settings>> {
  return fc.record({
    listReturnsArrayChildren: fc.boolean(),
    arrayChildrenPublishEvents: fc.boolean(),
    eventsCarryTags: fc.boolean(),
    dispatch: fc.constantFrom('backfill' as const, 'strict' as const),
    listLagSeconds: often(0, fc.integer({ min: 1, max: 60 })),
    listOrder: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
    eventLatencyMilliseconds: fc.integer({ min: 0, max: 2000 }),
  });
}

function job(): fc.Arbitrary<JobPlan> {
  const play = fc.record({
    startSeconds: often(5, fc.integer({ min: 0, max: 200 })),
    runSeconds: fc.integer({ min: 1, max: 300 }),
    exitCode: often(0, fc.constant(1)),
  });
  const tag = fc.oneof(
    fc
      .record({
        limit: fc.constantFrom('RUNNABLE' as const, 'RUNNING' as const, 'TOTAL' as const),
        seconds: fc.integer({ min: 60, max: 300 }),
      })
      .map(({ limit, seconds }) => ({ limit, seconds, value: String(seconds) })),
    fc.constantFrom({ limit: 'RUNNING' as const, value: 'soon' }, { limit: 'TOTAL' as const, value: '1' }),
  );
  return fc.record({
    at: fc.oneof(fc.constantFrom(30, 200), time()),
    vcpus: fc.constantFrom(1 as const, 1 as const, 4 as const),
    arraySize: sometimes(fc.integer({ min: 2, max: 5 })),
    after: sometimes(fc.nat(MOST_JOBS)),
    attempts: fc.constantFrom(1, 2, 3),
    plays: fc.array(play, { minLength: 1, maxLength: 3 }),
    tag: sometimes(tag),
  });
}

/** In the order of submission, and not too many pieces. */
function withinBounds(plans: readonly JobPlan[]): JobPlan[] {
  let pieces = 0;
  return [...plans]
    .sort((a, b) => a.at - b.at)
    .filter(({ arraySize = 1 }) => {
      if (pieces + arraySize > MOST_PIECES) return false;
      pieces += arraySize;
      return true;
    });
}

function incident(): fc.Arbitrary<Incident> {
  return fc.oneof(
    fc.record({ at: time(), kind: fc.constantFrom('cancel' as const, 'terminate' as const), which: fc.nat(29) }),
    fc.record({ at: time(), kind: fc.constant('invoke' as const), times: fc.integer({ min: 1, max: 3 }) }),
  );
}

function phase(): fc.Arbitrary<Phase> {
  const crash = fc.record({
    of: fc.constantFrom('Ledger' as const, 'Timeouts' as const),
    call: fc.integer({ min: 1, max: 60 }),
  });
  const calls = fc.constantFrom('batch:*', 'dynamodb:*', 'events:*', 'sqs:SendMessageBatch');
  // What is asked for by id, and consistent reads of DynamoDB, are never stale.
  const stale = fc.record({ 'batch:ListJobs': chance(0.5) });
  const faults = fc.record({
    ...callFaults({ calls, stale, throttle: 0.7, fail: 0.5, loseAnswer: 0.3, longest: 30 }),
    crashes: sometimes(fc.array(crash, { minLength: 1, maxLength: 6 })),
    events: sometimes(eventFaults({ lose: 0.9, delaySeconds: 120 })),
  });
  return fc.record({ seconds: fc.integer({ min: 60, max: STORM_SECONDS / 3 }), faults });
}

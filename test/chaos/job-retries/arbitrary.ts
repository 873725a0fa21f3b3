import fc from 'fast-check';
import type { Settings } from '../../../local/settings';
import { callFaults, eventFaults, often, rarely, sometimes, staleReads } from '../faults';
import type { End, History, Incident, JobPlan, Phase } from './history';

/** Every history that there may be. */
export function historyArbitrary(): fc.Arbitrary<History> {
  return fc.noBias(
    fc.record({
      rules: fc.record({ failureAttempts: fc.constantFrom(2, 4), maxSubmissions: fc.constantFrom(3, 6) }),
      settings: settings(),
      jobs: fc.array(job(), { minLength: 1, maxLength: MOST_JOBS, size: 'max' }).map(inOrder),
      incidents: fc.array(incident(), { maxLength: 4 }),
      storm: fc.array(phase(), { maxLength: 3 }),
    }),
  );
}

const MOST_JOBS = 8;
/** When the last thing happens at the latest. */
const STORM_SECONDS = 1200;

const time = (): fc.Arbitrary<number> => fc.integer({ min: 0, max: STORM_SECONDS });

function settings(): fc.Arbitrary<Partial<Settings>> {
  return fc.record({
    listReturnsArrayChildren: fc.boolean(),
    arrayChildrenPublishEvents: fc.boolean(),
    commandShownSubstituted: fc.boolean(),
    stopMarksEndedJobs: fc.boolean(),
    failedDependencyRefused: fc.boolean(),
    listLagSeconds: often(0, fc.integer({ min: 1, max: 60 })),
    listOrder: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
    eventLatencyMilliseconds: fc.integer({ min: 0, max: 2000 }),
  });
}

function job(): fc.Arbitrary<JobPlan> {
  const end = fc.oneof(
    { arbitrary: fc.constant<End>('fails'), weight: 4 },
    { arbitrary: fc.constant<End>('is interrupted'), weight: 2 },
    { arbitrary: fc.constant<End>('succeeds'), weight: 2 },
    { arbitrary: fc.constant<End>('exits with 7'), weight: 1 },
  );
  return fc
    .record({
      at: fc.oneof(fc.constant(10), fc.integer({ min: 0, max: 600 })),
      runSeconds: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 300 })),
      after: fc.array(fc.nat(MOST_JOBS - 1), { maxLength: 3 }),
      childForChild: fc.boolean(),
      sequential: rarely(),
      arraySize: sometimes(fc.integer({ min: 2, max: 4 })),
      ends: fc.array(often<readonly End[]>([], fc.array(end, { maxLength: 4 })), { minLength: 4, maxLength: 4 }),
      plain: fc.array(end, { maxLength: 4 }),
      nativeAttempts: often(1, fc.constant(2)),
      owner: fc.oneof(
        { arbitrary: fc.constant('ours' as const), weight: 8 },
        { arbitrary: fc.constantFrom('theirs' as const, 'opted out' as const), weight: 1 },
      ),
    })
    .map(({ plain, ends, ...rest }) => ({
      ...rest,
      // Most children succeed, most other jobs do not at first.
      ends: rest.arraySize === undefined ? [plain] : ends.slice(0, rest.arraySize),
    }));
}

function inOrder(plans: readonly JobPlan[]): JobPlan[] {
  return [...plans].sort((a, b) => a.at - b.at);
}

function incident(): fc.Arbitrary<Incident> {
  return fc.record({
    at: time(),
    kind: fc.constantFrom('cancel', 'terminate', 'opt out', 'invoke', 'invoke', 'clone'),
    which: fc.nat(29),
  });
}

function phase(): fc.Arbitrary<Phase> {
  const part = fc.constantFrom('ledger' as const, 'retries' as const);
  const calls = fc.constantFrom('batch:*', 'batch:SubmitJob', 'dynamodb:*', 'sqs:*', 'events:*');
  // Lists lag as the setting says, and no farther. A consistent read of DynamoDB is never stale, a query of an index is.
  const stale = staleReads(2, 'batch:DescribeJobs', 'batch:DescribeJobDefinitions', 'dynamodb:Query');
  const faults = fc.record({
    ...callFaults({ calls, stale, throttle: 0.7, fail: 0.5, loseAnswer: 0.5, longest: 40 }),
    crashes: sometimes(fc.array(fc.tuple(part, fc.integer({ min: 1, max: 200 })), { minLength: 1, maxLength: 6 })),
    clocks: sometimes(fc.dictionary(part, fc.integer({ min: -30, max: 30 }), { minKeys: 1 })),
    events: sometimes(eventFaults({ delaySeconds: 200 })),
  });
  return fc.record({ seconds: fc.integer({ min: 60, max: STORM_SECONDS / 3 }), faults });
}

import fc from 'fast-check';
import type { EdgeCondition } from '../../../lib/workflow/config';
import type { Settings } from '../../../local/settings';
import { callFaults, crashes, eventFaults, often, sometimes, staleReads } from '../faults';
import type { History, NodePlan, Phase, RunPlan } from './history';

const MOST_NODES = 7;
/** When the last thing happens at the latest. */
const STORM_SECONDS = 1800;

/** Every history that there may be. */
export function historyArbitrary(): fc.Arbitrary<History> {
  return fc.noBias(
    fc.record({
      nodes: nodes(),
      settings: settings(),
      runs: fc.array(run(), { minLength: 1, maxLength: 2 }),
      incidents: sometimes(fc.array(fc.record({ at: time(), which: fc.nat(20) }), { maxLength: 2 })).map(
        (list) => list ?? [],
      ),
      storm: fc.array(phase(), { maxLength: 4 }),
    }),
  );
}

const time = (): fc.Arbitrary<number> => fc.integer({ min: 0, max: STORM_SECONDS });

function nodes(): fc.Arbitrary<NodePlan[]> {
  const attempt = fc.record({
    startSeconds: fc.integer({ min: 1, max: 10 }),
    runSeconds: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 600 })),
    exitCode: fc.constantFrom(0, 0, 0, 1),
  });
  const edge = fc.record({
    back: fc.integer({ min: 1, max: 3 }),
    on: fc.constantFrom<EdgeCondition>('SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILURE', 'EITHER'),
    each: fc.boolean(),
  });
  const node = fc.record({
    edges: fc.array(edge, { maxLength: 3 }),
    arraySize: sometimes(fc.constantFrom(2, 3)),
    attempts: fc.constantFrom(1, 1, 2),
    plays: fc.array(attempt, { minLength: 1, maxLength: 2 }),
  });
  return fc.array(node, { minLength: 1, maxLength: MOST_NODES, size: 'max' }).map((all) =>
    all.map(({ edges, ...rest }, index) => {
      const before = new Map(edges.map((one) => [index - one.back, one]));
      const after = [...before]
        .filter(([other]) => other >= 0)
        .map(([other, { on, each }]) => {
          const sameSize = rest.arraySize !== undefined && all[other]!.arraySize === rest.arraySize;
          return { node: other, on, each: each && on === 'SUCCESS' && sameSize };
        });
      return { ...rest, after };
    }),
  );
}

function run(): fc.Arbitrary<RunPlan> {
  return fc.record({ at: time(), times: fc.constantFrom(1, 1, 2, 3), cancelAt: sometimes(time()) });
}

function settings(): fc.Arbitrary<Partial<Settings>> {
  return fc.record({
    arrayChildrenPublishEvents: fc.boolean(),
    listReturnsArrayChildren: fc.boolean(),
    listLagSeconds: often(0, fc.integer({ min: 1, max: 60 })),
    listOrder: fc.constantFrom('newestFirst' as const, 'oldestFirst' as const),
    fargateStartSeconds: fc.integer({ min: 1, max: 60 }),
    eventLatencyMilliseconds: fc.integer({ min: 0, max: 2000 }),
  });
}

function phase(): fc.Arbitrary<Phase> {
  const calls = fc.constantFrom('batch:*', 'batch:SubmitJob', 'dynamodb:*', 'events:PutEvents', 'ssm:*', 'sqs:*');
  const stale = staleReads(2, 'batch:ListJobs', 'batch:DescribeJobs');
  const faults = fc.record({
    ...callFaults({ calls, stale, throttle: 0.7, fail: 0.5, loseAnswer: 0.4, longest: 20 }),
    crashes: sometimes(crashes(60)),
    ledgerCrashes: sometimes(crashes(60)),
    events: sometimes(eventFaults({ delaySeconds: 200 })),
  });
  return fc.record({ seconds: fc.integer({ min: 60, max: STORM_SECONDS / 3 }), faults });
}

/** What holds of every report, whatever is observed. */
import fc from 'fast-check';
import type {
  EnvironmentObservation,
  InstanceObservation,
  Observation,
  PoolObservation,
  Shortage,
  WaitingGroup,
} from '../../../lambda/capacity-report/model';
import { place } from '../../../lambda/capacity-report/placement';
import { LAUNCH_PATIENCE, report } from '../../../lambda/capacity-report/report';
import type { Resources } from '../../../lib/capacity/config';

const NOW = 1_000_000_000;
/** What is found by chance is found again: each run tries the same. */
const SEEDED = { seed: 7 };

function pool(name: string, capacity: Resources, given: Partial<PoolObservation> = {}): PoolObservation {
  return {
    name,
    types: [{ name: `${name}.type`, listed: capacity, registered: capacity }],
    spot: false,
    desired: 0,
    max: 0,
    live: 0,
    booting: 0,
    unregistered: [],
    suspended: false,
    ...given,
  };
}

function environment(given: Partial<EnvironmentObservation> = {}): EnvironmentObservation {
  return {
    arn: 'environment/env',
    name: 'env',
    kind: 'unmanaged',
    enabled: true,
    valid: true,
    spot: false,
    vcpusInUse: 0,
    mayExceedMaximum: false,
    types: [],
    pools: [],
    instances: [],
    ...given,
  };
}

function observation(environments: EnvironmentObservation[], waiting: WaitingGroup[]): Observation {
  const names = ['high', 'low'];
  const environmentArns = environments.map(({ arn }) => arn);
  return {
    queues: names.map((name) => ({ arn: name, name, enabled: true, environmentArns })),
    environments,
    consumables: [{ resource: 'licence', available: 5, total: 5 }],
    waiting,
    complete: true,
  };
}

function group(resources: Partial<Resources>, given: Partial<WaitingGroup> = {}): WaitingGroup {
  return {
    queueArn: 'high',
    resources: { vcpus: 1, memoryMiB: 1, gpus: 0, ...resources },
    tokens: [],
    count: 1,
    jobId: 'job',
    ...given,
  };
}

const CAPACITIES: readonly Resources[] = [
  { vcpus: 2, memoryMiB: 4000, gpus: 0 },
  { vcpus: 4, memoryMiB: 4000, gpus: 0 },
  { vcpus: 8, memoryMiB: 32_000, gpus: 1 },
];

/** Full groups: nothing more can be launched. */
function environmentArbitrary(arn: string): fc.Arbitrary<EnvironmentObservation> {
  const instance = fc.record({
    of: fc.nat(CAPACITIES.length - 1),
    state: fc.constantFrom<InstanceObservation['state']>('ready', 'ready', 'ready', 'draining', 'disconnected'),
    free: fc.record({ vcpus: fc.nat(8), memoryMiB: fc.nat(32_000), gpus: fc.nat(1) }),
  });
  return fc
    .record({
      instances: fc.array(instance, { maxLength: 6 }),
      enabled: fc.constantFrom(true, true, true, false),
      pools: fc.subarray([0, 1, 2], { minLength: 1 }),
    })
    .map(({ instances, enabled, pools }) =>
      environment({
        arn,
        name: arn,
        enabled,
        pools: pools.map((index) => pool(`pool-${index}`, CAPACITIES[index]!)),
        instances: instances.map(({ of, state, free }, index): InstanceObservation => {
          const registered = CAPACITIES[of]!;
          const remaining = {
            vcpus: Math.min(free.vcpus, registered.vcpus),
            memoryMiB: Math.min(free.memoryMiB, registered.memoryMiB),
            gpus: Math.min(free.gpus, registered.gpus),
          };
          return { instanceId: `i-${index}`, instanceType: `pool-${of}.type`, state, registered, remaining };
        }),
      }),
    );
}

const groupArbitrary = fc.record({
  vcpus: fc.integer({ min: 1, max: 10 }),
  memoryMiB: fc.integer({ min: 1, max: 40_000 }),
  gpus: fc.constantFrom(0, 0, 0, 1, 2),
  count: fc.integer({ min: 1, max: 20 }),
  licences: fc.constantFrom(0, 0, 0, 1, 3),
  queue: fc.constantFrom('high', 'low'),
});

function waitingArbitrary(maxLength: number): fc.Arbitrary<WaitingGroup[]> {
  return fc.array(groupArbitrary, { minLength: 1, maxLength }).map((groups) =>
    [...groups]
      .sort((a, b) => a.queue.localeCompare(b.queue))
      .map(({ vcpus, memoryMiB, gpus, count, licences, queue }, index) =>
        group(
          { vcpus, memoryMiB, gpus },
          {
            queueArn: queue,
            jobId: `job-${index}`,
            count,
            tokens: licences > 0 ? [{ resource: 'licence', quantity: licences }] : [],
          },
        ),
      ),
  );
}

const observationArbitrary = fc
  .record({
    first: environmentArbitrary('one'),
    second: fc.option(environmentArbitrary('two'), { nil: undefined }),
    waiting: waitingArbitrary(6),
  })
  .map(({ first, second, waiting }) => observation(second ? [first, second] : [first], waiting));

/** The same once every job has started that has room. */
function settled(before: Observation): Observation {
  const { assessments, supplies } = place(before);
  const waiting = assessments.map(({ group: waits, ready }) => ({ ...waits, count: waits.count - ready }));
  return {
    ...before,
    environments: before.environments.map((one) => {
      const rooms = new Map(supplies.get(one.arn)!.rooms.map((room) => [room.instance?.instanceId, room]));
      return {
        ...one,
        instances: one.instances.map((instance) => {
          const { vcpus, memoryMiB, gpus } = rooms.get(instance.instanceId) ?? instance.remaining;
          return { ...instance, remaining: { vcpus, memoryMiB, gpus } };
        }),
      };
    }),
    consumables: before.consumables.map((one) => {
      const taken = assessments.map(({ group: { tokens }, ready }) => ready * (tokens[0]?.quantity ?? 0));
      return { ...one, available: one.available - taken.reduce((sum, quantity) => sum + quantity, 0) };
    }),
    waiting: waiting.filter(({ count }) => count > 0),
  };
}

/** The same with empty instances behind those that are there. */
function withInstances(before: Observation, shortages: readonly Shortage[]): Observation {
  return {
    ...before,
    environments: before.environments.map((one) => ({
      ...one,
      instances: [
        ...one.instances,
        ...shortages
          .flatMap(({ instances }) => instances)
          .filter((missing) => missing.environment === one.name)
          .flatMap(({ pool: name, count }) => {
            const { registered } = one.pools.find((candidate) => candidate.name === name)!.types[0]!;
            return Array.from({ length: count }, (): InstanceObservation => ({
              instanceId: 'new',
              instanceType: `${name}.type`,
              state: 'ready',
              registered: registered!,
              remaining: registered!,
            }));
          }),
      ],
    })),
  };
}

test('requested − available = short by, and none is negative; what is not short is not told', () => {
  fc.assert(
    fc.property(observationArbitrary, (given) => {
      for (const { lacks, jobs, reasons } of report(given, NOW)) {
        expect(jobs).toBeGreaterThan(0);
        expect(reasons.length).toBeGreaterThan(0);
        expect(lacks.length).toBeGreaterThan(0);
        for (const { requested, available, shortBy } of lacks) {
          expect(requested - available).toBeCloseTo(shortBy, 6);
          expect(Math.min(requested, available)).toBeGreaterThanOrEqual(0);
          expect(shortBy).toBeGreaterThan(0);
        }
      }
    }),
    { ...SEEDED, numRuns: 500 },
  );
});

test('every job that finds no room is told of, in one shortage of its queue', () => {
  fc.assert(
    fc.property(observationArbitrary, (given) => {
      const { assessments } = place(given);
      const shortages = report(given, NOW).filter(({ kind }) => kind === 'instances' || kind === 'instance-size');
      for (const queue of given.queues) {
        const short = assessments.filter(({ group: { queueArn } }) => queueArn === queue.arn);
        const told = shortages.filter(({ queueArn }) => queueArn === queue.arn);
        const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
        expect(sum(told.map(({ jobs }) => jobs))).toBe(sum(short.map((one) => one.short)));
      }
    }),
    { ...SEEDED, numRuns: 300 },
  );
});

test('with the instances that are missing, the job that is named starts', () => {
  fc.assert(
    fc.property(observationArbitrary.map(settled), (given) => {
      for (const shortage of report(given, NOW)) {
        if (shortage.instances.length === 0) continue;
        const before = place(given).assessments;
        const after = place(withInstances(given, [shortage])).assessments;
        const readyOf = (assessments: typeof before) =>
          assessments.find(({ group: { jobId } }) => jobId === shortage.jobId)!.ready;
        // Jobs of a queue with a higher priority take what comes, as AWS Batch has them do.
        const higher = before.some(({ group: { queueArn }, short }) => queueArn < shortage.queueArn && short > 0);
        if (!higher) expect(readyOf(after)).toBeGreaterThan(readyOf(before));
      }
    }),
    { ...SEEDED, numRuns: 300 },
  );
});

test('when all ask the same, so many instances start them all, and one less does not', () => {
  fc.assert(
    fc.property(environmentArbitrary('one'), groupArbitrary, (one, { vcpus, memoryMiB, gpus, count }) => {
      const given = observation([one], [group({ vcpus, memoryMiB, gpus }, { count })]);
      const [shortage] = report(given, NOW);
      if (!shortage || shortage.instances.length === 0) return;
      expect(report(withInstances(given, [shortage]), NOW)).toEqual([]);
      const [missing] = shortage.instances;
      const oneLess = { ...shortage, instances: [{ ...missing!, count: missing!.count - 1 }] };
      expect(report(withInstances(given, [oneLess]), NOW)).not.toEqual([]);
    }),
    { ...SEEDED, numRuns: 300 },
  );
});

describe('what is on its way', () => {
  const capacity = CAPACITIES[1]!;

  test.each([
    ['boots', pool('p', capacity, { max: 1, live: 1, booting: 1 })],
    ['was asked for', pool('p', capacity, { max: 1, desired: 1 })],
    ['may be launched', pool('p', capacity, { max: 1 })],
  ])('is no shortage when it %s', (_how, own) => {
    expect(report(observation([environment({ pools: [own] })], [group({ vcpus: 4 })]), NOW)).toEqual([]);
  });

  test('is one when the job has waited for long, and nothing boots', () => {
    const given = (submittedAt: number, own: PoolObservation) =>
      report(observation([environment({ pools: [own] })], [group({ vcpus: 4 }, { submittedAt })]), NOW);
    const asked = pool('p', capacity, { max: 1, desired: 1 });
    expect(given(NOW - LAUNCH_PATIENCE + 1, asked)).toEqual([]);
    expect(given(NOW - LAUNCH_PATIENCE, asked)).toMatchObject([{ kind: 'launch', jobs: 1 }]);
    expect(given(NOW - LAUNCH_PATIENCE, pool('p', capacity, { max: 1, live: 1, booting: 1 }))).toEqual([]);
  });

  test('says so when only instances with GPUs would do, which are not launched for jobs without', () => {
    const gpus = pool('gpu', CAPACITIES[2]!, { max: 1 });
    const given = observation([environment({ pools: [gpus] })], [group({}, { submittedAt: 0 })]);
    expect(report(given, NOW)[0]!.reasons).toEqual([
      { code: 'gpu-instances-only', environment: 'env', says: undefined },
    ]);
  });
});

test('a group that may not launch says so', () => {
  const own = pool('p', CAPACITIES[0]!, { max: 1, suspended: true });
  const given = observation([environment({ pools: [own] })], [group({})]);
  expect(report(given, NOW)[0]!.reasons).toEqual([{ code: 'launch-suspended', environment: 'env', pool: 'p' }]);
});

test('an environment that is not valid says what AWS says of it', () => {
  const broken = environment({
    valid: false,
    statusReason: 'CLIENT_ERROR - no role',
    pools: [pool('p', CAPACITIES[0]!, { max: 1 })],
  });
  expect(report(observation([broken], [group({})]), NOW)[0]!.reasons).toEqual([
    { code: 'environment-invalid', environment: 'env', says: 'CLIENT_ERROR - no role' },
  ]);
});

test('a job that has room waits in a disabled queue for the queue alone', () => {
  const { queues, ...rest } = observation(
    [
      environment({
        instances: [
          { instanceId: 'i', instanceType: 't', state: 'ready', registered: CAPACITIES[0]!, remaining: CAPACITIES[0]! },
        ],
      }),
    ],
    [group({})],
  );
  const disabled = { ...rest, queues: queues.map((queue) => ({ ...queue, enabled: false })) };
  expect(report(disabled, NOW)).toMatchObject([
    { kind: 'queue', jobs: 1, instances: [], reasons: [{ code: 'queue-disabled' }] },
  ]);
});

test('a job that has no room takes no licence from the one behind it', () => {
  const own = pool('p', CAPACITIES[0]!, { max: 1 });
  const licence = [{ resource: 'licence', quantity: 5 }];
  const waiting = [
    group({ vcpus: 64 }, { jobId: 'misfit', tokens: licence }),
    group({}, { jobId: 'behind', tokens: licence }),
  ];
  const shortages = report(observation([environment({ pools: [own] })], waiting), NOW);
  expect(shortages.map(({ kind, jobId }) => [kind, jobId])).toEqual([['instance-size', 'misfit']]);
});

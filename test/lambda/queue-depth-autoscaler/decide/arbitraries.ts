import fc from 'fast-check';
import { EMPTY_STATE } from '../../../../lambda/queue-depth-autoscaler/decide';
import type {
  AutoscalerState,
  DemandGroup,
  InstanceObservation,
  Observation,
  PoolObservation,
} from '../../../../lambda/queue-depth-autoscaler/model';
import type { AutoscalerConfig, PoolConfig } from '../../../../lib/autoscaling/config';
import { config, gpuPool, instance, MINUTE, NOW, pool } from './situation';

/** Anything that decide may be given. */

export interface Given {
  readonly config: AutoscalerConfig;
  readonly observation: Observation;
  readonly state: AutoscalerState;
}

export function demandArbitrary(): fc.Arbitrary<DemandGroup[]> {
  const group = fc.record({
    queueArn: fc.constantFrom('urgent', 'normal'),
    count: fc.integer({ min: 1, max: 30 }),
    vcpus: fc.integer({ min: 1, max: 20 }),
    memoryMiB: fc.integer({ min: 1, max: 90_000 }),
    gpus: fc.constantFrom(0, 0, 0, 1, 2, 5),
  });
  return fc
    .array(group, { maxLength: 8 })
    .map((groups) =>
      groups
        .sort((a, b) => (a.queueArn === b.queueArn ? 0 : a.queueArn === 'urgent' ? -1 : 1))
        .map(({ queueArn, count, ...resources }, index) => ({ queueArn, count, resources, jobId: `job-${index}` })),
    );
}

export function poolsArbitrary(spares = fc.integer({ min: 0, max: 2 })): fc.Arbitrary<PoolConfig[]> {
  const settings = fc.record({ maxInstances: fc.integer({ min: 1, max: 6 }), spareInstances: spares });
  const opens = fc.boolean();
  return fc
    .tuple(
      fc.subarray([1, 2, 4, 8, 16], { minLength: 1 }),
      fc.subarray([1, 2, 4]),
      fc.array(settings, { minLength: 8, maxLength: 8 }),
      opens,
    )
    .map(([cpus, gpus, each, opensForCpuJobs]) => [
      ...cpus.map((size, index) => pool(`cpu-${size}`, size, each[index])),
      ...gpus.map((size, index) => gpuPool(`gpu-${size}`, size, { ...each[5 + index], opensForCpuJobs })),
    ]);
}

interface Sketch {
  readonly kind: 'booting' | 'idle' | 'busy' | 'full';
  readonly age: number;
  readonly lifecycle: InstanceObservation['lifecycle'];
  readonly draining: boolean;
  readonly connected: boolean;
  readonly outdated: boolean;
  readonly drainedAgo?: number;
  readonly idleFor?: number;
  readonly unusableFor?: number;
}

const seconds = (max: number) => fc.integer({ min: 0, max });

/** @param plain leave out what only goes wrong or was decided before */
function sketchArbitrary(plain: boolean): fc.Arbitrary<Sketch> {
  return fc.record(
    {
      kind: fc.constantFrom('booting', 'idle', 'busy', 'full'),
      age: plain ? seconds(500) : seconds(200_000),
      lifecycle: plain ? fc.constant('InService') : fc.constantFrom('InService', 'InService', 'Pending', 'Terminating'),
      draining: plain ? fc.constant(false) : fc.boolean(),
      connected: plain ? fc.constant(true) : fc.constantFrom(true, true, true, false),
      outdated: plain ? fc.constant(false) : fc.constantFrom(false, false, true),
      drainedAgo: seconds(200),
      idleFor: seconds(400),
      unusableFor: seconds(1200),
    } as const,
    { requiredKeys: ['kind', 'age', 'lifecycle', 'draining', 'connected', 'outdated'] },
  );
}

export function givenArbitrary({
  plain = false,
  spares,
}: { plain?: boolean; spares?: fc.Arbitrary<number> } = {}): fc.Arbitrary<Given> {
  return poolsArbitrary(spares).chain((pools) =>
    fc
      .record({
        demand: demandArbitrary(),
        groups: fc.tuple(
          ...pools.map(({ maxInstances }) =>
            fc.record({
              sketches: fc.array(sketchArbitrary(plain), { maxLength: maxInstances }),
              requested: fc.integer({ min: 0, max: 2 }),
              max: fc.constantFrom(maxInstances, maxInstances, 2),
            }),
          ),
        ),
        demandComplete: plain ? fc.constant(true) : fc.constantFrom(true, true, false),
      })
      .map(({ demand, groups, demandComplete }) => {
        const state = { idleSince: {}, drains: {}, unusableSince: {} } as Record<string, Record<string, number>>;
        const observed = pools.map((own, index): PoolObservation => {
          const { sketches, requested, max } = groups[index]!;
          const instances = sketches.map((sketch, number) => draw(sketch, `${own.name}-${number}`, own, state));
          const live = instances.filter(({ lifecycle }) => lifecycle !== 'Terminating').length;
          return { name: own.name, desired: Math.min(live + requested, own.maxInstances), max, instances };
        });
        return {
          config: config(pools),
          observation: { time: NOW, demand, pools: observed, demandComplete, supplyComplete: true },
          state: { ...EMPTY_STATE, ...state },
        };
      }),
  );
}

function draw(
  sketch: Sketch,
  id: string,
  of: PoolConfig,
  state: Record<string, Record<string, number>>,
): InstanceObservation {
  const { kind, age, lifecycle, draining, connected, outdated, drainedAgo, idleFor, unusableFor } = sketch;
  if (draining && drainedAgo !== undefined) state.drains![id] = NOW - drainedAgo * 1000;
  if (kind === 'idle' && idleFor !== undefined) state.idleSince![id] = NOW - idleFor * 1000;
  if (unusableFor !== undefined) state.unusableSince![id] = NOW - unusableFor * 1000;
  const settings = { launchedAt: NOW - age * 1000, lifecycle, outdated };
  if (kind === 'booting') return instance(id, of, { ...settings, container: undefined });
  const part = { idle: 1, busy: 0.5, full: 0 }[kind];
  const { vcpus, memoryMiB, gpus } = of.capacity;
  const remaining = {
    vcpus: Math.floor(vcpus * part),
    memoryMiB: Math.floor(memoryMiB * part),
    gpus: Math.floor(gpus * part),
  };
  const container = {
    status: draining ? ('DRAINING' as const) : ('ACTIVE' as const),
    agentConnected: connected,
    remaining,
    jobs: kind === 'idle' ? 0 : 1,
  };
  return instance(id, of, { ...settings, container });
}

export const LATER = [1, 30, 24 * 60].map((minutes) => NOW + minutes * MINUTE);
